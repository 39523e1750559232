import browser, { type Tabs, type WebRequest } from "webextension-polyfill";
import { hostOf, originPattern, placeOf, type Address } from "../../core/address";
import { askClear, clearing, clearsWith, endClear, endWorkers, storageRemoved } from "../../core/state/clear";
import type { Observation } from "../../core/tls/observation";
import { clearsCopies, noteCleared } from "../../core/state/stored-copies";
import type { Verdict } from "../../core/incident/verdict";
import type { Store } from "../storage/store";

type Response = WebRequest.BlockingResponse;

/** The reload that follows a removal has this long to bring the instance's page. */
const PAUSE = 10_000;

type Answered = Pick<
  WebRequest.OnHeadersReceivedDetailsType,
  "responseHeaders" | "frameId" | "tabId" | "documentUrl" | "cookieStoreId"
>;

export interface Clearer {
  /** Notes what the user wants cleared, and begins where Firefox already allows it. */
  readonly ask: (address: Address) => Promise<void>;
  readonly forget: (address: Address) => Promise<void>;
  /** Clears what waits for the permission, where it is there now. */
  readonly onPermission: () => Promise<void>;
  /** A page begins in a tab, and has no worker of its own yet: an instance's workers go if they are to. */
  readonly onPage: (tab: Tabs.Tab) => void;
  /** The same for the pages that are open already. */
  readonly onAsked: () => Promise<void>;
  /** The answer as it goes on to the page: with the order to clear, where it is the instance's own. */
  readonly onAnswer: (
    details: Answered,
    observation: Observation,
    verdict: Verdict | undefined,
    response: Response,
  ) => Response;
}

/**
 * Clears what someone may have left in this browser under an instance's origin. `browsingData` takes the worker and the
 * stored data at once, but leaves caches by host name (Firefox 153); those go with `Clear-Site-Data` on the next page
 * that the instance itself gives. Cached files alone need no permission and no click (`core/state/stored-copies.ts`).
 */
export function createClearer(store: Store): Clearer {
  /** When each instance was removed last in this life of the background. */
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
    // A page of the attacker's that is still open could put everything back.
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
    if (isFromWorker === undefined) return; // the tab shows something else by now: at its next page
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
 * Removes the workers of the page in a tab, and what they have stored. It runs beside the page's own scripts, which can't
 * change what it does. @returns whether one of them gave the page;
 * `undefined` if nothing could run there
 */
async function removeWorkers(tabId: number): Promise<boolean | undefined> {
  try {
    const [done] = await browser.scripting.executeScript({
      target: { tabId },
      injectImmediately: true,
      func: async () => {
        const isControlled = navigator.serviceWorker.controller !== null;
        const registrations = await navigator.serviceWorker.getRegistrations();
        // One that has not been installed yet comes from this page, which the instance itself may just have given.
        const old = registrations.filter(({ active, waiting }) => active !== null || waiting !== null);
        // What it is storing just now must stay, or it could not give its pages.
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
