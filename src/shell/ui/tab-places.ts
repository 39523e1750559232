import browser, { type Tabs } from "webextension-polyfill";
import { NO_TAB } from "../../core/state/guard";
import type { State } from "../../core/state/state";
import { isDone } from "./firefox-calls";

/** A tab, and where it is or was. */
export type SeenTab = Pick<Tabs.Tab, "id" | "url" | "incognito">;

export interface TabPlaces {
  /** Takes note of where a tab is, for when Firefox does not tell. A request of no tab, Firefox's -1, is left out. */
  readonly seen: (tab: SeenTab) => void;
  readonly closed: (tabId: number) => void;
  /** Where tabs were when they asked for something, in this life of the background or before. They may be elsewhere. */
  readonly former: (state: State) => readonly SeenTab[];
}

/** Where tabs were last, by what they asked for. */
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

/** Where all tabs are now; `undefined` if Firefox does not tell. */
export async function openTabs(): Promise<readonly SeenTab[] | undefined> {
  let tabs: SeenTab[] | undefined;
  await isDone(async () => {
    tabs = await browser.tabs.query({});
  });
  return tabs;
}
