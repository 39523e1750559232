import browser, { type Tabs, type WebRequest } from "webextension-polyfill";
import { hostOf, originPattern, placeOf, type Address } from "../../core/address";
import { askClear, clearing, clearsWith, endClear, endWorkers, storageRemoved } from "../../core/state/clear";
import type { Observation } from "../../core/tls/observation";
import { clearsCopies, noteCleared } from "../../core/state/stored-copies";
import type { Verdict } from "../../core/incident/verdict";
import type { Store } from "../storage/store";

type Response = WebRequest.BlockingResponse;

/** Maximum time for the reload after a removal to load the instance's page, in ms. */
const PAUSE = 10_000;

type Answered = Pick<
  WebRequest.OnHeadersReceivedDetailsType,
  "responseHeaders" | "frameId" | "tabId" | "documentUrl" | "cookieStoreId"
>;

export interface Clearer {
  /** Notes what the user wants cleared, and begins if Firefox already allows it. */
  readonly ask: (address: Address) => Promise<void>;
  readonly forget: (address: Address) => Promise<void>;
  /** Clears what waits for the permission, if it is there now. */
  readonly onPermission: () => Promise<void>;
  /**
   * A tab begins to load a page, which has no worker of its own yet. Removes the instance's workers if that is to be
   * done.
   */
  readonly onPage: (tab: Tabs.Tab) => void;
  /** The same for pages that are open already. */
  readonly onAsked: () => Promise<void>;
  /** The response that the page gets: with the order to clear, if it is the instance's own. */
  readonly onAnswer: (
    details: Answered,
    observation: Observation,
    verdict: Verdict | undefined,
    response: Response,
  ) => Response;
}

/**
 * Clears what an attacker may have left in this browser under an instance's origin. `browsingData` removes the worker
 * and the stored data at once, but leaves the caches of a host name (Firefox 153). `Clear-Site-Data` clears those with
 * the next page that the instance itself sends. Cached files alone need no permission and no click
 * (`core/state/stored-copies.ts`).
 */
export function createClearer(store: Store): Clearer {
  /** When each instance was removed last since the background started. */
  const removedAt = new Map<Address, number>();

  const remove = async (address: Address): Promise<void> => {
    removedAt.set(address, Date.now());
    if (!(await browser.permissions.contains({ permissions: ["browsingData"] }))) return;
    const hostnames = [hostOf(address)];
    await browser.browsingData.remove(
      { hostnames },
      { serviceWorkers: true, localStorage: true, indexedDB: true, cookies: true },
    );
    await store.change((state) => storageRemoved(state, address));
    // A page of the attacker that is still open could put everything back.
    const tabs = await browser.tabs.query({ url: originPattern(address) });
    for (const { id, incognito } of tabs)
      if (id !== undefined && !incognito) await browser.tabs.reload(id, { bypassCache: true }).catch(() => undefined); // closed meanwhile
  };

  const onPermission = async (): Promise<void> => {
    const { toClear = [] } = await store.read();
    for (const { address, removed } of toClear) if (!removed) await remove(address);
  };

  const clearWorkers = async ({ id, url = "", incognito }: Tabs.Tab): Promise<void> => {
    const address = placeOf(url)?.address;
    const { workersToClear = [] } = store.peek() ?? (await store.read());
    if (id === undefined || incognito || address === undefined || !workersToClear.includes(address)) return;
    const isFromWorker = await removeWorkers(id);
    if (isFromWorker === undefined) return; // the tab shows something else by now, so the next page does it
    await store.change((state) => endWorkers(state, address));
    if (isFromWorker) await browser.tabs.reload(id, { bypassCache: true }).catch(() => undefined); // closed meanwhile
  };

  return {
    onPermission,
    onPage: (tab) => void clearWorkers(tab),
    onAsked: async () => {
      const { workersToClear = [] } = await store.read();
      for (const address of workersToClear) {
        const tabs = await browser.tabs.query({ url: originPattern(address) }).catch(() => []);
        for (const tab of tabs) if (tab.status === "complete") await clearWorkers(tab);
      }
    },
    ask: async (address) => {
      await store.change((state) => askClear(state, address));
      await onPermission();
    },
    forget: async (address) => {
      await store.change((state) => endClear(state, address));
    },
    onAnswer: (details, { address, freshness, request, probe, ...rest }, verdict, response) => {
      const state = store.peek();
      if (state === undefined || response.cancel === true) return response;
      const { responseHeaders = [], frameId, documentUrl = "", cookieStoreId: cache = "" } = details;
      const answer = { type: request.type, address, private: rest.private, freshness, verdict };
      const done = clearsWith(state, answer);
      if (done === "remove-again" && Date.now() - (removedAt.get(address) ?? 0) > PAUSE) void remove(address);
      const ofOwnPage = details.tabId >= 0 && frameId === 0 && placeOf(documentUrl)?.address === address;
      const copies = { ...answer, store: cache, ofOwnPage, isProbe: probe !== undefined };
      const isEverything = done === "order";
      if (!isEverything && !clearsCopies(state, copies)) return response;
      void store.change((current) => noteCleared(isEverything ? endClear(current, address) : current, copies));
      const what = isEverything ? "everything" : "copies";
      return { ...response, responseHeaders: clearing(response.responseHeaders ?? responseHeaders, what) };
    },
  };
}

/**
 * Removes the workers of the page in a tab, and what they have stored. It runs in a world of its own, so the page's
 * scripts can't change what it does.
 * @returns whether a worker served the page; `undefined` if the script could not run there
 */
async function removeWorkers(tabId: number): Promise<boolean | undefined> {
  try {
    const [done] = await browser.scripting.executeScript({
      target: { tabId },
      injectImmediately: true,
      func: async () => {
        const isControlled = navigator.serviceWorker.controller !== null;
        const registrations = await navigator.serviceWorker.getRegistrations();
        // A worker that isn't installed yet comes from this page, which the instance itself may have just sent.
        const old = registrations.filter(({ active, waiting }) => active !== null || waiting !== null);
        // What it is storing now must stay, or it could not serve its pages.
        const names = old.length < registrations.length ? [] : await caches.keys();
        await Promise.all([
          ...old.map((registration) => registration.unregister()),
          ...names.map((name) => caches.delete(name)),
        ]);
        return isControlled;
      },
    });
    return typeof done?.result === "boolean" ? done.result : undefined;
  } catch {
    return undefined;
  }
}
