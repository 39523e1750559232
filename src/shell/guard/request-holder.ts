import type { Address } from "../../core/address";
import { isSafe } from "../../core/request/secret-kinds";
import { chanceToLeave, suspectedMissesAt, roundWidth, type Sensitivity } from "../../core/state/guard";
import { levelAt } from "../../core/state/guard-level";
import type { Reason } from "../../core/tls/observation";
import type { Outcome } from "../../core/probe/probe-outcome";
import type { Route } from "../../core/probe/route";
import type { State } from "../../core/state/state";
import { isOurs, isRed, type Unanswered } from "../../core/incident/verdict";
import type { Connections } from "./connections";
import type { Prober } from "../probe/prober";
import type { Target } from "../probe/target";
import { monotonicNow } from "../monotonic-clock";
import type { Store } from "../storage/store";
import type { EventBatch } from "../event-batch";

/** Why a request was stopped. */
export type BlockReason =
  "quarantine" | "insecure" | "hold" | "damaged" | "not-ours" | "inconclusive" | "other-port" | Reason;

/** A request that carries a secret. */
export interface Secret {
  readonly address: Address;
  readonly private: boolean;
  readonly tabId: number;
  /** The name of the pool of connections it goes out of. */
  readonly pool: string;
  readonly method: string;
  readonly sensitivity: Exclude<Sensitivity, "nothing">;
  /** Bytes of its body. */
  readonly size: number;
  /** How it goes to the server. */
  readonly route: Route;
  /**
   * The last question before it leaves. It is asked early, because nothing may take time once the probe that goes with it
   * is there: an observer would see that the two leave further apart than two probes do.
   * @returns why it may not leave, or nothing
   */
  readonly mayLeave: () => Promise<BlockReason | undefined>;
}

export interface RequestHolder {
  /**
   * Holds a secret until probes have shown the instance.
   * @param batch - the one in which Firefox asked about it
   * @param limit - in milliseconds
   * @returns why it may not leave, or nothing. Never rejects.
   */
  readonly hold: (secret: Secret, batch: EventBatch, limit: number) => Promise<BlockReason | undefined>;
}

interface HeldRequest extends Secret {
  /** When it is blocked at the latest; see {@link monotonicNow}. */
  readonly deadline: number;
  readonly end: (stop: BlockReason | undefined) => void;
  isOver: boolean;
}

/** Secrets that are let go together: those of one batch, whose answers Firefox takes together, and of one pool. */
interface ReleaseGroup {
  readonly held: readonly HeldRequest[];
}

/** Those of a group that go out of one pool, and so are served by one look. */
interface PoolGroup {
  readonly first: Secret;
  readonly held: readonly HeldRequest[];
  /** Whether they may go, and with what. */
  target: Target | undefined;
  checkedAt: number;
  retriesLeft: number;
}

/**
 * @param onTaken - told where somebody took a probe and hung up
 * @param limitOf - tells what keeps Guard from checking in this browser
 */
