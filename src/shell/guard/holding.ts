import type { WebRequest } from "webextension-polyfill";
import type { Address } from "../../core/address";
import { headSize, padded, type Head } from "../../core/probe/probe";
import type { Route } from "../../core/probe/route";
import { isStream } from "../../core/request/secret-kinds";
import {
  closing,
  forgetSecret,
  noteLeft,
  noteSecret,
  withoutReferrerPath,
  type Sensitivity,
} from "../../core/state/guard";
import type { State } from "../../core/state/state";
import type { EventBatch } from "../event-batch";
import { monotonicNow } from "../monotonic-clock";
import type { Gate } from "../probe/gate";
import type { Store } from "../storage/store";
import { withTimeout } from "../with-timeout";
import type { Block } from "./blocker";
import type { Connections } from "./connections";
import { poolOf, type Details, type GuardOf, type Response, type Sending } from "./details";
import type { BlockReason } from "./held-request";
import type { Limits, RequestHolder } from "./request-holder";

/** Maximum time a request waits for the responses to others, in ms. */
const ANSWERS_LIMIT = 7500;
/**
 * Nearly all requests leave in half of the time for a check (`release.ts`). The rest is for a computer that becomes slow
 * meanwhile. If a page sends many requests, or 20 tabs are restored, some wait for others. Firefox may end the
 * background after 30 s.
 */
const LIMITS: Limits = { check: 15_000, all: 25_000 };
/** Maximum time until the decision on a held request, in ms. It leaves time to show the reason. */
export const DECISION_LIMIT = LIMITS.all + 500;
/** How long after a decision it is recorded, in ms. The request has left by then. */
const AFTERWARD = 100;

/** Holds requests that carry a secret until they may leave. */
export interface Holding {
  /**
   * Called when a request begins that will be held. Waits until the responses to all requests that may leave a
   * connection behind have begun. Firefox does not go on with requests of a held one's batch, so waiting
   * for those would never end.
   */
  readonly awaitAnswers: (details: Details, address: Address, batch: EventBatch) => Response | Promise<Response>;
  /** Resolves when the request may leave, with its headers, or when it is blocked. */
  readonly hold: (
    details: Sending,
    address: Address,
    sensitivity: Exclude<Sensitivity, "nothing">,
    route: Route,
    batch: EventBatch,
  ) => Promise<Response>;
}

export function createHolding(
  store: Store,
  connections: Connections,
  holder: RequestHolder,
  guardOf: GuardOf,
  block: Block,
): Holding {
  return {
    awaitAnswers: (details, address, batch) => {
      const pool = poolOf(details, address);
      connections.begin(details.requestId, pool, details.tabId);
      const answers = connections.allAnswered(pool);
      if (answers === undefined) return {};
      const wait = withTimeout(answers, ANSWERS_LIMIT, "late");
      batch.hold(wait);
      return wait.then((why) => (why === "late" ? block(details, address, why) : {}));
    },

    hold: async (details, address, sensitivity, route, batch) => {
      const { requestId, method, tabId, incognito, url, requestHeaders = [] } = details;
      const length = Number(requestHeaders.find(({ name }) => /^content-length$/iu.test(name))?.value ?? "0");
      const pool = poolOf(details, address);
      connections.begin(requestId, pool, tabId);
      void store.change((state) => noteSecret(state, requestId, monotonicNow()));
      const size = Number.isSafeInteger(length) ? length : 0;
      // A warning from another response, found meanwhile, also blocks this request.
      const judge = judgedOnce((state) => {
        const guard = state === undefined ? "damaged" : guardOf(state, address, details);
        return guard === "on" || guard === "off" ? undefined : guard;
      });
      const mayLeave = (): BlockReason | undefined => judge(store.peek());
      let headers = closingHeaders(requestHeaders);
      const sent: Head = { method, url, headers };
      const padTo = (bytes: number): void => {
        headers = padded(sent, bytes);
      };
      let gate: Gate | undefined;
      const leaveThrough = (its: Gate): void => {
        gate = its;
      };
      const over = (): Promise<void> => connections.over(requestId);
      const subject = { address, private: incognito === true, tabId, pool };
      const shape = { method, isStream: isStream(url), sensitivity, size, head: headSize(sent), route };
      const secret = { ...subject, ...shape, padTo, leaveThrough, mayLeave, over };
      const why = (await holder.hold(secret, batch, LIMITS)) ?? mayLeave();
      if (why !== undefined || gate === undefined) {
        void store.change((state) => forgetSecret(state, requestId));
        return why === "given-up" ? { cancel: true } : block(details, address, why ?? "check-failed");
      }
      // A change of the state makes work for Firefox, too, which would delay the request. Until then, the note of its
      // beginning stands.
      setTimeout(() => void store.change((state) => noteLeft(state, requestId, monotonicNow())), AFTERWARD);
      return gate.leave({ requestHeaders: headers });
    },
  };
}

/** Why a request may not leave in this state, or nothing. */
type Judge = (state: State | undefined) => BlockReason | undefined;

/** Judges each state once. What a secret computes when it leaves would delay it, and what leaves with it. */
function judgedOnce(judge: Judge): Judge {
  let last: { readonly state: State | undefined; readonly why: BlockReason | undefined } | undefined;
  return (state) => {
    if (last === undefined || last.state !== state) last = { state, why: judge(state) };
    return last.why;
  };
}

/** The headers of a request that leaves without its page's address, and leaves no connection behind. */
const closingHeaders = (headers: WebRequest.HttpHeaders): WebRequest.HttpHeaders =>
  closing(withoutReferrerPath(headers) ?? headers);

/** Lets a request go with these headers. */
export const closingWith = (headers: WebRequest.HttpHeaders): Response => ({ requestHeaders: closingHeaders(headers) });
