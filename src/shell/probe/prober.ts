import type { Address } from "../../core/address";
import { isOurs } from "../../core/incident/verdict";
import { isKept, isRefusal, type Attempt, type Failure, type Outcome } from "../../core/probe/probe-outcome";
import { monotonicNow } from "../monotonic-clock";
import { knock, type ClientCertificates } from "./knock";
import { createProbeRegistry, type ProbeEvents } from "./probe-registry";
import { createRounds, isOfBrowser, type Company, type OnLimit, type Rounds } from "./round";
import { checkBySocket, expectSocket, type ExpectedSocket } from "./socket-check";
import { LIMIT, type Subject, type Target } from "./target";

/**
 * Probes show the certificate of a new connection to an instance. A single request proves nothing: Firefox sends most
 * requests again by itself, over another connection, if the first one ends in certain ways.
 * - If a response made Firefox do so, its bytes are counted with those of the last one (`core/probe/answer-size.ts`).
 * - HTTP/2 has frames that do so without bytes to count. But requests at the same time show whether the peer speaks
 *   HTTP/2 (`core/probe/probe-round.ts`).
 * - What belongs together leaves at the same moment, in random order ({@link createGate}). Otherwise, the order would
 *   show an attacker which is which before the first byte of HTTP.
 */
export interface Prober extends ProbeEvents {
  /** Checks an address over new connections. Resolves when done; never rejects. */
  readonly probe: (target: Target) => Promise<Outcome>;
  /**
   * Sends a round of the target's width in which secrets of a pool replace some probes. It is prepared like any other
   * round, and its requests leave at the same moment.
   */
  readonly accompany: (target: Target, secrets: number) => Company;
  /** Ends the connection that a companion left behind, with one more POST. Resolves when that is over. */
  readonly useUp: (target: Target) => Promise<void>;
  /** Whether an instance's responses have exactly as many bytes as their headers say, as its last round showed. */
  readonly isExact: (address: Address) => boolean;
  /**
   * Whether the background may open a WebSocket to an instance. If not, Firefox would ask the user for a client
   * certificate.
   */
  readonly mayOpenSocket: (subject: Subject) => Promise<boolean>;
  /**
   * Registers a WebSocket that Latchkey opens itself. Only the instance can open it: its response must carry the
   * certificate.
   */
  readonly expectSocket: (address: Address) => ExpectedSocket;
}

/** Firefox keeps up to six connections (`network.http.max-persistent-connections-per-server`); a round uses up two. */
const MAX_TRIES = 9;
/** This many slow connections are no coincidence. */
const MAX_SLOW = 3;

/** Called if an instance could not be checked, with the reason. @param at - when the check began, in ms since 1970 */
export type OnUnchecked = (subject: Subject, at: number, failure: Failure) => void;

/** @param onUnchecked - called if a check ended without any response that Firefox showed us */
export function createProber(onUnchecked: OnUnchecked, onLimit: OnLimit, certificates: ClientCertificates): Prober {
  const probes = createProbeRegistry();
  const rounds = createRounds(probes, onLimit);

  const knockAt = (subject: Subject, pool: Target["pool"]): Promise<Failure | undefined> =>
    knock(probes, certificates, subject, pool);

  /** Checks from the best tab that can do it; `not-sent` if none can. */
  const checkFromTabs = async (target: Target): Promise<Attempt> => {
    for (const tabId of target.tabIds) {
      const attempt = await (target.pool === "socket"
        ? checkBySocket(probes, tabId, target)
        : rounds.send(tabId, target));
      if (attempt.kind !== "not-sent") return attempt;
    }
    return { kind: "not-sent" };
  };

  /**
   * Checks from the background if no tab can. For a WebSocket alone it does so at once, which costs the page nothing.
   */
  const check = async (target: Target): Promise<Attempt> => {
    if (target.pool === "socket") return checkBySocket(probes, undefined, target);
    const attempt = await checkFromTabs(target);
    return attempt.kind === "not-sent" ? rounds.send(undefined, target) : attempt;
  };

  /**
   * Checks the way the page's requests go, over connections that show its client certificate.
   * @returns `undefined` if no page can do it. A probe that someone took and didn't answer is an outcome: otherwise, an
   * attacker who refused one check could then guess wrong unseen
   */
  const checkAsPage = async (target: Target): Promise<Outcome | undefined> => {
    const asPage: Target = { ...target, pool: target.pool === "socket" ? "socket" : "page" };
    const outcome = await repeat(asPage, checkFromTabs);
    return saysNothing(outcome) ? undefined : outcome;
  };

  /**
   * A server that wants a client certificate refuses what Firefox sends without one. So after such a refusal, Latchkey
   * checks the way the page's requests go before it reports anything.
   */
  const settle = async (target: Target): Promise<Outcome> => {
    const { address, pool } = target;
    if (certificates.wants(address) === true)
      return (await checkAsPage(target)) ?? { kind: "unanswered", reason: "client-certificate" };
    const isKnown = certificates.wants(address) === false;
    let refusal = isKnown ? undefined : await knockAt(target, pool);
    const outcome: Outcome = refusal === undefined ? await repeat(target, check) : { kind: "unanswered", ...refusal };
    if (outcome.kind === "judged" || !isRefusal(outcome)) return outcome;
    if (refusal === undefined) {
      // A server that accepts every client has no reason to refuse a probe for a secret. So an attacker refused it.
      if (pool === "page") return outcome;
      certificates.note(address, undefined);
      refusal = await knockAt(target, pool);
      if (refusal === undefined) return outcome;
      // Firefox has one error for an offline instance and for a closed connection. The timing of a POST shows which it
      // is.
      if (!isRefusal(refusal)) return { kind: "unanswered", ...refusal };
    }
    const again = await checkAsPage(target);
    if (again?.kind === "judged" && isOurs(again.verdict)) certificates.note(address, true);
    return again ?? outcome;
  };

  return {
    ...eventsOf(probes),
    ...companyOf(rounds),
    expectSocket: (address) => expectSocket(probes, address),
    mayOpenSocket: async (subject) =>
      !(certificates.wants(subject.address) ?? (await knockAt(subject, "socket")) !== undefined),
    probe: async (target) => {
      const at = Date.now();
      const outcome = await settle(target).catch((): Outcome => ({ kind: "unanswered", reason: "check-failed" }));
      if (outcome.kind === "unanswered" && !isOfBrowser(outcome.reason)) onUnchecked(target, at, outcome);
      return outcome;
    },
  };
}

/** @returns `false` if someone may keep a probe without an answer */
const saysNothing = (outcome: Outcome): boolean =>
  outcome.kind === "unanswered" && outcome.reason === "probe-unanswered" && !isKept(outcome);

/** What Guard asks rounds for, in addition to checks. */
const companyOf = ({ isExact, accompany, useUp }: Rounds): Pick<Rounds, "isExact" | "accompany" | "useUp"> => ({
  isExact,
  accompany,
  useUp,
});

/** What the listeners ask the registry for; only the prober makes probes known. */
const eventsOf = ({ asked, onSendHeaders, failed, completed, isPrivate, answered }: ProbeEvents): ProbeEvents => ({
  asked,
  onSendHeaders,
  failed,
  completed,
  isPrivate,
  answered,
});

/** Repeats until there is a result. */
async function repeat(target: Target, attempt: (target: Target) => Promise<Attempt>): Promise<Outcome> {
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
}
