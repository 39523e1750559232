import type { Address } from "../../core/address";
import { isOurs } from "../../core/incident/verdict";
import { probeUrl } from "../../core/probe/probe";
import { outcomeOf, takenOf, type Attempt, type Taken } from "../../core/probe/probe-outcome";
import type { RoundResult } from "../../core/probe/probe-round";
import type { Route } from "../../core/probe/route";
import { COMPANIONS } from "../../core/state/guard";
import type { Reason } from "../../core/tls/observation";
import { shuffled } from "../random";
import { createGate, type Gate } from "./gate";
import { soon, untilStuck, type Expected, type ProbeRegistry } from "./probe-registry";
import { send } from "./probe-transport";
import type { Target } from "./target";

/** Probes that leave together with secrets. */
export interface Company {
  /** Where the secrets wait. */
  readonly gate: Gate;
  /** What an attacker did with the probes. */
  readonly taken: Promise<Taken | undefined>;
}

/** What a round showed about this browser: why Guard can't check in it, or `undefined` if it can. */
export type OnLimit = (isPrivate: boolean, limit: "no-timing" | "coarse-clock" | undefined) => void;

/** POSTs that leave at the same moment, followed by as many over the same connections. */
export interface Rounds {
  /** Sends a round from a tab, or from the background if none is given. */
  readonly send: (tabId: number | undefined, target: Target) => Promise<Attempt>;
  /** See `Prober.accompany`. */
  readonly accompany: (target: Target, secrets: number) => Company;
  /** See `Prober.useUp`. */
  readonly useUp: (target: Target) => Promise<void>;
  /** Whether an instance's responses have exactly as many bytes as their headers say, as its last round showed. */
  readonly isExact: (address: Address) => boolean;
}

/** If this many rounds in a row were given up before they left, the next one is not given up. */
const MAX_ABANDONED = 5;
/** The smallest number that can overlap, which shows whether the peer speaks HTTP/2. */
const PAIR = 2;

export function createRounds(probes: ProbeRegistry, onLimit: OnLimit): Rounds {
  const exact = new Set<Address>();
  /** How many rounds in a row were given up before they left. */
  let abandoned = 0;
  const newGate = (width: number): Gate => createGate(width, abandoned >= MAX_ABANDONED);

  /** Notes what a round showed in addition to its verdict. */
  const note = ({ address, private: isPrivate }: Target, attempt: Attempt): void => {
    if (attempt.kind === "judged" && !attempt.isInconclusive && isOurs(attempt.verdict)) {
      onLimit(isPrivate, undefined);
      if (attempt.isExact === true) exact.add(address);
      else exact.delete(address);
    }
    if (attempt.kind === "unanswered" && isOfBrowser(attempt.reason)) onLimit(isPrivate, attempt.reason);
  };

  return {
    isExact: (address) => exact.has(address),

    send: async (tabId, target) => {
      const { width = PAIR, closing = 0 } = target;
      const { promise: isFresh, resolve: say } = Promise.withResolvers<boolean>();
      const gate = newGate(width);
      // In random order: a gate opens even if some are late, and then the order would show what they are.
      const first = shuffled([...Array.from({ length: width }).keys()]).map((index) =>
        probes.expect(target, index < closing ? "ending" : "first", isFresh, gate),
      );
      const then = Array.from({ length: width - closing }, () => probes.expect(target, "then", Promise.resolve(false)));
      const all = [...first, ...then];
      const over = send(tabId, target, urlsOf(target, first), urlsOf(target, then));
      const result = await Promise.race([over, untilStuck(all), gate.abandoned]);
      gate.open();
      abandoned = result === "abandoned" ? abandoned + 1 : 0;
      const sender = { from: tabId === undefined ? "background" : "tab", isExact: exact.has(target.address) } as const;
      const attempt = await attemptOf(result, first, then, target, sender);
      note(target, attempt);
      say(attempt.kind === "judged" && !attempt.isInconclusive);
      // A stuck probe goes on later, and is still ours.
      void over.finally(() => {
        probes.forget(all);
      });
      return attempt;
    },

    accompany: (target, secrets) => {
      const { width = PAIR, address } = target;
      const companions = Math.max(COMPANIONS, width - secrets);
      const gate = newGate(width);
      const isCompanion = shuffled(Array.from({ length: width }, (_, index) => index < companions));
      const posts = isCompanion.map((is) =>
        probes.expect(target, is ? "companion" : "stand-in", Promise.resolve(false), gate),
      );
      const see = async (): Promise<Taken | undefined> => {
        const sent = sendFromAny(target, posts);
        const result = await Promise.race([sent, gate.abandoned]);
        // If the page sent fewer probes, or none, the secrets would leave alone, which no probe does.
        const isGivenUp = gate.abandon();
        abandoned = isGivenUp ? abandoned + 1 : 0;
        gate.open();
        void sent.finally(() => {
          probes.forget(posts);
        });
        if (result === "abandoned" || isGivenUp) return undefined;
        const told = await Promise.all(posts.filter((_, index) => isCompanion[index]).map((post) => soon(post.told)));
        // If the page was left meanwhile, it reports no times.
        const first = result?.first.filter((_, index) => isCompanion[index]) ?? [];
        return takenOf(told, { first, then: [] }, exact.has(address));
      };
      return { gate, taken: see() };
    },

    useUp: async (target) => {
      const last = probes.expect(target, "then", Promise.resolve(false));
      await sendFromAny(target, [last]);
      probes.forget([last]);
    },
  };
}

/**
 * Sends POSTs from the first tab that can, as a check does, and otherwise from the background. The first tab may be
 * another site's: its request is held in the same group, but Latchkey can't send anything from there.
 * @returns `undefined` if the tab was left meanwhile: what it sent must not be sent again, which would look like an
 * attack
 */
async function sendFromAny(target: Target, posts: readonly Expected[]): Promise<RoundResult | undefined> {
  const urls = urlsOf(target, posts);
  for (const tabId of target.tabIds) {
    const result = await send(tabId, target, urls, []);
    if (result !== undefined || posts.some(({ route }) => route() !== undefined)) return result;
  }
  return send(undefined, target, urls, []);
}

/** The outcome of a round, from the reports of its sender and of webRequest. */
async function attemptOf(
  result: RoundResult | "stuck" | "abandoned" | undefined,
  first: readonly Expected[],
  then: readonly Expected[],
  target: Target,
  { from, isExact }: { readonly from: "tab" | "background"; readonly isExact: boolean },
): Promise<Attempt> {
  if (result === "stuck" || result === "abandoned") return { kind: "again", why: "stuck" };
  if (result === undefined) return { kind: "not-sent" };
  const posts = [...first, ...then.slice(0, result.then.length)];
  const told = await Promise.all(posts.map((post) => soon(post.told)));
  return outcomeOf(result, told, from, routesOf([...first, ...then], target), isExact);
}

const urlsOf = ({ address }: Target, posts: readonly Expected[]): string[] =>
  posts.map(({ nonce }) => probeUrl(address, nonce));

/** The routes of the probes, and of the requests that they check. */
const routesOf = (probes: readonly Expected[], { routes = [] }: Pick<Target, "routes">): Route[] => [
  ...routes,
  ...probes.flatMap(({ route }) => route() ?? []),
];

/** {@link OnLimit} reports these reasons: they say nothing about the instance. */
export const isOfBrowser = (reason: Reason): reason is "no-timing" | "coarse-clock" =>
  reason === "no-timing" || reason === "coarse-clock";
