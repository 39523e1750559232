import type { WebRequest } from "webextension-polyfill";
import { probeHeaders } from "../../core/probe/probe";
import type { Failure, ProbeReport } from "../../core/probe/probe-outcome";
import { routeOf, type Route } from "../../core/probe/route";
import { isOurs, type Verdict } from "../../core/incident/verdict";
import type { Gate } from "./gate";
import type { Subject } from "./target";
import type { EventBatch } from "../event-batch";
import { withTimeout } from "../with-timeout";

/**
 * - `first`, `then`: POSTs of a round; `knock`: one alone, without credentials.
 * - `socket`: a WebSocket handshake of a check; `version`: one of a question for the version.
 * - `companion`: goes together with secrets.
 * - `stand-in`: comes to the gate of a round as its other probes do, and is then cancelled: a secret leaves instead of it.
 */
type Kind = "first" | "then" | "knock" | "socket" | "version" | "companion" | "stand-in";

/** What is known of a probe when its answer comes, and how to say what became of it. */
export interface Answered {
  /** Whether it ends with its answer: a WebSocket is opened by the instance only. */
  readonly cancel: (verdict: Verdict | undefined) => boolean;
  /** Whether it came over a connection made for it alone, and was never sent to anyone else; known a moment later. */
  readonly isFresh: Promise<boolean>;
  /** Whether it goes the way of the page's requests, so that it tells what protocol they have. */
  readonly tellsProtocol: boolean;
  /**
   * Takes note of what was said of the answer: the probe is over, but for the bytes that are to come.
   * @param isOwn - see `core/probe/probe.ts`
   * @param size - bytes that it should have; `undefined` when nobody can tell
   */
  readonly judged: (
    verdict: Verdict | undefined,
    isOwn: boolean,
    isRedirect: boolean,
    size: number | undefined,
  ) => void;
}

/** What webRequest's listeners ask about requests that may be probes of ours. Each is known by its nonce. */
export interface ProbeEvents {
  /**
   * Takes note that Firefox asks about a request: when something is held in the same batch so is the probe, and another is
   * sent instead.
   * @returns whether it is one of ours
   */
  readonly asked: (nonce: string | undefined, batch: EventBatch) => boolean;
  /**
   * What becomes of a probe before it is sent; `undefined` for a request that is none of ours.
   * @param proxyInfo - of the request, as webRequest tells it
   */
  readonly onSendHeaders: (
    nonce: string | undefined,
    headers: WebRequest.HttpHeaders,
    proxyInfo: unknown,
    batch: EventBatch,
  ) => Promise<WebRequest.BlockingResponse> | undefined;
  /**
   * Takes note of Firefox's reason why a request got no answer.
   * @returns whether that is left to the probe's sender: only the sender can distinguish an offline instance
   * from an attacker who took the request and closed the connection, and both from a server that requires a client
   * certificate
   */
  readonly failed: (nonce: string | undefined, failure: Failure) => boolean;
  /** Takes note of the bytes of all answers that a request got, when the last one is through. */
  readonly completed: (nonce: string | undefined, bytes: number | undefined) => void;
  /** Whether a nonce is that of a probe for a private window. */
  readonly isPrivate: (nonce: string | undefined) => boolean;
  /** Says of an answer whether it is to a probe; `undefined` when none of ours has this nonce. */
  readonly answered: (nonce: string | undefined) => Answered | undefined;
}

/** A probe that was made known, and what webRequest tells of it. */
export interface Expected {
  readonly nonce: string;
  readonly told: Promise<ProbeReport>;
  /** How it goes to the server; `undefined` until it is sent. */
  readonly route: () => Route | undefined;
}

export interface ProbeRegistry extends ProbeEvents {
  /** Makes a probe known, which is about to be sent. @param gate - what it waits at before it leaves */
  readonly expect: (subject: Subject, kind: Kind, isFresh: Promise<boolean>, gate?: Gate) => Expected;
  /** Their sender is done with them. webRequest may have something to tell of them a moment later. */
  readonly forget: (probes: readonly Expected[]) => void;
}

interface Entry {
  readonly private: boolean;
  readonly kind: Kind;
  readonly tell: (told: ProbeReport) => void;
  readonly isFresh: Promise<boolean>;
  readonly gate: Gate | undefined;
  /** The batch in which Firefox asked about it last. */
  askedIn: EventBatch | undefined;
  /** Whether it is at its gate, or past it. */
  hasArrived: boolean;
  readonly bytes: Promise<number | undefined>;
  readonly count: (bytes: number | undefined) => void;
  route: Route | undefined;
}

/** Time between what becomes of a request as its page hears of it and as webRequest does, in ms. */
export const SOON = 1000;
/** How long after the others a stand-in is ended, in ms. */
const AFTERWARD = 100;

