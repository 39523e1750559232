import type { Address } from "../core/address";
import { isSafe } from "../core/carried";
import { probesBefore, unansweredAt, type Load } from "../core/guard";
import type { Reason } from "../core/observation";
import { isOurs, isRed } from "../core/verdict";
import type { Connections } from "./connections";
import type { Outcome, Prober } from "./prober";
import type { Store } from "./store";

/** Why a request was stopped. */
export type Stop = "quarantine" | "insecure" | "hold" | "damaged" | "not-ours" | "late" | "shared" | Reason;

/** A request that carries a secret. */
export interface Secret {
  readonly address: Address;
  readonly private: boolean;
  readonly tabId: number;
  /** The name of the pool of connections it goes out of. */
  readonly pool: string;
  readonly method: string;
  readonly load: Exclude<Load, "nothing">;
  /** Bytes of its body. */
  readonly size: number;
}

export interface Holder {
  /** Holds a secret until probes have shown the house. @returns why it may not leave, or nothing. Never rejects. */
  readonly hold: (secret: Secret, limit: number) => Promise<Stop | undefined>;
}

interface Held extends Secret {
  readonly end: (stop: Stop | undefined) => void;
  isOver: boolean;
}

/** @param onHungUp - told where somebody took a probe and hung up */
export function createHolder(
  store: Store,
  prober: Prober,
  connections: Connections,
  onHungUp: (secret: Secret) => Promise<void>,
): Holder {
  /**
   * Held requests by pool; a run of probes is for those alone that waited when it began. Tabs of a pool share its
   * connections, so they share a run: twenty that are restored at once would keep each other's probes waiting.
   */
  const queues = new Map<string, Held[]>();
  /** How long a probe last took, by pool. */
  const durations = new Map<string, number>();

  const whyNot = (outcome: Outcome, batch: readonly Held[], { pool }: Secret): Stop | undefined => {
    if (outcome.kind === "unanswered") return outcome.reason;
    if (!isOurs(outcome.verdict)) return isRed(outcome.verdict) ? "quarantine" : "not-ours";
    if (batch.every(({ method }) => isSafe(method))) return undefined;
    // The probe's was a fresh connection, but the secret would go out over another.
    if (outcome.isShared) return "shared";
    return outcome.from === "background" && connections.mayBeLeft(pool) ? "not-fresh" : undefined;
  };

  const look = async (batch: readonly Held[], first: Secret, limit: number): Promise<Stop | undefined> => {
    const { address, pool } = first;
    // Firefox sends a safe request again in any case: for it nothing is gained by waiting.
    if (batch.some(({ method }) => !isSafe(method))) await connections.settled(pool);
    const unanswered = unansweredAt(await store.read(), address, first.private, Date.now());
    const fitting = Math.floor(limit / (durations.get(pool) ?? 1));
    let left = Math.max(...batch.map(({ load }) => probesBefore(load, random(), unanswered, fitting)));
    const tabIds = [...new Set([...batch.map(({ tabId }) => tabId), ...connections.tabsOf(pool)])].filter(
      (id) => id !== -1,
    );
    const size = Math.min(Math.max(...batch.map((held) => held.size)), MAX_SIZE);
    let again = AGAIN;
    while (left-- > 0 && batch.some(({ isOver }) => !isOver)) {
      const began = Date.now();
      const outcome = await prober.probe({ address, private: first.private, tabIds, size });
      durations.set(pool, Date.now() - began);
      const why = whyNot(outcome, batch, first);
      if (why === "cut-off") await onHungUp(first);
      if (why === "not-fresh" && again-- > 0) {
        left++;
        await new Promise((done) => setTimeout(done, PAUSE));
        continue;
      }
      if (why !== undefined) return why;
    }
    return undefined;
  };

  const run = async (pool: string, limit: number): Promise<void> => {
    for (;;) {
      const batch = queues.get(pool)?.splice(0) ?? [];
      const [first] = batch;
      if (first === undefined) break;
      const why = await look(batch, first, limit).catch((): Stop => "late");
      for (const { end } of batch) end(why);
    }
    queues.delete(pool);
  };

  return {
    hold: async (secret, limit) => {
      const { promise, resolve } = Promise.withResolvers<Stop | undefined>();
      const held: Held = {
        ...secret,
        isOver: false,
        end: (stop) => {
          held.isOver = true;
          resolve(stop);
        },
      };
      const timer = setTimeout(held.end, limit, "late");
      const queue = queues.get(secret.pool);
      if (queue !== undefined) queue.push(held);
      else {
        queues.set(secret.pool, [held]);
        void run(secret.pool, limit);
      }
      const why = await promise;
      clearTimeout(timer);
      return why;
    },
  };
}

/** A page that is only just there cannot be looked from yet, and the background's look is not enough: so often again … */
const AGAIN = 3;
/** … after so many milliseconds. */
const PAUSE = 300;

/** A probe is padded to the size of what it stands for, up to here. */
const MAX_SIZE = 16_384;

const random = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
