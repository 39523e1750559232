import { isSafe } from "../../core/request/secret-kinds";
import type { Unanswered } from "../../core/incident/verdict";
import type { Reason } from "../../core/tls/observation";
import type { EventBatch } from "../event-batch";
import { monotonicNow } from "../monotonic-clock";
import type { Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import type { Connections } from "./connections";
import { poolsOf, type BlockReason, type HeldRequest, type ReleaseGroup, type Secret, type Stop } from "./held-request";
import { createPoolChecker } from "./pool-check";
import { createRelease } from "./release";

/** Maximum times for a request, in milliseconds. */
export interface Limits {
  /** From the beginning of its own rounds. */
  readonly check: number;
  /** In all. Other requests may be checked before it. */
  readonly all: number;
}

export interface RequestHolder {
  /**
   * Holds a secret until probes have reached the instance.
   * @param batch - the one in which Firefox asked about it
   * @returns why it may not leave, or nothing. Never rejects.
   */
  readonly hold: (secret: Secret, batch: EventBatch, limits: Limits) => Promise<Stop | undefined>;
}

/**
 * @param onTaken - called if an attacker took a probe and closed the connection
 * @param limitOf - the reason why Guard can't check in this browser, if any
 */
export function createRequestHolder(
  store: Store,
  prober: Prober,
  connections: Connections,
  onTaken: (secret: Secret, carried: Unanswered) => Promise<void>,
  limitOf: (secret: Secret) => Promise<Reason | undefined>,
): RequestHolder {
  const release = createRelease(store, createPoolChecker(prober, connections, onTaken), limitOf);
  /** The held requests of batches that are not complete yet. */
  const gathering = new Map<EventBatch, HeldRequest[]>();
  /**
   * Groups that wait until their pools are free. Each leaves alone: if several secrets leave together, the response to
   * one of them shows an attacker what the others are.
   */
  let ready: ReleaseGroup[] = [];
  /** Pools that probes use now, or a request that was released and is not answered. */
  const busy = new Set<string>();

  const start = (): void => {
    for (const group of ready) {
      const pools = poolsOf(group);
      if (pools.some((pool) => busy.has(pool))) continue;
      ready = ready.filter((other) => other !== group);
      for (const pool of pools) busy.add(pool);
      for (const held of group.held) held.begin();
      const finish = (why: BlockReason | undefined): void => {
        for (const { end } of group.held) end(why);
        for (const pool of pools) busy.delete(pool);
        start();
      };
      const isStopped = release(group).then(
        () => undefined,
        () => "late" as const,
      );
      void isStopped.then(finish);
    }
  };

  const gather = async (batch: EventBatch): Promise<void> => {
    await batch.whole;
    const held = gathering.get(batch) ?? [];
    gathering.delete(batch);
    await batch.settled();
    // Firefox may send a safe request again in any case, so waiting would gain nothing for it.
    const unsafe = held.filter(({ method }) => !isSafe(method));
    await Promise.all(unsafe.map(({ pool }) => connections.settled(pool)));
    ready = [...ready, { held }];
    start();
  };

  return {
    hold: async (secret, batch, limits) => {
      batch.hold();
      const { held, ended } = newHeld(secret, limits);
      // It may still be able to leave: a page can send requests that outlast it.
      void secret.over().then(() => {
        held.end("given-up");
      });
      const together = gathering.get(batch);
      if (together !== undefined) together.push(held);
      else {
        gathering.set(batch, [held]);
        void gather(batch);
      }
      return ended;
    },
  };
}

/** @returns the request, and a promise of why it may not leave, or of nothing */
function newHeld(secret: Secret, { check, all }: Limits) {
  const { promise, resolve } = Promise.withResolvers<Stop | undefined>();
  const latest = monotonicNow() + all;
  const held: HeldRequest = {
    ...secret,
    deadline: latest,
    isOver: false,
    begin: () => {
      held.deadline = Math.min(latest, monotonicNow() + check);
      clearTimeout(timer);
      timer = setTimeout(held.end, held.deadline - monotonicNow(), "late");
    },
    end: (stop) => {
      held.isOver = true;
      clearTimeout(timer);
      resolve(stop);
    },
  };
  let timer = setTimeout(held.end, all, "late");
  return { held, ended: promise };
}
