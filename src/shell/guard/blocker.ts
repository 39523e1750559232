import browser from "webextension-polyfill";
import type { Address } from "../../core/address";
import { pageOf } from "../../core/state/blocked-tabs";
import type { OnUnchecked } from "../probe/prober";
import type { Located, Response } from "./details";
import type { Navigations } from "./navigations";
import type { BlockReason } from "./held-request";

/** Ends a request. In a tab, a page that shows the reason replaces the document; other requests just end. */
export type Block = (details: Located, address: Address, why: BlockReason) => Response;

/** @param onUnchecked - called if a secret was blocked because no check could be made in time */
export const createBlocker =
  (navigations: Navigations, onUnchecked: OnUnchecked): Block =>
  ({ type, tabId, url, incognito }, address, why) => {
    // For every other reason, a check, a warning or a setting shows it.
    if (why === "late" || why === "check-failed")
      onUnchecked({ address, private: incognito === true }, Date.now(), { reason: why });
    const shownIn = navigations.tabOf({ type, tabId, url, ...(incognito === undefined ? {} : { incognito }) });
    if (type === "main_frame" && shownIn >= 0) void showBlocked(shownIn, pageOf({ address, why, url }));
    return { cancel: true };
  };

/**
 * The tab may be gone, and Firefox throws at once for one that never existed. The request stays blocked in either case.
 */
async function showBlocked(tabId: number, url: string): Promise<void> {
  try {
    await browser.tabs.update(tabId, { url, loadReplace: true });
  } catch {
    // There is no page to replace.
  }
}