/** What webRequest reported about a probe that is over for its sender: a moment later at most. */
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
  { private: isPrivate }: Subject,
  kind: Kind,
  isFresh: Promise<boolean>,
  gate: Gate | undefined,
): { readonly entry: Entry; readonly told: Promise<ProbeReport> } {
  const { promise: told, resolve: tell } = Promise.withResolvers<ProbeReport>();
  const { promise: bytes, resolve: count } = Promise.withResolvers<number | undefined>();
  const state = { route: undefined, askedIn: undefined, hasArrived: false };
  return { entry: { private: isPrivate, kind, tell, isFresh, gate, bytes, count, ...state }, told };
}

export function createProbeRegistry(): ProbeRegistry {
  const entries = new Map<string, Entry>();

  const entryOf = (nonce: string | undefined): Entry | undefined =>
    nonce === undefined ? undefined : entries.get(nonce);

  /** One that Firefox asks about together with a request that is held goes no further than that one does. */
  const askedAbout = (nonce: string | undefined, batch: EventBatch): Entry | undefined => {
    const entry = entryOf(nonce);
    if (entry !== undefined) entry.askedIn = batch;
    // Its maker waits for a version longer than anything is held.
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

    asked: (nonce, batch) => askedAbout(nonce, batch) !== undefined,

    onSendHeaders: (nonce, headers, proxyInfo, batch) => {
      const entry = askedAbout(nonce, batch);
      if (entry === undefined) return undefined;
      entry.route = routeOf(proxyInfo);
      entry.hasArrived = true;
      const requestHeaders = probeHeaders(headers, entry.kind === "first" ? "keep" : "close");
      const { gate } = entry;
      return gate === undefined
        ? Promise.resolve({ requestHeaders })
        : leaveThrough(gate, entry, requestHeaders, () =>
            [...entries.values()].filter((other) => other.gate === gate && other.askedIn === batch),
          );
    },

    failed: (nonce, failure) => {
      const entry = entryOf(nonce);
      entry?.tell({ ...failure, kind: "failed" });
      // Of what goes together with a secret, or asks for a version, nobody but the watcher tells what was refused.
      const isAlone = entry?.kind === "companion" || entry?.kind === "version";
      return entry !== undefined && (!isAlone || failure.reason === "cut-off");
    },

    completed: (nonce, bytes) => {
      entryOf(nonce)?.count(bytes);
    },

    isPrivate: (nonce) => entryOf(nonce)?.private === true,

    answered: (nonce) => {
      const entry = entryOf(nonce);
      return entry === undefined ? undefined : answeredOf(entry);
    },
  };
}

/**
 * Firefox answers all events of a batch together. A probe that waits at its gate for one of which Firefox asks in the same
 * batch for the first time would wait in vain, and then leave in a way that a secret never does: later, and further from
 * the other one. Nothing has been sent yet, so the round is given up, and another is sent.
 * @param askedTogether - gives what waits at the gate and was last asked about in the batch of this one
 */
async function leaveThrough(
  gate: Gate,
  entry: Entry,
  requestHeaders: WebRequest.HttpHeaders,
  askedTogether: () => readonly Entry[],
): Promise<WebRequest.BlockingResponse> {
  void entry.askedIn?.whole.then(() => {
    if (askedTogether().some(({ hasArrived }) => !hasArrived)) gate.abandon();
  });
  if (!(await gate.arrive())) return { cancel: true };
  if (entry.kind !== "stand-in") return { requestHeaders };
  // Ending it makes work for Firefox, which would keep back what leaves at this moment. But what Firefox asked about
  // in the same batch leaves only when this is answered, too.
  const isAlone = askedTogether().every((other) => other === entry);
  if (isAlone) await new Promise((done) => setTimeout(done, AFTERWARD));
  return { cancel: true };
}

function answeredOf({ kind, isFresh, bytes, tell }: Entry): Answered {
  const isSocket = kind === "socket" || kind === "version";
  return {
    cancel: (verdict) => isSocket && (verdict === undefined || !isOurs(verdict)),
    isFresh,
    tellsProtocol: !isSocket,
    judged: (verdict, isOwn, isRedirect, size) => {
      const told = { kind: "answered", verdict, isOwn, isRedirect } as const;
      // A WebSocket's answer is compared with none, and what is not ours is stopped at its head.
      if (isSocket || size === undefined || verdict === undefined || !isOurs(verdict)) tell(told);
      else
        void withTimeout(bytes, SOON, undefined).then((sum) => {
          tell(sum === undefined ? told : { ...told, surplus: sum - size });
        });
    },
  };
}
