import { chanceToLeave, suspectedMissesAt } from "../../core/state/guard";
import { levelAt } from "../../core/state/guard-level";
import type { State } from "../../core/state/state";
import type { Reason } from "../../core/tls/observation";
import { monotonicNow } from "../monotonic-clock";
import { random } from "../random";
import type { Store } from "../storage/store";
import type { ReleaseGroup, Secret } from "./held-request";
import { poolGroupsOf, waitingIn, type PoolChecker, type PoolGroup } from "./pool-check";

/**
 * Sends rounds of probes for a group until a random draw lets it leave, or the time of its requests is over.
 * @param limitOf - gives the reason why Guard can't check in this browser, if any
 * @returns a function that resolves when the group has left, or none of its requests waits any more
 */
export function createRelease(
  store: Store,
  checker: PoolChecker,
  limitOf: (secret: Secret) => Promise<Reason | undefined>,
): (group: ReleaseGroup) => Promise<void> {
  /** Whether the group leaves after this round. @param fitting - how many rounds fit into the time, by pool */
  const isDrawn = (state: State, { held }: ReleaseGroup, suspectedMisses: number, fitting: Fitting): boolean => {
    const chanceOf = ({ pool, sensitivity, address, private: isPrivate }: Secret): number =>
      chanceToLeave(sensitivity, levelAt(state, address, isPrivate), suspectedMisses, fitting.get(pool) ?? 0);
    return random() < Math.min(...held.map(chanceOf));
  };

  return async (group) => {
    const poolGroups = poolGroupsOf(group);
    for (const { first, held } of poolGroups) {
      const limit = await limitOf(first);
      if (limit !== undefined) for (const { end } of held) end(limit);
    }
    // Some of the time may be over if an earlier group was in the way.
    const time = Math.min(USUAL_TIME, Math.min(...group.held.map(({ deadline }) => deadline)) - monotonicNow());
    // Computed once, so the chance stays the same after each round. Otherwise, a slow round would show that the next is
    // likelier.
    let fitting: Fitting | undefined;
    let suspectedMisses = suspectedMissesOf(await store.read(), group);
    let isLeaving = false;
    for (;;) {
      const waiting = poolGroups.filter((poolGroup) => waitingIn(poolGroup).length > 0);
      // All requests leave together, so each check must be recent, and for as many requests as leave.
      const isDue = (poolGroup: PoolGroup): boolean =>
        monotonicNow() - poolGroup.checkedAt > STALE || poolGroup.checkedFor !== waitingIn(poolGroup).length;
      const due = isLeaving ? waiting.filter(isDue) : waiting;
      if (due.length === 0) {
        await Promise.all(waiting.map(checker.release));
        return;
      }
      const again = await Promise.all(due.map(checker.check));
      const state = await store.read();
      const now = suspectedMissesOf(state, group);
      // An attacker who guessed wrong, and was not warned of, must guess again.
      if (now > suspectedMisses) isLeaving = false;
      suspectedMisses = now;
      if (again.includes(true)) continue;
      fitting ??= new Map(waiting.map(({ first: { pool } }) => [pool, fittingInto(time, checker.durationOf(pool))]));
      isLeaving ||= isDrawn(state, group, suspectedMisses, fitting);
    }
  };
}

/** How many rounds fit into the time that a group may be held, by pool. */
type Fitting = ReadonlyMap<string, number>;

/** @param time - in ms; so is the duration of a round */
const fittingInto = (time: number, duration = 1): number => Math.floor(time / Math.max(1, duration));

const suspectedMissesOf = (state: State, { held }: ReleaseGroup): number =>
  Math.max(...held.map((secret) => suspectedMissesAt(state, secret.address, secret.private, Date.now())));

/**
 * Nearly all requests leave within this time, in ms: the chance to leave follows from how many rounds fit into it. A
 * request may wait longer, because the computer or the line may become slow after that was computed.
 */
const USUAL_TIME = 7500;

/** Maximum age of a check when the request leaves, in ms. An older one is repeated. */
const STALE = 500;
