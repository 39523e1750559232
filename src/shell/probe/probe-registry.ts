import type { WebRequest } from "webextension-polyfill";
import { nonceOf, padded, probeHeaders } from "../../core/probe/probe";
import type { Failure, ProbeReport } from "../../core/probe/probe-outcome";
import { routeOf, type Route } from "../../core/probe/route";
import type { Verdict } from "../../core/incident/verdict";
import { mayPass } from "../../core/state/guard";
import type { Gate } from "./gate";
import type { Subject, Target } from "./target";
import type { EventBatch } from "../event-batch";
import { withTimeout } from "../with-timeout";

/**
 * - `first`, `then`: POSTs of a round; `knock`: a single POST without credentials.
 * - `ending`: like `first`, but its connection ends with it, as a secret's does.
 * - `socket`: a WebSocket handshake of a check; `version`: one that asks for the version.
 * - `companion`: leaves together with secrets.
 * - `stand-in`: comes to the gate of a round as its other probes do, and is then cancelled. A secret leaves instead.
 */
type Kind = "first" | "ending" | "then" | "knock" | "socket" | "version" | "companion" | "stand-in";

/** A probe as the listeners see it when its response comes, and how to report its result. */
export interface Answered {
  /** Cancels a response that isn't the instance's: nothing of it may reach a page. @returns whether it is canceled */
  readonly cancel: (verdict: Verdict | undefined) => boolean;
  /**
   * Whether it came over a connection made for it alone, and was never sent to anyone else. Resolves a moment later.
   */
  readonly isFresh: Promise<boolean>;
  /** Whether it goes the way of the page's requests, and so shows their protocol. */
  readonly tellsProtocol: boolean;
  /**
   * Records the verdict on the response. The probe is over then, except for its remaining bytes.
   * @param isOwn - see `core/probe/probe.ts`
   * @param size - number of bytes that the response should have; `undefined` if not known
   * @param maxSize - the most that it can have; `undefined` if not known
   */
  readonly judged: (
    verdict: Verdict | undefined,
    isOwn: boolean,
    isRedirect: boolean,
    size: number | undefined,
    maxSize?: number,
  ) => void;
}

/** As much of a request as shows whether it is a probe. */
export interface AskedRequest {
  /** Firefox's name for it, which it keeps when it is redirected or retried. */
  readonly requestId: string;
  readonly url: string;
}

/**
 * What webRequest's listeners ask about requests that may be our probes. A probe is known by its nonce, until Firefox
 * asks about it. From then on, it is only the request that Firefox asked about: an attacker who decrypts a probe learns
 * its nonce, and could have any page send requests with it.
 */
export interface ProbeEvents {
  /**
   * Notes that Firefox asks about a request. If a request of the same batch is held, so is the probe, and another one
   * is sent instead.
   * @returns whether it is one of our probes
   */
  readonly asked: (request: AskedRequest, batch: EventBatch) => boolean;
  /**
   * Decides on a probe before it is sent; `undefined` for a request that isn't ours.
   * @param proxyInfo - of the request, as webRequest reports it
   */
  readonly onSendHeaders: (
    request: AskedRequest,
    headers: WebRequest.HttpHeaders,
    proxyInfo: unknown,
    batch: EventBatch,
  ) => Promise<WebRequest.BlockingResponse> | undefined;
  /**
   * Notes why a request got no response, in Firefox's words.
   * @returns whether the probe's sender judges that. Only the sender can distinguish three cases: an offline instance,
   * an attacker who took the request and closed the connection, and a server that requires a client certificate
   */
  readonly failed: (request: AskedRequest, failure: Failure) => boolean;
  /** Notes the number of bytes of all responses to a request, when the last one is complete. */
  readonly completed: (request: AskedRequest, bytes: number | undefined) => void;
  /** Whether a nonce is that of a probe for a private window. */
  readonly isPrivate: (request: AskedRequest) => boolean;
  /** The probe that a response belongs to; `undefined` if none of ours has this nonce. */
  readonly answered: (request: AskedRequest) => Answered | undefined;
}

