import { isSafe } from "../../core/request/secret-kinds";
import { isOurs, isRed, type Unanswered } from "../../core/incident/verdict";
import { paddedSize } from "../../core/probe/probe";
import { isKept, type Outcome } from "../../core/probe/probe-outcome";
import { COMPANIONS, roundWidth } from "../../core/state/guard";
import { monotonicNow } from "../monotonic-clock";
import type { Prober } from "../probe/prober";
import { LIMIT, type Target } from "../probe/target";
import { withTimeout } from "../with-timeout";
import type { Connections } from "./connections";
import type { BlockReason, HeldRequest, ReleaseGroup, Secret } from "./held-request";

/** The requests of a group that use one pool, so one check is enough for them. */
export interface PoolGroup {
  readonly first: Secret;
  readonly held: readonly HeldRequest[];
  /** What was checked last: the secrets leave with a round like it. */
  target: Target | undefined;
  /** How many requests it was checked for. */
  checkedFor: number;
  checkedAt: number;
  /** Whether a round has shown the instance's certificate. Only then may the next connections carry a secret. */
  isProven: boolean;
  retriesLeft: number;
}

export interface PoolChecker {
  /** Checks the connection of a group. @returns whether to check it again */
  readonly check: (poolGroup: PoolGroup) => Promise<boolean>;
  /** Lets the waiting requests leave at the same moment as the POSTs that make it resemble a round of probes. */
  readonly release: (poolGroup: PoolGroup) => Promise<void>;
  /** How long the last {@link REMEMBERED} checks took on average, in ms; `undefined` before the first. */
  readonly durationOf: (pool: string) => number | undefined;
}

/** @param onTaken - called if an attacker took a probe and closed the connection, or made Firefox retry it */
export function createPoolChecker(
  prober: Prober,
  connections: Connections,
  onTaken: (secret: Secret, carried: Unanswered) => Promise<void>,
): PoolChecker {
  /** How long the last checks took, by pool. */
  const durations = new Map<string, readonly number[]>();

  return {
    durationOf: (pool) => {
      const last = durations.get(pool);
      return last && last.reduce((sum, duration) => sum + duration, 0) / last.length;
    },

    check: async (poolGroup) => {
      const { first } = poolGroup;
      const held = waitingIn(poolGroup);
      const { pool } = first;
      const tabIds = [...new Set([...held.map(({ tabId }) => tabId), ...connections.tabsOf(pool)])].filter(
        (id) => id !== -1,
      );
      const began = monotonicNow();
      const target = targetOf(first, held, tabIds);
      for (const { padTo } of held) padTo(target.head);
      const outcome = await prober.probe(target);
      poolGroup.checkedAt = monotonicNow();
      poolGroup.target = target;
      poolGroup.checkedFor = held.length;
      const why = whyNot(outcome, poolGroup, connections);
      // An attacker could lengthen a check that fails, and so raise the chance of the next requests.
      if (why === undefined)
        durations.set(pool, [...(durations.get(pool) ?? []), poolGroup.checkedAt - began].slice(-REMEMBERED));
      else if (outcome.kind === "unanswered") connections.left(pool);
      // A secret's connection would outlast a probe's, so one that is kept waiting shows an attacker which it is.
      const isOdd =
        outcome.kind === "unanswered" && (outcome.isTaken === true || (poolGroup.isProven && isKept(outcome)));
      poolGroup.isProven ||= why === undefined;
      if (isOdd || why === "cut-off") await onTaken(first, "probe");
      if (why === "restarted") await onTaken(first, "restarted-probe");
      if (why === "not-fresh" && poolGroup.retriesLeft-- > 0) {
        await new Promise((done) => setTimeout(done, PAUSE));
        return true;
      }
      if (why !== undefined) for (const { end } of held) end(why);
      return false;
    },

    release: async (poolGroup) => {
      const { first, target } = poolGroup;
      for (;;) {
        const going = waitingIn(poolGroup);
        if (target === undefined || going.length === 0) return;
        const { gate, taken } = prober.accompany(target, going.length);
        void taken.then((what) => (what === undefined ? undefined : onTaken(first, what)));
        const answered = Promise.all(going.map(({ over }) => over()));
        // If a round is given up, nothing of it has left. The secrets wait for the next one, as probes would.
        await Promise.all(
          going.map(async ({ mayLeave, leaveThrough, end }) => {
            const prepare = (): void => {
              const why = mayLeave();
              if (why !== undefined) end(why);
            };
            if (!(await gate.join(prepare))) return;
            leaveThrough(gate);
            end(undefined);
          }),
        );
        // Not earlier: in a round, nothing follows either while one of its connections has no response.
        if (!going.every(({ isOver }) => isOver)) continue;
        connections.left(first.pool);
        void answered.then(() => prober.useUp(target));
        // In a round, nothing else begins while a connection is kept waiting. A player asks for several parts at once.
        if (!going.every(({ isStream }) => isStream)) await withTimeout(answered, LIMIT, undefined);
      }
    },
  };
}

/** Why the requests of a group may not leave after a check, or nothing. */
function whyNot(
  outcome: Outcome,
  { held, first: { pool } }: PoolGroup,
  connections: Connections,
): BlockReason | undefined {
  if (outcome.kind === "unanswered") return outcome.reason;
  if (!isOurs(outcome.verdict)) return isRed(outcome.verdict) ? "quarantine" : "not-ours";
  if (held.every(({ method }) => isSafe(method))) return undefined;
  // The probe used a new connection, but the secret would use another one.
  if (outcome.isInconclusive) return "inconclusive";
  return outcome.from === "background" && connections.mayBeLeft(pool) ? "not-fresh" : undefined;
}

/** The requests of a group that are not over. */
export const waitingIn = ({ held }: PoolGroup): HeldRequest[] => held.filter(({ isOver }) => !isOver);

/** A check of rounds that look like the group when it leaves. */
function targetOf(
  first: Secret,
  held: readonly HeldRequest[],
  tabIds: readonly number[],
): Target & { readonly head: number } {
  const width = roundWidth(held.map(({ sensitivity }) => sensitivity));
  return {
    address: first.address,
    private: first.private,
    tabIds,
    size: Math.min(Math.max(...held.map(({ size }) => size)), MAX_SIZE),
    head: paddedSize(held.map(({ head }) => head)),
    pool: "page",
    width,
    closing: Math.min(held.length, width - COMPANIONS),
    routes: held.map(({ route }) => route),
  };
}

/** The requests of a group, by the pool they use. */
export const poolGroupsOf = ({ held: all }: ReleaseGroup): PoolGroup[] =>
  [...Map.groupBy(all, ({ pool }) => pool).values()].flatMap((held): PoolGroup[] => {
    const [first] = held;
    return first === undefined
      ? []
      : [{ held, first, target: undefined, checkedFor: 0, checkedAt: 0, isProven: false, retriesLeft: AGAIN }];
  });

/** How often a check is repeated while a new page can't send a probe yet. The background's probe is not enough then. */
const AGAIN = 3;
/** Pause before each of these checks, in ms. */
const PAUSE = 300;

/**
 * Number of past checks that the average duration includes. A busy page can make one slow, and an observer sees that,
 * too.
 */
const REMEMBERED = 20;

/** Maximum size of a probe, in bytes. A probe is padded to the size of the request that it stands for. */
const MAX_SIZE = 16_384;
