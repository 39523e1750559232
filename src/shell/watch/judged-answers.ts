import type { WebRequest } from "webextension-polyfill";
import { isRed, type Verdict } from "../../core/incident/verdict";
import { maxSizeOf, sizeOf } from "../../core/probe/answer-size";
import { isOwnConnection, probeAnswer } from "../../core/probe/probe";
import { exposureOf, NOT_EXPOSED, NOT_EXPOSED_YET, type Exposure } from "../../core/request/exposure";
import type { SecretKind } from "../../core/request/secret-kinds";
import type { Observation, Seen } from "../../core/tls/observation";
import type { Guard } from "../guard/guard";
import type { Answered } from "../probe/probe-registry";
import type { Clearer } from "./clearer";
import type { HeadersDetails } from "./watched-request";

type Response = WebRequest.BlockingResponse;

/** A response from a watched address. */
export interface WatchedAnswer {
  readonly details: HeadersDetails;
  /** The observation of it, without its certificate. */
  readonly observation: Omit<Observation, "seen">;
  /** The secrets in its request; `undefined` if it was sent before the background started. */
  readonly carried: readonly SecretKind[] | undefined;
}

/** A response over TLS, judged by its certificate. */
export interface JudgedAnswer extends WatchedAnswer {
  readonly seen: Seen;
  readonly chain: Promise<string[]>;
  /** `undefined` if it says nothing about the network: a stored response. */
  readonly verdict: Verdict | undefined;
  /** The same for the response itself, wherever it comes from. */
  readonly owner: Verdict | undefined;
}

/** What happens to a response that has been judged: what Firefox does with it, and what is reported. */
export interface JudgedAnswers {
  readonly inPlaintext: (answer: WatchedAnswer) => Response;
  /** For a request of a page or a worker. */
  readonly toPage: (answer: JudgedAnswer) => Response;
  /** For one of our own probes. @param isGuarded - whether Guard blocks what would come after it */
  readonly toProbe: (answer: JudgedAnswer, probe: Answered, isGuarded: boolean) => Response;
}

interface Parts {
  readonly guard: Guard;
  readonly clearer: Clearer;
  readonly report: (observation: Observation) => Promise<void>;
}

/** Nothing here waits: Firefox holds the response until our listener answers. Reports follow when they can. */
export const createJudgedAnswers = ({ guard, clearer, report }: Parts): JudgedAnswers => ({
  inPlaintext: (answer) => {
    const { details, observation } = answer;
    const response = guard.onAnswer(details, observation.address, { kind: "plaintext" });
    const reported = { ...observation, seen: { kind: "plaintext" }, exposed: exposedBy(answer, response) } as const;
    if (observation.freshness === "live") void report(reported);
    return response;
  },

  toPage: (answer) => {
    const { details, observation, seen, chain, verdict, owner } = answer;
    const response = guard.onAnswer(details, observation.address, owner);
    const reported = { ...observation, seen, exposed: exposedBy(answer, response) };
    void chain.then((der) => report({ ...reported, chain: der }));
    return clearer.onAnswer(details, reported, verdict, response);
  },

  toProbe: ({ details, observation, seen, chain, verdict }, probe, isGuarded) => {
    const reported = { ...observation, seen, exposed: isGuarded ? NOT_EXPOSED : NOT_EXPOSED_YET };
    void chain.then(async (der) => {
      const isAlarm = verdict !== undefined && isRed(verdict);
      if (isAlarm) await report({ ...reported, chain: der });
      // The result of its round is known only after this has been judged.
      const head = { statusLine: details.statusLine, headers: details.responseHeaders ?? [] };
      const isRedirect = details.statusCode >= 300 && details.statusCode < 400;
      probe.judged(
        verdict,
        isOwnConnection(details.statusLine),
        isRedirect,
        sizeOf(head),
        maxSizeOf(details.url, head),
      );
      if (!isAlarm && (await probe.isFresh)) await report({ ...reported, probe: "fresh", chain: der });
      else if (!isAlarm) await report({ ...reported, chain: der });
    });
    const responseHeaders = probeAnswer(details.responseHeaders ?? []);
    return clearer.onAnswer(details, reported, verdict, { cancel: probe.cancel(verdict), responseHeaders });
  },
});

/** What this browser has sent to the server that answered. For a stored response, that is nothing. */
const exposedBy = ({ details, carried }: WatchedAnswer, { cancel = false }: Response): Exposure =>
  exposureOf({ ...details, carried: details.fromCache === true ? [] : carried, stopped: cancel });
