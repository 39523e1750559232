import { expect, it } from "vitest";
import { NO_TAB, UNKNOWN_TAB } from "../../../src/core/state/guard";
import { createNavigations, type Navigations } from "../../../src/shell/guard/navigations";

const URL = "https://abc.ui.nabu.casa/home/overview";
interface Navigation {
  readonly tabId: number;
  readonly url?: string;
  readonly at?: number;
  readonly incognito?: boolean;
}
type Asked = Omit<Parameters<Navigations["tabOf"]>[0], "url">;
type Row = [what: string, before: Navigation[], asked: Asked, tab: number];
const DOCUMENT: Asked = { type: "main_frame", tabId: NO_TAB };
const ROWS: Row[] = [
  ["a document with its tab", [], { type: "main_frame", tabId: 7 }, 7],
  ["a document without, one navigation to it", [{ tabId: 7 }], DOCUMENT, 7],
  ["… from an address with a fragment", [{ tabId: 7, url: `${URL}#x` }], DOCUMENT, 7],
  ["… and none", [], DOCUMENT, UNKNOWN_TAB],
  ["… and two", [{ tabId: 7 }, { tabId: 8 }], DOCUMENT, UNKNOWN_TAB],
  [
    "… the tab went elsewhere since",
    [{ tabId: 7 }, { tabId: 7, url: "https://abc.ui.nabu.casa/" }],
    DOCUMENT,
    UNKNOWN_TAB,
  ],
  ["… the navigation was long ago", [{ tabId: 7, at: 0 }], DOCUMENT, UNKNOWN_TAB],
  ["… the navigation was in a private window", [{ tabId: 7, incognito: true }], DOCUMENT, UNKNOWN_TAB],
  ["a private window's document", [{ tabId: 7, incognito: true }], { ...DOCUMENT, incognito: true }, 7],
  ["a frame without its tab", [], { type: "sub_frame", tabId: NO_TAB }, UNKNOWN_TAB],
  ["a worker's request", [{ tabId: 7 }], { type: "xmlhttprequest", tabId: NO_TAB }, NO_TAB],
];
it.each(ROWS)("%s", (_, before, asked, tab) => {
  let now = 0;
  const navigations = createNavigations(() => now);
  for (const { tabId, url = URL, at = 100_000, incognito = false } of before) {
    now = at;
    navigations.began({ type: "main_frame", tabId, url, incognito });
  }
  now = 100_010;
  expect(navigations.tabOf({ url: URL, ...asked })).toBe(tab);
});

it("forgets a tab that was closed", () => {
  const navigations = createNavigations(() => 0);
  navigations.began({ type: "main_frame", tabId: 7, url: URL });
  navigations.tabClosed(7);
  expect(navigations.tabOf({ ...DOCUMENT, url: URL })).toBe(UNKNOWN_TAB);
});
