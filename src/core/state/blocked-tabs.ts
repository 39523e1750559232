// Tabs that show a blocked page. Firefox closes them when it updates Latchkey, so they are saved to be opened again.
import * as z from "zod/mini";
import { ADDRESS, placeOf, type Address } from "../address";
import { withoutSecrets } from "../tls/observation";

/** One tab of an ordinary window. Nothing from private windows is saved. */
export const BLOCKED_TAB = z.strictObject({
  tabId: z.int(),
  windowId: z.int(),
  /** Its position among the window's tabs. */
  index: z.int(),
  active: z.boolean(),
  address: ADDRESS,
  /** The reason, as the blocked page receives it. */
  why: z.string(),
  /** The page that was blocked, without query and fragment. */
  url: z.string(),
});
export type BlockedTab = z.infer<typeof BLOCKED_TAB>;

export const BLOCKED_TABS = z.strictObject({ version: z.literal(1), tabs: z.array(BLOCKED_TAB) });

const MAX_TABS = 100;

/** The tabs with a new or changed one. */
export const noteTab = (tabs: readonly BlockedTab[], tab: BlockedTab): BlockedTab[] =>
  [...forgetTab(tabs, tab.tabId), tab].slice(-MAX_TABS);

export const forgetTab = (tabs: readonly BlockedTab[], tabId: number): BlockedTab[] =>
  tabs.filter((tab) => tab.tabId !== tabId);

/**
 * The part of a blocked page's address that may be saved.
 * @returns origin and path; the start page of the instance if the text isn't an address of it
 */
export const savedUrl = (url: string, address: Address): string =>
  URL.canParse(url) && placeOf(url)?.address === address ? withoutSecrets(url) : `https://${address}/`;

/** The page that shows why another one was blocked, relative to the extension. */
export const pageOf = ({ address, why, url }: Pick<BlockedTab, "address" | "why" | "url">): string =>
  `blocked.html?${new URLSearchParams({ address, why, url }).toString()}`;
