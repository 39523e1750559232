import type { Address } from "../../core/address";
import { COMPANIONS } from "../../core/state/guard";
import type { Reason } from "../../core/tls/observation";
import { plainSocketUrl, probeUrl, socketUrl } from "../../core/probe/probe";
import {
  failureOf,
  isRefusal,
  outcomeOf,
  takenOf,
  type Attempt,
  type Failure,
  type Outcome,
  type Taken,
  type ProbeReport,
} from "../../core/probe/probe-outcome";
import type { Route } from "../../core/probe/route";
import { isOurs } from "../../core/incident/verdict";
import { createProbeRegistry, SOON, type Expected, type ProbeEvents, type Subject } from "./probe-registry";
import { createGate, type Gate } from "./gate";
import { LIMIT, send, type Socket } from "./probe-transport";
import { monotonicNow } from "../monotonic-clock";
import { withTimeout } from "../with-timeout";

/**
 * Probes show what a new connection to an instance looks like now. No request of Firefox's is proof alone, for Firefox
 * sends most of them again by itself, over another connection, when the first one ends in certain ways. An answer that made
 * Firefox do so is counted with the one that came in the end (`core/probe/answer-size.ts`). HTTP/2's words that do so are none,
 * but requests at the same time show when the peer speaks HTTP/2 (`core/probe/probe-round.ts`). What goes together leaves at the
 * same moment in random order ({@link createGate}), or its order would tell an attacker which is which before the first
 * byte of HTTP.
 */
export interface Prober extends ProbeEvents {
  /** Checks an address over new connections. Resolves when done; never rejects. */
  readonly probe: (target: Target) => Promise<Outcome>;
  /**
   * Sends a round of the target's width of which secrets of a pool leave in place of probes. Up to that moment it comes about
   * like any other round, so that it begins at the same time and leaves together like one.
   */
  readonly accompany: (target: Target, secrets: number) => Company;
  /** Whether an instance's answers have exactly the bytes that their headers tell, as its last round showed. */
  readonly isExact: (address: Address) => boolean;
  /** Whether the background may open a WebSocket to an instance: Firefox would ask the user for a client certificate. */
  readonly mayOpenSocket: (subject: Subject) => Promise<boolean>;
  /** Announces a WebSocket of our own that is to be opened: by the instance only, as its own answer's certificate tells. */
  readonly expectSocket: (address: Address) => ExpectedSocket;
}

/** What goes together with secrets. */
export interface Company {
  /** What they wait at. */
  readonly gate: Gate;
  /** What somebody did with it in place of the instance. */
  readonly taken: Promise<Taken | undefined>;
}

export interface ExpectedSocket {
  readonly url: string;
  /** Whether the handshake's answer was the instance's own. */
  readonly isOurs: Promise<boolean>;
  /** From now on the nonce is nobody's. */
  readonly end: () => void;
}

export interface Target extends Subject {
  /** Tabs that it can be sent from, the best first; from the background where there is none, or none can. */
  readonly tabIds: readonly number[];
  /** Bytes of its body, where it is to look like a request of that size. */
  readonly size?: number;
  /**
   * - `page`: rounds over the connections of the page's own requests, using up what there is of them.
   * - `apart`: rounds as Firefox sends what carries no credentials, so that the page keeps its connections.
   * - `socket`: a WebSocket handshake alone, which costs the page nothing. Firefox never sends it again over HTTP/1.1, but it
   *   does not see an attacker who speaks HTTP/2.
   */
  readonly pool: "page" | "apart" | "socket";
  /** How many POSTs a round has; a pair unless told. */
  readonly width?: number;
  /** How the requests go that the check is for, if there are any: rounds that go another way tell nothing of them. */
  readonly routes?: readonly Route[];
}

/** What is known of the client certificates that servers want (`core/state/client-certificate.ts`). */
export interface ClientCertificates {
  readonly wants: (address: Address) => boolean | undefined;
  readonly note: (address: Address, isWanted: boolean | undefined) => void;
}

