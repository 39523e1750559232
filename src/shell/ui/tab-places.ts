import browser, { type Tabs } from "webextension-polyfill";
import { NO_TAB } from "../../core/state/guard";
import type { State } from "../../core/state/state";
import { isDone } from "./firefox-calls";

/** A tab, and where it is or was. */
export type SeenTab = Pick<Tabs.Tab, "id" | "url" | "incognito">;

export interface TabPlaces {
  /** Notes where a tab is, in case Firefox does not say. Leaves out requests of no tab, Firefox's -1. */
  readonly seen: (tab: SeenTab) => void;
  readonly closed: (tabId: number) => void;
  /**
   * The last known places of tabs, by their requests, also from before a restart of the background. They may be
   * elsewhere now.
   */
  readonly former: (state: State) => readonly SeenTab[];
}

/** The last known places of tabs, by their requests. */
export function createTabPlaces(): TabPlaces {
  const seen = new Map<number, SeenTab>();
  return {
    seen: (tab) => {
      if (tab.id !== undefined && tab.id !== NO_TAB) seen.set(tab.id, tab);
    },
    closed: (tabId) => {
      seen.delete(tabId);
    },
    former: ({ session }) => {
      const before = session.pools.flatMap(({ name, tabs }) => {
        const [address = "", container] = name.split(" ");
        return tabs.map((id) => ({ id, url: `https://${address}/`, incognito: container === "firefox-private" }));
      });
      return [...before.filter(({ id }) => !seen.has(id)), ...seen.values()];
    },
  };
}

/** Where all tabs are now; `undefined` if Firefox does not say. */
export async function openTabs(): Promise<readonly SeenTab[] | undefined> {
  let tabs: SeenTab[] | undefined;
  await isDone(async () => {
    tabs = await browser.tabs.query({});
  });
  return tabs;
}
