import browser, { type Runtime } from "webextension-polyfill";
import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { isEqual } from "../../core/equal";
import { BLOCKED_TABS, forgetTab, noteTab, pageOf, savedUrl, type BlockedTab } from "../../core/state/blocked-tabs";
import type { HandlersOf } from "./messages";
import type { Area } from "../storage/area";
import { read } from "../storage/store";

const KEY = "blocked";

export interface BlockedTabs {
  readonly handlers: HandlersOf<"blocked">;
  /** The user closed a tab. Firefox does not report the tabs that it closes for an update. */
  readonly onTabClosed: (tabId: number) => void;
  /** Opens the blocked pages again that Firefox closed for an update. */
  readonly onInstalled: (details: Runtime.OnInstalledDetailsType) => void;
  /** Tabs have other numbers after a restart of Firefox. */
  readonly onStartup: () => void;
}

/**
 * Opens blocked pages again after an update of Latchkey. When Firefox updates an extension, it closes its pages and
 * empties `storage.session` (tried on ESR 153). So the tabs are saved on disk, without queries.
 */
export function createBlockedTabs(local: Area): BlockedTabs {
  /** One change after the other. */
  let last: Promise<readonly BlockedTab[]> = read(local, KEY, BLOCKED_TABS).then((saved) =>
    saved.kind === "value" ? saved.value.tabs : [],
  );
  const change = (
    reduce: (tabs: readonly BlockedTab[]) => readonly BlockedTab[] | Promise<readonly BlockedTab[]>,
  ): Promise<unknown> => {
    const next = async (tabs: readonly BlockedTab[]): Promise<readonly BlockedTab[]> => {
      const changed = await reduce(tabs);
      if (!isEqual(changed, tabs)) await local.set({ [KEY]: { version: 1, tabs: changed } });
      return changed;
    };
    last = last.then((tabs) =>
      next(tabs).catch((cause: unknown) => {
        console.error("Latchkey could not save or open the blocked tabs", cause);
        return tabs;
      }),
    );
    return last;
  };

  /** @returns the tab that was opened; `undefined` if Firefox opens none */
  const reopen = async (tab: BlockedTab): Promise<BlockedTab | undefined> => {
    const url = pageOf(tab);
    const { windowId, index, active } = tab;
    const opened =
      (await browser.tabs.create({ url, windowId, index, active }).catch(() => undefined)) ??
      // The window closed with its last tab.
      (await browser.windows.create({ url }).catch(() => undefined))?.tabs?.[0];
    return opened?.id === undefined
      ? undefined
      : { ...tab, tabId: opened.id, windowId: opened.windowId ?? windowId, index: opened.index };
  };

  const reopenClosed = async (tabs: readonly BlockedTab[]): Promise<readonly BlockedTab[]> => {
    const open = new Set((await browser.tabs.query({})).map(({ id }) => id));
    const after: BlockedTab[] = [];
    for (const tab of tabs) {
      const kept = open.has(tab.tabId) ? tab : await reopen(tab);
      if (kept !== undefined) after.push(kept);
    }
    return after;
  };

  return {
    handlers: {
      "blocked.shown": {
        schema: z.strictObject({ tabId: z.int(), address: ADDRESS, why: z.string(), url: z.string() }),
        run: async ({ tabId, address, why, url }) => {
          const tab = await browser.tabs.get(tabId).catch(() => undefined); // closed meanwhile
          if (tab?.windowId === undefined || tab.incognito) return null;
          const { windowId, index, active } = tab;
          const shown = { tabId, windowId, index, active, address, why, url: savedUrl(url, address) };
          await change((tabs) => noteTab(tabs, shown));
          return null;
        },
      },
    },
    onTabClosed: (tabId) => void change((tabs) => forgetTab(tabs, tabId)),
    onInstalled: ({ reason }) => {
      if (reason === "update") void change(reopenClosed);
    },
    onStartup: () => void change(() => []),
  };
}