/** What a probe is sent to, and how long its head must be, if that matters. */
type Paddable = Subject & Pick<Target, "head">;

/** A registered probe, and what webRequest reports about it. */
export interface Expected {
  readonly nonce: string;
  readonly told: Promise<ProbeReport>;
  /** How it goes to the server; `undefined` until it is sent. */
  readonly route: () => Route | undefined;
}

export interface ProbeRegistry extends ProbeEvents {
  /** Registers a probe that is about to be sent. @param gate - where it waits before it leaves */
  readonly expect: (subject: Paddable, kind: Kind, isFresh: Promise<boolean>, gate?: Gate) => Expected;
  /** Their sender is done with them. webRequest may still report on them a moment later. */
  readonly forget: (probes: readonly Expected[]) => void;
}

interface Entry {
  readonly private: boolean;
  readonly head: number | undefined;
  readonly kind: Kind;
  readonly tell: (told: ProbeReport) => void;
  readonly isFresh: Promise<boolean>;
  readonly gate: Gate | undefined;
  /** The batch in which Firefox asked about it last. */
  askedIn: EventBatch | undefined;
  /** The request that Firefox asked about; `undefined` until it asks. */
  requestId: string | undefined;
  readonly bytes: Promise<number | undefined>;
  readonly count: (bytes: number | undefined) => void;
  route: Route | undefined;
}

/** Maximum delay between a page's report on a request and webRequest's, in ms. */
export const SOON = 1000;
/** How long after the others a stand-in is cancelled, in ms. */
const AFTERWARD = 100;

/** What webRequest reports about a probe that its sender has finished with: a moment later at most. */
export const soon = (told: Promise<ProbeReport>): Promise<ProbeReport> =>
  withTimeout(told, SOON, { kind: "failed", reason: "probe-unanswered" } as const);

/** Resolves when Firefox asks about one of them together with a request that is held; never otherwise. */
export const untilStuck = (probes: readonly Expected[]): Promise<"stuck"> =>
  new Promise((done) => {
    for (const { told } of probes)
      void told.then(({ kind }) => {
        if (kind === "stuck") done(kind);
      });
  });

function newEntry(
  { private: isPrivate, head }: Paddable,
  kind: Kind,
  isFresh: Promise<boolean>,
  gate: Gate | undefined,
): { readonly entry: Entry; readonly told: Promise<ProbeReport> } {
  const { promise: told, resolve: tell } = Promise.withResolvers<ProbeReport>();
  const { promise: bytes, resolve: count } = Promise.withResolvers<number | undefined>();
  const state = { route: undefined, askedIn: undefined, requestId: undefined };
  return { entry: { private: isPrivate, head, kind, tell, isFresh, gate, bytes, count, ...state }, told };
}