export function createRequestHolder(
  store: Store,
  prober: Prober,
  connections: Connections,
  onTaken: (secret: Secret, carried: Unanswered) => Promise<void>,
  limitOf: (secret: Secret) => Promise<Reason | undefined>,
): RequestHolder {
  /** Of batches that are not whole yet. */
  const gathering = new Map<EventBatch, HeldRequest[]>();
  /** What waits until its pools are free: a run of probes is for those alone that waited when it began. */
  let ready: ReleaseGroup[] = [];
  /**
   * Pools that probes are sent over. Tabs of a pool share its connections, so they share a run: twenty that are
   * restored at once would keep each other's probes waiting.
   */
  const busy = new Set<string>();
  /** How long a probe last took, by pool. */
  const durations = new Map<string, number>();

  const whyNot = (outcome: Outcome, { held, first: { pool } }: PoolGroup): BlockReason | undefined => {
    if (outcome.kind === "unanswered") return outcome.reason;
    if (!isOurs(outcome.verdict)) return isRed(outcome.verdict) ? "quarantine" : "not-ours";
    if (held.every(({ method }) => isSafe(method))) return undefined;
    // The probe's was a fresh connection, but the secret would go out over another.
    if (outcome.isInconclusive) return "inconclusive";
    return outcome.from === "background" && connections.mayBeLeft(pool) ? "not-fresh" : undefined;
  };

  /** @returns whether it is to be looked at once more */
  const check = async (poolGroup: PoolGroup): Promise<boolean> => {
    const { first, held } = poolGroup;
    const { address, pool } = first;
    const tabIds = [...new Set([...held.map(({ tabId }) => tabId), ...connections.tabsOf(pool)])].filter(
      (id) => id !== -1,
    );
    const size = Math.min(Math.max(...held.map((secret) => secret.size)), MAX_SIZE);
    const began = monotonicNow();
    const target: Target = {
      ...{ address, private: first.private, tabIds, size, pool: "page" },
      width: roundWidth(held.map(({ sensitivity }) => sensitivity)),
      routes: held.map(({ route }) => route),
    };
    const outcome = await prober.probe(target);
    poolGroup.checkedAt = monotonicNow();
    poolGroup.target = target;
    durations.set(pool, poolGroup.checkedAt - began);
    const why = whyNot(outcome, poolGroup);
    if (outcome.kind === "unanswered" && outcome.isTaken === true) await onTaken(first, "probe");
    if (why === "cut-off") await onTaken(first, "probe");
    if (why === "restarted") await onTaken(first, "restarted-probe");
    if (why === "not-fresh" && poolGroup.retriesLeft-- > 0) {
      await new Promise((done) => setTimeout(done, PAUSE));
      return true;
    }
    if (why !== undefined) for (const { end } of held) end(why);
    return false;
  };

  /** What waits goes at the same moment as what makes it look like a round of probes. */
  const release = async ({ first, held, target }: PoolGroup): Promise<void> => {
    const waiting = held.filter(({ isOver }) => !isOver);
    await Promise.all(
      waiting.map(async ({ mayLeave, end }) => {
        const why = await mayLeave();
        if (why !== undefined) end(why);
      }),
    );
    for (;;) {
      const going = waiting.filter(({ isOver }) => !isOver);
      if (target === undefined || going.length === 0) return;
      const { gate, taken } = prober.accompany(target, going.length);
      void taken.then((what) => (what === undefined ? undefined : onTaken(first, what)));
      // Of a round that is given up nothing has left: the secrets wait for the next one, as probes would.
      await Promise.all(
        going.map(async ({ end }) => {
          if (await gate.join()) end(undefined);
        }),
      );
    }
  };

  const suspectedMissesOf = (state: State, { held }: ReleaseGroup): number =>
    Math.max(...held.map((secret) => suspectedMissesAt(state, secret.address, secret.private, Date.now())));

  /** Whether it leaves after this round, or another one goes before it. @param time - that the rounds may take, in ms */
  const isDrawn = (state: State, { held }: ReleaseGroup, suspectedMisses: number, time: number): boolean => {
    const chanceOf = ({ pool, sensitivity, address, private: isPrivate }: Secret): number => {
      const fitting = Math.floor(time / (durations.get(pool) ?? 1));
      return chanceToLeave(sensitivity, levelAt(state, address, isPrivate), suspectedMisses, fitting);
    };
    return random() < Math.min(...held.map(chanceOf));
  };

  const run = async (group: ReleaseGroup): Promise<void> => {
    const poolGroups = [...Map.groupBy(group.held, ({ pool }) => pool).values()].flatMap((held): PoolGroup[] => {
      const [first] = held;
      return first === undefined ? [] : [{ held, first, target: undefined, checkedAt: 0, retriesLeft: AGAIN }];
    });
    for (const { first, held } of poolGroups) {
      const limit = await limitOf(first);
      if (limit !== undefined) for (const { end } of held) end(limit);
    }
    // Measured once, so that the chance stays the same after each round; part of it may be over when an earlier group was
    // in the way.
    const time = Math.min(...group.held.map(({ deadline }) => deadline)) - monotonicNow();
    let suspectedMisses = suspectedMissesOf(await store.read(), group);
    let isLeaving = false;
    for (;;) {
      const waiting = poolGroups.filter(({ held }) => held.some(({ isOver }) => !isOver));
      // All of them are let go together, so none may have been looked at long before.
      const due = isLeaving ? waiting.filter(({ checkedAt }) => monotonicNow() - checkedAt > STALE) : waiting;
      if (due.length === 0) {
        await Promise.all(waiting.map(release));
        return;
      }
      const again = await Promise.all(due.map(check));
      const state = await store.read();
      const now = suspectedMissesOf(state, group);
      // Who guessed wrong and was let off must guess anew.
      if (now > suspectedMisses) isLeaving = false;
      suspectedMisses = now;
      if (!again.includes(true)) isLeaving ||= isDrawn(state, group, suspectedMisses, time);
    }
  };

  const start = (): void => {
    for (const group of ready) {
      const pools = poolsOf(group);
      if (pools.some((pool) => busy.has(pool))) continue;
      ready = ready.filter((other) => other !== group);
      for (const pool of pools) busy.add(pool);
      const finish = (why: BlockReason | undefined): void => {
        for (const { end } of group.held) end(why);
        for (const pool of pools) busy.delete(pool);
        start();
      };
      void run(group).then(
        () => {
          finish(undefined);
        },
        () => {
          finish("late");
        },
      );
    }
  };

  const gather = async (batch: EventBatch): Promise<void> => {
    await batch.whole;
    const held = gathering.get(batch) ?? [];
    gathering.delete(batch);
    await batch.settled();
    // Firefox sends a safe request again in any case: for it nothing is gained by waiting.
    const unsafe = held.filter(({ method }) => !isSafe(method));
    await Promise.all(unsafe.map(({ pool }) => connections.settled(pool)));
    const pools = new Set(held.map(({ pool }) => pool));
    const near = ready.filter((group) => group.held.some(({ pool }) => pools.has(pool)));
    const group = { held: [...near.flatMap((other) => other.held), ...held] };
    ready = [...ready.filter((other) => !near.includes(other)), group];
    start();
  };

  return {
    hold: async (secret, batch, limit) => {
      batch.hold();
      const { promise, resolve } = Promise.withResolvers<BlockReason | undefined>();
      const held: HeldRequest = {
        ...secret,
        deadline: monotonicNow() + limit,
        isOver: false,
        end: (stop) => {
          held.isOver = true;
          resolve(stop);
        },
      };
      const timer = setTimeout(held.end, limit, "late");
      const together = gathering.get(batch);
      if (together !== undefined) together.push(held);
      else {
        gathering.set(batch, [held]);
        void gather(batch);
      }
      const why = await promise;
      clearTimeout(timer);
      return why;
    },
  };
}

const poolsOf = ({ held }: ReleaseGroup): string[] => [...new Set(held.map(({ pool }) => pool))];

/** What was looked at so long ago, in milliseconds, is looked at again before it is let go. */
const STALE = 500;

/** A page that is only just there cannot be looked from yet, and the background's look is not enough: so often again … */
const AGAIN = 3;
/** … after so many milliseconds. */
const PAUSE = 300;

/** A probe is padded to the size of what it stands for, up to here. */
const MAX_SIZE = 16_384;

const random = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
