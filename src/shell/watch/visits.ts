import browser, { type Tabs, type WebRequest } from "webextension-polyfill";
import { placeOf, type Address } from "../../core/address";
import { isGuarded } from "../../core/state/guard";
import type { Outcome } from "../../core/probe/probe-outcome";
import { SAME_CHECK, visit } from "../../core/state/reduce";
import { isWatched, windowStateOf } from "../../core/state/state";
import type { Prober } from "../probe/prober";
import type { Target } from "../probe/target";
import type { Store } from "../storage/store";

export interface Visits {
  readonly onRequest: (details: WebRequest.OnBeforeRequestDetailsType) => void;
  readonly onUpdated: (tabId: number, change: Tabs.OnUpdatedChangeInfoType, tab: Tabs.Tab) => void;
  /** Probes every watched address that is open in a tab, once each. */
  readonly probeOpenTabs: () => Promise<void>;
  /** Probes one address: from a tab that shows it, the one in use first; otherwise from the background. */
  readonly probe: (address: Address, isPrivate: boolean) => Promise<Outcome>;
}

/** Starts a probe on each top-level visit, because a page from a service worker shows no certificate at all. */
export function createVisits(store: Store, prober: Prober): Visits {
  /** Tabs that navigate to a watched address, with the time when that began, until they are probed. */
  const onTheWay = new Map<number, { readonly address: Address; readonly since: number }>();

  /** Whether the document's own response has shown a certificate. A document from a service worker has none. */
  const wasSeen = (address: Address, isPrivate: boolean, since: number): boolean => {
    const state = store.peek();
    const check = state && windowStateOf(state, isPrivate).checks.find((other) => other.address === address);
    return check !== undefined && check.at >= since - SAME_CHECK;
  };

  const openTabs = async (): Promise<{ tab: Tabs.Tab; address: Address }[]> => {
    const tabs = await browser.tabs.query({});
    return tabs.flatMap((tab) => {
      const address = tab.url === undefined ? undefined : placeOf(tab.url)?.address;
      return address === undefined ? [] : [{ tab, address }];
    });
  };

  /** If nothing is held, the cheaper check is enough. */
  const poolAt = (address: Address, isPrivate: boolean): "apart" | "socket" => {
    const state = store.peek();
    return state === undefined || isGuarded(state, address, isPrivate) ? "apart" : "socket";
  };

  const inTab = ({ tab, address }: { tab: Tabs.Tab; address: Address }): Target => ({
    address,
    private: tab.incognito,
    pool: poolAt(address, tab.incognito),
    tabIds: tab.id === undefined || tab.discarded === true ? [] : [tab.id],
  });

  const byUse = (a: { tab: Tabs.Tab }, b: { tab: Tabs.Tab }): number =>
    Number(b.tab.active) - Number(a.tab.active) || (b.tab.lastAccessed ?? 0) - (a.tab.lastAccessed ?? 0);

  return {
    onRequest: ({ type, tabId, url, incognito, timeStamp }) => {
      const address = placeOf(url)?.address;
      if (type !== "main_frame" || address === undefined) return;
      onTheWay.set(tabId, { address, since: timeStamp });
      void store.change((state) => visit(state, address, incognito === true));
    },

    onUpdated: (tabId, change, tab) => {
      const way = onTheWay.get(tabId);
      if (way === undefined || (change.url === undefined && change.status !== "complete")) return;
      const { address, since } = way;
      if (tab.url === undefined || placeOf(tab.url)?.address !== address) return;
      // If it has been checked already, the probe need not compete with the page's images for the connection.
      if (change.status !== "complete" && wasSeen(address, tab.incognito, since)) return;
      onTheWay.delete(tabId);
      const state = store.peek();
      if (state !== undefined && !isWatched(state, address, tab.incognito)) return;
      void prober.probe(inTab({ tab, address }));
    },

    probeOpenTabs: async () => {
      const state = await store.read();
      const seen = new Set<string>();
      for (const open of (await openTabs()).sort(byUse)) {
        const key = `${open.address} ${String(open.tab.incognito)}`;
        if (seen.has(key) || !isWatched(state, open.address, open.tab.incognito)) continue;
        seen.add(key);
        await prober.probe(inTab(open));
      }
    },

    probe: async (address, isPrivate) => {
      const open = (await openTabs())
        .filter((other) => other.address === address && other.tab.incognito === isPrivate)
        .sort(byUse)
        .flatMap((other) => inTab(other).tabIds);
      return prober.probe({ address, private: isPrivate, tabIds: open, pool: poolAt(address, isPrivate) });
    },
  };
}
