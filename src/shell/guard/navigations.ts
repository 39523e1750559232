import type { WebRequest } from "webextension-polyfill";
import { NO_TAB, UNKNOWN_TAB } from "../../core/state/guard";

type Details = Pick<WebRequest.OnBeforeRequestDetailsType, "type" | "tabId" | "url" | "incognito">;

export interface Navigations {
  /** Notes a navigation that begins in a tab. */
  readonly began: (details: Details) => void;
  readonly tabClosed: (tabId: number) => void;
  /**
   * The tab a request belongs to; {@link NO_TAB} for a worker's. For a document of a service worker's navigation
   * preload, Firefox gives no tab (153, 159). It belongs to the tab whose navigation to that URL began last. If more
   * than one tab fits, or none, this is {@link UNKNOWN_TAB}.
   */
  readonly tabOf: (details: Details) => number;
}

/** In ms. Firefox asks for the preloaded document while the worker starts, which takes far less. */
const MAX_AGE = 30_000;

interface Navigation {
  readonly url: string;
  readonly private: boolean;
  readonly at: number;
}

/** @param now - milliseconds of a clock that never jumps */
export function createNavigations(now: () => number): Navigations {
  const navigations = new Map<number, Navigation>();
  const withoutFragment = (url: string): string => url.replace(/#.*$/u, "");
  return {
    began: ({ type, tabId, url, incognito }) => {
      if (type === "main_frame" && tabId !== NO_TAB)
        navigations.set(tabId, { url: withoutFragment(url), private: incognito === true, at: now() });
    },
    tabClosed: (tabId) => {
      navigations.delete(tabId);
    },
    tabOf: ({ type, tabId, url, incognito }) => {
      if (tabId !== NO_TAB || (type !== "main_frame" && type !== "sub_frame")) return tabId;
      const wanted = withoutFragment(url);
      const found = [...navigations].filter(
        ([, navigation]) =>
          navigation.url === wanted && navigation.private === (incognito === true) && now() - navigation.at < MAX_AGE,
      );
      const [only] = found;
      return only !== undefined && found.length === 1 ? only[0] : UNKNOWN_TAB;
    },
  };
}
