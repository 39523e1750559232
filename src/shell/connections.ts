import type { Pool } from "../core/state";
import type { Store } from "./store";

/**
 * Keeps account of the connections that Firefox may use again. A request sent over one that lived on is sent once more
 * by Firefox itself where that connection is dropped under it, on a new one that nobody has looked at. So a secret may
 * leave only where no connection can be left over any more, and probes have used up what there was.
 */
export interface Connections {
  /** Takes note of a request that may leave its connection behind. @returns whether it may: not while a secret waits */
  readonly keep: (requestId: string, pool: string) => boolean;
  /** A secret begins to wait: from now until it is over no request of its pool may leave a connection behind. */
  readonly begin: (requestId: string, pool: string) => void;
  /** Resolves as soon as no request is under way that may still leave its connection behind. */
  readonly settled: (pool: string) => Promise<void>;
  /** Whether connections may be left over that nobody has used up. */
  readonly mayBeLeft: (pool: string) => boolean;
  /** A request is over: answered in full, failed, or led elsewhere. */
  readonly ended: (requestId: string) => void;
  readonly seenIn: (tabId: number, pool: string) => void;
  /** The tabs that a pool was seen to be used by, the latest first; some may be closed. */
  readonly tabsOf: (pool: string) => readonly number[];
}

/** Firefox closes an unused connection after this time (`network.http.keep-alive.timeout`, 115 s). */
const IDLE_LIMIT = 120_000;
/** What is over sooner need not be written down: the background is not suspended so soon. */
const SAVE_AFTER = 1000;
const MAX_TABS = 10;

export function createConnections(store: Store): Connections {
  const keptAt = new Map<string, number>();
  const underWay = new Map<string, string>();
  const secrets = new Map<string, string>();
  const tabs = new Map<string, readonly number[]>();
  let waiting: { readonly pool: string; readonly done: () => void }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  // Requests outlive the background: what was under way when it was suspended still is.
  void store.read().then(({ session }) => {
    for (const pool of session.pools) {
      keptAt.set(pool.name, pool.keptAt);
      tabs.set(pool.name, pool.tabs);
      for (const requestId of pool.underWay) underWay.set(requestId, pool.name);
    }
  });

  const isIn = (requests: ReadonlyMap<string, string>, pool: string): boolean => [...requests.values()].includes(pool);

  const save = (): void => {
    const pools = [...tabs].map(([name, tabIds]): Pool => ({
      ...{ name, tabs: [...tabIds], keptAt: keptAt.get(name) ?? 0 },
      underWay: [...underWay].flatMap(([requestId, pool]) => (pool === name ? [requestId] : [])),
    }));
    void store.change((state) => ({ ...state, session: { ...state.session, pools } }));
  };
  const saveSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  };

  return {
    keep: (requestId, pool) => {
      if (isIn(secrets, pool)) return false;
      underWay.set(requestId, pool);
      keptAt.set(pool, Date.now());
      saveSoon();
      return true;
    },
    begin: (requestId, pool) => {
      secrets.set(requestId, pool);
    },
    settled: (pool) => {
      if (!isIn(underWay, pool)) return Promise.resolve();
      return new Promise((done) => waiting.push({ pool, done }));
    },
    mayBeLeft: (pool) => Date.now() - (keptAt.get(pool) ?? 0) < IDLE_LIMIT,
    ended: (requestId) => {
      secrets.delete(requestId);
      const pool = underWay.get(requestId);
      if (pool === undefined) return;
      underWay.delete(requestId);
      keptAt.set(pool, Date.now());
      saveSoon();
      if (isIn(underWay, pool)) return;
      for (const { done } of waiting.filter((other) => other.pool === pool)) done();
      waiting = waiting.filter((other) => other.pool !== pool);
    },
    seenIn: (tabId, pool) => {
      const known = tabs.get(pool) ?? [];
      if (known[0] === tabId) return;
      tabs.set(
        pool,
        [tabId, ...known.filter((other) => other !== tabId)].slice(0, MAX_TABS).filter((id) => id !== -1),
      );
      saveSoon();
    },
    tabsOf: (pool) => tabs.get(pool) ?? [],
  };
}