/** Firefox leaves up to six connections behind (`network.http.max-persistent-connections-per-server`); a round uses up two. */
const MAX_TRIES = 9;
/** After so many rounds in a row that were given up before they left, the next one leaves as it can. */
const MAX_ABANDONED = 5;
/** So many slow connections are no accident. */
const MAX_SLOW = 3;
/** The fewest that can overlap, which shows whether the peer speaks HTTP/2. */
const PAIR = 2;

/** Told where an instance could not be checked, and why. @param at - milliseconds since 1970, when that began */
export type OnUnchecked = (subject: Subject, at: number, failure: Failure) => void;

/** What a round told of this browser: why Guard can't check in it, or that it can. */
export type OnLimit = (isPrivate: boolean, limit: "no-timing" | "coarse-clock" | undefined) => void;

/** @param onUnchecked - told where a check ended without any answer that Firefox showed us */
export function createProber(onUnchecked: OnUnchecked, onLimit: OnLimit, certificates: ClientCertificates): Prober {
  const probes = createProbeRegistry();
  const exact = new Set<Address>();
  /** How many rounds in a row were given up before they left. */
  let abandoned = 0;

  const soon = (told: Promise<ProbeReport>): Promise<ProbeReport> =>
    withTimeout(told, SOON, { kind: "failed", reason: "probe-unanswered" } as const);

  /** A WebSocket handshake, sent from a tab or from the background. */
  const checkBySocket = async (tabId: number | undefined, target: Target): Promise<Attempt> => {
    const socket = probes.expect(target, "socket", Promise.resolve(true));
    const sent = send(tabId, target, [], [], opening(target, socket));
    const result = await Promise.race([sent, stuck([socket])]);
    const known = result === undefined ? undefined : await soon(socket.told);
    probes.forget([socket]);
    if (known === undefined) return { kind: "not-sent" };
    if (known.kind === "stuck") return { kind: "again", why: "stuck" };
    if (known.kind === "failed") return { ...known, kind: "unanswered" };
    const from = tabId === undefined ? "background" : "tab";
    return known.verdict === undefined
      ? { kind: "unanswered", reason: "probe-unanswered" }
      : { kind: "judged", verdict: known.verdict, from, isInconclusive: !known.isOwn };
  };

  /**
   * Sends a POST that shows no client certificate (`credentials: "omit"`). A WebSocket has no such mode: sent from the
   * background to a server that wants a certificate, it would make Firefox ask the user for one, in nobody's name.
   * @returns why it was refused, or `undefined`
   */
  const knock = async (target: Subject & Pick<Partial<Target>, "pool">): Promise<Failure | undefined> => {
    const began = monotonicNow();
    const probe = probes.expect(target, "knock", Promise.resolve(false));
    const alone: Target = { address: target.address, private: target.private, tabIds: [], pool: "apart" };
    const sent = send(undefined, alone, [probeUrl(target.address, probe.nonce)], []);
    // Asked about in the batch of one that is held, it would be held as well.
    const known = await Promise.race([probe.told, sent.then(() => soon(probe.told))]);
    void sent.finally(() => {
      probes.forget([probe]);
    });
    if (known.kind === "answered") certificates.note(target.address, false);
    if (known.kind !== "failed") return undefined;
    // It may have been refused by the proxy, whose times say nothing of the server: nobody is accused for that.
    if (probe.route()?.kind === "tunnel" && (target.pool ?? "socket") !== "socket") return { reason: "proxy" };
    // Of a request that an HTTP/2 server turns away for its missing certificate, Firefox says that the page gave it up.
    const isGivenUp = known.reason === "probe-unanswered" && monotonicNow() - began < LIMIT;
    return failureOf(isGivenUp ? { reason: "cut-off" } : known, (await sent)?.first[0]);
  };

  const round = async (tabId: number | undefined, target: Target): Promise<Attempt> => {
    const { width = PAIR } = target;
    const { promise: isFresh, resolve: say } = Promise.withResolvers<boolean>();
    const gate = createGate(width, abandoned >= MAX_ABANDONED);
    const first = Array.from({ length: width }, () => probes.expect(target, "first", isFresh, gate));
    const then = Array.from({ length: width }, () => probes.expect(target, "then", Promise.resolve(false)));
    const all = [...first, ...then];
    const urls = (posts: readonly Expected[]): string[] => posts.map(({ nonce }) => probeUrl(target.address, nonce));
    const over = send(tabId, target, urls(first), urls(then));
    const result = await Promise.race([over, stuck(all), gate.abandoned]);
    gate.open();
    abandoned = result === "abandoned" ? abandoned + 1 : 0;
    const come = async (): Promise<Attempt> => {
      if (result === "stuck" || result === "abandoned") return { kind: "again", why: "stuck" };
      if (result === undefined) return { kind: "not-sent" };
      const posts = [...first, ...then.slice(0, result.then.length)];
      const told = await Promise.all(posts.map((post) => soon(post.told)));
      return outcomeOf(result, told, tabId === undefined ? "background" : "tab", routesOf(all, target));
    };
    const came = await come();
    if (came.kind === "judged" && !came.isInconclusive && isOurs(came.verdict)) {
      onLimit(target.private, undefined);
      if (came.isExact === true) exact.add(target.address);
      else exact.delete(target.address);
    }
    if (came.kind === "unanswered" && isOfBrowser(came.reason)) onLimit(target.private, came.reason);
    say(came.kind === "judged" && !came.isInconclusive);
    // What is stuck goes on later, and is still ours.
    void over.finally(() => {
      probes.forget(all);
    });
    return came;
  };

  /** From the best tab that can; `not-sent` when none can. */
  const checkFromTabs = async (target: Target): Promise<Attempt> => {
    for (const tabId of target.tabIds) {
      const came = await (target.pool === "socket" ? checkBySocket(tabId, target) : round(tabId, target));
      if (came.kind !== "not-sent") return came;
    }
    return { kind: "not-sent" };
  };

  /** From the background when no tab can. A WebSocket alone goes from there at once, which costs the page nothing. */
  const check = async (target: Target): Promise<Attempt> => {
    if (target.pool === "socket") return checkBySocket(undefined, target);
    const came = await checkFromTabs(target);
    return came.kind === "not-sent" ? round(undefined, target) : came;
  };

  /** Until it has come to something. */
  const repeat = async (target: Target, attempt: (target: Target) => Promise<Attempt>): Promise<Outcome> => {
    const end = monotonicNow() + LIMIT;
    let slow = 0;
    for (let tries = 0; tries < MAX_TRIES;) {
      const came = await attempt(target);
      if (came.kind === "judged" || came.kind === "unanswered") return came;
      if (came.kind === "not-sent" || (came.why === "stuck" && monotonicNow() > end))
        return { kind: "unanswered", reason: "probe-unanswered" };
      if (came.why === "slow-line" && ++slow >= MAX_SLOW) return { kind: "unanswered", reason: "slow-line" };
      if (came.why !== "stuck") tries++;
    }
    return { kind: "unanswered", reason: "not-fresh" };
  };

  /**
   * The page's own way, over connections that show its client certificate.
   * @returns `undefined` when there is no page to do it
   */
  const checkAsPage = async (target: Target): Promise<Outcome | undefined> => {
    const asPage: Target = { ...target, pool: target.pool === "socket" ? "socket" : "page" };
    const outcome = await repeat(asPage, checkFromTabs);
    return outcome.kind === "unanswered" && outcome.reason === "probe-unanswered" ? undefined : outcome;
  };

  /**
   * A server that wants a client certificate refuses what Firefox sends without one. So when it has refused that, it is
   * checked the page's own way before anything is said.
   */
  const settle = async (target: Target): Promise<Outcome> => {
    const { address } = target;
    if (certificates.wants(address) === true)
      return (await checkAsPage(target)) ?? { kind: "unanswered", reason: "client-certificate" };
    const isKnown = certificates.wants(address) === false;
    let refusal = isKnown ? undefined : await knock(target);
    const outcome: Outcome = refusal === undefined ? await repeat(target, check) : { kind: "unanswered", ...refusal };
    if (outcome.kind === "judged" || !isRefusal(outcome)) return outcome;
    if (refusal === undefined) {
      // A server that answers everybody has no reason to refuse what goes before a secret: who does is an attacker.
      if (target.pool === "page") return outcome;
      certificates.note(address, undefined);
      refusal = await knock(target);
      if (refusal === undefined) return outcome;
      // Firefox has one error for an instance that is offline and for one that hung up; the timing of a POST tells.
      if (!isRefusal(refusal)) return { kind: "unanswered", ...refusal };
    }
    const again = await checkAsPage(target);
    if (again?.kind === "judged" && isOurs(again.verdict)) certificates.note(address, true);
    return again ?? outcome;
  };

  return {
    asked: probes.asked,
    onSendHeaders: probes.onSendHeaders,
    failed: probes.failed,
    completed: probes.completed,
    isPrivate: probes.isPrivate,
    answered: probes.answered,

    isExact: (address) => exact.has(address),

    mayOpenSocket: async (subject) => !(certificates.wants(subject.address) ?? (await knock(subject)) !== undefined),

    expectSocket: (address) => {
      const socket = probes.expect({ address, private: false }, "version", Promise.resolve(true));
      const { promise, resolve } = Promise.withResolvers<boolean>();
      void socket.told.then((known) => {
        resolve(known.kind === "answered" && known.verdict !== undefined && isOurs(known.verdict));
      });
      const end = (): void => {
        probes.forget([socket]);
        resolve(false);
      };
      return { url: plainSocketUrl(address, socket.nonce), isOurs: promise, end };
    },

    accompany: (target, secrets) => {
      const { width = PAIR } = target;
      const companions = Math.max(COMPANIONS, width - secrets);
      const gate = createGate(width, abandoned >= MAX_ABANDONED);
      const isFresh = Promise.resolve(false);
      const posts = Array.from({ length: width }, (_, index) =>
        probes.expect(target, index < companions ? "companion" : "stand-in", isFresh, gate),
      );
      const urls = posts.map(({ nonce }) => probeUrl(target.address, nonce));
      const see = async (): Promise<Taken | undefined> => {
        const sent = send(target.tabIds[0], target, urls, []);
        const result = await Promise.race([sent, gate.abandoned]);
        // If the page sent less, or nothing, the secrets would leave alone, which no probe does.
        const isGivenUp = gate.abandon();
        abandoned = isGivenUp ? abandoned + 1 : 0;
        gate.open();
        void sent.finally(() => {
          probes.forget(posts);
        });
        if (result === undefined || result === "abandoned" || isGivenUp) return undefined;
        const gone = posts.slice(0, companions);
        const told = await Promise.all(gone.map((post) => soon(post.told)));
        return takenOf(told, result, exact.has(target.address));
      };
      return { gate, taken: see() };
    },

    probe: async (target) => {
      const at = Date.now();
      const outcome = await settle(target).catch((): Outcome => ({ kind: "unanswered", reason: "check-failed" }));
      if (outcome.kind === "unanswered" && !isOfBrowser(outcome.reason)) onUnchecked(target, at, outcome);
      return outcome;
    },
  };
}

/** The ways that probes went, and that what they are for goes. */
const routesOf = (probes: readonly Expected[], { routes = [] }: Pick<Target, "routes">): Route[] => [
  ...routes,
  ...probes.flatMap(({ route }) => route() ?? []),
];

/** Told by `OnLimit` already. */
const isOfBrowser = (reason: Reason): reason is "no-timing" | "coarse-clock" =>
  reason === "no-timing" || reason === "coarse-clock";

const opening = ({ address }: Subject, { nonce, told }: Expected): Socket => ({ url: socketUrl(address, nonce), told });

/** Resolves when Firefox asks about one of them together with a request that is held; never otherwise. */
const stuck = (probes: readonly Expected[]): Promise<"stuck"> =>
  new Promise((done) => {
    for (const { told } of probes)
      void told.then(({ kind }) => {
        if (kind === "stuck") done(kind);
      });
  });