export function createProbeRegistry(): ProbeRegistry {
  const entries = new Map<string, Entry>();

  const entryOf = ({ requestId, url }: AskedRequest): Entry | undefined => {
    const nonce = nonceOf(url);
    const entry = nonce === undefined ? undefined : entries.get(nonce);
    return entry === undefined || (entry.requestId ?? requestId) === requestId ? entry : undefined;
  };

  /** If Firefox asks about a probe together with a held request, the probe goes no further than that request. */
  const askedAbout = (request: AskedRequest, batch: EventBatch): Entry | undefined => {
    const entry = entryOf(request);
    if (entry !== undefined) {
      entry.requestId = request.requestId;
      entry.askedIn = batch;
    }
    // A probe for the version may wait: its sender waits longer than any request is held.
    if (entry !== undefined && entry.kind !== "version")
      batch.whenHeld(() => {
        entry.tell({ kind: "stuck" });
      });
    return entry;
  };

  return {
    expect: (subject, kind, isFresh, gate) => {
      const nonce = crypto.randomUUID().replaceAll("-", "");
      const { entry, told } = newEntry(subject, kind, isFresh, gate);
      entries.set(nonce, entry);
      return { nonce, told, route: () => entry.route };
    },

    forget: (probes) => {
      setTimeout(() => {
        for (const { nonce } of probes) entries.delete(nonce);
      }, SOON);
    },

    asked: (request, batch) => askedAbout(request, batch) !== undefined,

    onSendHeaders: (request, headers, proxyInfo, batch) => {
      const entry = askedAbout(request, batch);
      if (entry === undefined) return undefined;
      entry.route = routeOf(proxyInfo);
      const keeps = entry.kind === "first" || entry.kind === "companion";
      const bare = probeHeaders(headers, keeps ? "keep" : "close");
      const requestHeaders =
        entry.head === undefined ? bare : padded({ method: "POST", url: request.url, headers: bare }, entry.head);
      const { gate } = entry;
      return gate === undefined
        ? Promise.resolve({ requestHeaders })
        : leaveThrough(gate, entry, requestHeaders, () =>
            [...entries.values()].filter((other) => other.gate === gate && other.askedIn === batch),
          );
    },

    failed: (request, failure) => {
      const entry = entryOf(request);
      entry?.tell({ ...failure, kind: "failed" });
      // If a companion or a probe for the version is refused, only the watcher reports it.
      const isAlone = entry?.kind === "companion" || entry?.kind === "version";
      return entry !== undefined && (!isAlone || failure.reason === "cut-off");
    },

    completed: (request, bytes) => {
      entryOf(request)?.count(bytes);
    },

    isPrivate: (request) => entryOf(request)?.private === true,

    answered: (request) => {
      const entry = entryOf(request);
      return entry === undefined ? undefined : answeredOf(entry);
    },
  };
}

/**
 * Firefox takes the answers about a batch of requests together. So two probes of one batch would leave closer together
 * than a secret and its companion ever do. And if Firefox asks about one of them for the first time, it can't arrive at
 * the gate while the other one waits there. Nothing has been sent yet, so the round is given up, and another is sent.
 * @param askedTogether - gives the probes of this gate that Firefox asked about last in the batch of this one
 */
async function leaveThrough(
  gate: Gate,
  entry: Entry,
  requestHeaders: WebRequest.HttpHeaders,
  askedTogether: () => readonly Entry[],
): Promise<WebRequest.BlockingResponse> {
  await entry.askedIn?.whole;
  if (askedTogether().length > 1) gate.abandon();
  const leaves = entry.kind !== "stand-in";
  if (!(await gate.arrive(leaves))) return { cancel: true };
  if (leaves) return gate.leave({ requestHeaders });
  // Cancelling it makes work for Firefox, which would delay what leaves at this moment. But if Firefox asked about
  // others in the same batch, they leave only when this one is answered, too.
  const isAlone = askedTogether().every((other) => other === entry);
  if (isAlone) await new Promise((done) => setTimeout(done, AFTERWARD));
  return { cancel: true };
}

function answeredOf({ kind, isFresh, bytes, tell }: Entry): Answered {
  const isSocket = kind === "socket" || kind === "version";
  return {
    cancel: (verdict) => !mayPass(verdict),
    isFresh,
    tellsProtocol: !isSocket,
    judged: (verdict, isOwn, isRedirect, size, maxSize = Infinity) => {
      const told = { kind: "answered", verdict, isOwn, isRedirect } as const;
      // A WebSocket's response has no size to compare, and a response that isn't the instance's is canceled at its
      // headers.
      if (isSocket || size === undefined || !mayPass(verdict)) tell(told);
      else
        void withTimeout(bytes, SOON, undefined).then((sum) => {
          tell(sum === undefined ? told : { ...told, surplus: sum - size, isTooLong: sum > maxSize });
        });
    },
  };
}
