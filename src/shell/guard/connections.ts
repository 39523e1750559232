import { idlePools, notePools } from "../../core/state/pools";
import { EMPTY_SESSION, type Pool } from "../../core/state/state";
import { monotonicNow } from "../monotonic-clock";
import type { Store } from "../storage/store";
import { createConditions } from "./conditions";

/**
 * Keeps account of the connections that Firefox may use again. If such a connection is dropped under a request, Firefox
 * itself sends the request again, on a new connection that no probe has checked. So a secret may leave only if no
 * connection can be left over, because probes have used up the old ones.
 */
export interface Connections {
  /** Notes a request that may leave its connection behind. @returns whether it may: not while a secret waits */
  readonly keep: (requestId: string, pool: string, tabId: number) => boolean;
  /** A secret begins to wait. Until it is answered, no request of its pool may leave a connection behind. */
  readonly begin: (requestId: string, pool: string, tabId: number) => void;
  /** Resolves as soon as a secret is answered or has failed. From then on, Firefox does not send it again. */
  readonly over: (requestId: string) => Promise<void>;
  /** A probe may have left its connection behind. */
  readonly left: (pool: string) => void;
  /** Whether a secret waits, or is under way. Then no request of its pool may leave a connection behind. */
  readonly isWaiting: (pool: string) => boolean;
  /** A request's headers have come, so Firefox asks nothing more about it. */
  readonly answered: (requestId: string) => void;
  /**
   * Resolves as soon as the headers have come for all requests under way that may leave their connections behind;
   * `undefined` if they already have.
   */
  readonly allAnswered: (pool: string) => Promise<void> | undefined;
  /** Resolves as soon as no request is under way that may still leave its connection behind. */
  readonly settled: (pool: string) => Promise<void>;
  /** Whether connections may be left over that no probe has used up. */
  readonly mayBeLeft: (pool: string) => boolean;
  /** A request is over: answered in full, failed, or led elsewhere. */
  readonly ended: (requestId: string) => void;
  /** A tab was closed, and its requests with it. */
  readonly tabClosed: (tabId: number) => void;
  readonly seenIn: (tabId: number, pool: string) => void;
  /** The tabs that have used a pool, the latest first; some may be closed. */
  readonly tabsOf: (pool: string) => readonly number[];
}

/** Firefox closes an unused connection after this time (`network.http.keep-alive.timeout`, 115 s). */
const IDLE_LIMIT = 120_000;
/** A shorter request need not be saved: Firefox does not suspend the background so soon. */
const SAVE_AFTER = 1000;
const MAX_TABS = 10;
/** Firefox (153) does not always report the end of requests that it sent while it started. In ms. */
const START = 15_000;

interface UnderWay {
  readonly pool: string;
  readonly tabId: number;
  readonly isAnswered: boolean;
}

export function createConnections(store: Store): Connections {
  const keptAt = new Map<string, number>();
  const underWay = new Map<string, UnderWay>();
  const secrets = new Map<string, { readonly pool: string; readonly tabId: number }>();
  const tabs = new Map<string, readonly number[]>();
  const { when, recheck } = createConditions();
  let keepFrom = 0;
  /** When pools were last dropped from the saved list. A pool that is not known may have been among them. */
  let lostAt = 0;

  void store.read().then(({ session }) => {
    if (session === EMPTY_SESSION) keepFrom = monotonicNow() + START;
    // Requests outlive the background. Those under way when it was suspended still are.
    lostAt = session.poolsLostAt ?? 0;
    takeUp(session.pools, tabs, keptAt, underWay);
  });

  const isWaiting = (pool: string): boolean => [...secrets.values()].some((secret) => secret.pool === pool);
  const underWayIn = (pool: string): UnderWay[] => [...underWay.values()].filter((request) => request.pool === pool);
  const areAnswered = (pool: string): boolean => underWayIn(pool).every(({ isAnswered }) => isAnswered);

  const saveSoon = onceIn(SAVE_AFTER, () => {
    const pools = poolsOf(tabs, keptAt, underWay);
    void store.change((state) => {
      for (const name of idlePools(state, pools, monotonicNow() - IDLE_LIMIT)) {
        if (isWaiting(name)) continue;
        keptAt.delete(name);
        tabs.delete(name);
      }
      return notePools(state, pools, monotonicNow());
    });
  });

  const left = (pool: string): void => {
    keptAt.set(pool, monotonicNow());
    saveSoon();
  };
  const ended = (requestId: string): void => {
    if (secrets.delete(requestId)) recheck();
    const pool = underWay.get(requestId)?.pool;
    if (pool === undefined) return;
    underWay.delete(requestId);
    left(pool);
    recheck();
  };

  return {
    ended,
    left,
    keep: (requestId, pool, tabId) => {
      if (isWaiting(pool) || monotonicNow() < keepFrom) return false;
      underWay.set(requestId, { pool, tabId, isAnswered: false });
      left(pool);
      return true;
    },
    begin: (requestId, pool, tabId) => void secrets.set(requestId, { pool, tabId }),
    over: (requestId) => when(() => !secrets.has(requestId)),
    isWaiting,
    answered: (requestId) => {
      if (secrets.delete(requestId)) recheck();
      const request = underWay.get(requestId);
      if (request === undefined) return;
      underWay.set(requestId, { ...request, isAnswered: true });
      recheck();
    },
    allAnswered: (pool) => (areAnswered(pool) ? undefined : when(() => areAnswered(pool))),
    settled: (pool) => when(() => underWayIn(pool).length === 0),
    mayBeLeft: (pool) => monotonicNow() - (keptAt.get(pool) ?? lostAt) < IDLE_LIMIT,
    tabClosed: (tabId) => {
      for (const [requestId, request] of [...secrets, ...underWay]) if (request.tabId === tabId) ended(requestId);
    },
    seenIn: (tabId, pool) => {
      const known = tabs.get(pool) ?? [];
      if (known[0] === tabId) return;
      tabs.set(pool, withFirst(tabId, known));
      saveSoon();
    },
    tabsOf: (pool) => tabs.get(pool) ?? [],
  };
}

/** Adds what an earlier background has saved. */
function takeUp(
  saved: readonly Pool[],
  tabs: Map<string, readonly number[]>,
  keptAt: Map<string, number>,
  underWay: Map<string, UnderWay>,
): void {
  for (const { name, keptAt: at, tabs: tabIds, underWay: requests } of saved) {
    keptAt.set(name, at);
    tabs.set(name, tabIds);
    for (const { id, tabId } of requests) underWay.set(id, { pool: name, tabId, isAnswered: true });
  }
}

/** Calls `run` once, after `delay` ms. Further calls don't restart the delay, or on a busy page it would never run. */
function onceIn(delay: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      run();
    }, delay);
  };
}

const withFirst = (tabId: number, known: readonly number[]): number[] =>
  [tabId, ...known.filter((other) => other !== tabId)].slice(0, MAX_TABS).filter((id) => id !== -1);

/** The pools as they are saved, the longest unused first. */
const poolsOf = (
  tabs: ReadonlyMap<string, readonly number[]>,
  keptAt: ReadonlyMap<string, number>,
  underWay: ReadonlyMap<string, UnderWay>,
): Pool[] =>
  [...tabs]
    .map(([name, tabIds]) => ({
      name,
      tabs: [...tabIds],
      keptAt: keptAt.get(name) ?? 0,
      underWay: [...underWay].flatMap(([id, { pool, tabId }]) => (pool === name ? [{ id, tabId }] : [])),
    }))
    .sort((one, other) => one.keptAt - other.keptAt);
