import browser from "webextension-polyfill";
import type { ButtonState } from "../../core/view/button-state";
import { areDone } from "./firefox-calls";
import { translate, translateText } from "./translate";

/** Firefox's toolbar button: what all tabs show, and what single tabs show instead. */
export interface TabButtons {
  readonly setCommon: (buttonState: ButtonState) => Promise<void>;
  /** If this fails, the next call tries again. The tab may have been closed meanwhile. */
  readonly setTab: (tabId: number, buttonState: ButtonState) => Promise<void>;
  /** Shows what all tabs show: the tab is elsewhere, or Firefox no longer says where. */
  readonly clear: (tabId: number) => Promise<void>;
  readonly closed: (tabId: number) => void;
  /** Firefox clears a tab's button when its document changes, so the next call must set it again. */
  readonly forget: (tabId: number) => void;
}

/** Sets the buttons in Firefox, and remembers what each of them shows, so it only sets what differs. */
export function createTabButtons(): TabButtons {
  /** What each tab’s button shows: a state of its own, or the common one. No entry means that this is not known. */
  const shown = new Map<number, ButtonState | "common">();
  let common: ButtonState | undefined;

  return {
    setCommon: async (buttonState) => {
      const old = common;
      common = buttonState;
      if (!(await setButton({}, old, buttonState))) common = undefined;
    },
    setTab: async (tabId, buttonState) => {
      const old = shown.get(tabId);
      shown.set(tabId, buttonState);
      if (!(await setButton({ tabId }, old === "common" ? undefined : old, buttonState))) shown.delete(tabId);
    },
    clear: async (tabId) => {
      if (shown.get(tabId) === "common") return;
      shown.set(tabId, "common");
      if (!(await clearButton(tabId))) shown.delete(tabId);
    },
    closed: (tabId) => {
      shown.delete(tabId);
    },
    // The last call may have reached Firefox before it cleared the button, or after.
    forget: (tabId) => {
      if (shown.get(tabId) !== "common") shown.delete(tabId);
    },
  };
}

const titleOf = ({ title, insecure }: ButtonState): string =>
  insecure === undefined
    ? translateText(title)
    : translate("titleWithVersion", { title: translateText(title), version: insecure });

/**
 * Sets only what differs: each call makes Firefox draw its toolbar again, in the middle of a page load.
 * @param tab - empty for the button that all tabs share
 * @returns whether Firefox did all of it
 */
function setButton(tab: { tabId?: number }, old: ButtonState | undefined, buttonState: ButtonState): Promise<boolean> {
  const { action } = browser;
  const isNew = old === undefined;
  const setTitle = (): Promise<void> | undefined => {
    const title = titleOf(buttonState);
    return isNew || titleOf(old) !== title ? action.setTitle({ ...tab, title }) : undefined;
  };
  return areDone([
    () =>
      isNew || old.badge !== buttonState.badge ? action.setBadgeText({ ...tab, text: buttonState.badge }) : undefined,
    () =>
      isNew || old.colour !== buttonState.colour
        ? action.setBadgeBackgroundColor({ ...tab, color: buttonState.colour })
        : undefined,
    () => (isNew ? action.setBadgeTextColor({ ...tab, color: "#ffffff" }) : undefined),
    setTitle,
    () =>
      isNew || old.icon !== buttonState.icon
        ? action.setIcon({ ...tab, path: `icons/${buttonState.icon}.svg` })
        : undefined,
  ]);
}

/** Removes a tab's own values from its button. @returns whether Firefox did all of it */
const clearButton = (tabId: number): Promise<boolean> =>
  areDone([
    () => browser.action.setBadgeText({ tabId, text: null }),
    () => browser.action.setBadgeBackgroundColor({ tabId, color: null }),
    () => browser.action.setTitle({ tabId, title: null }),
    () => browser.action.setIcon({ tabId }),
  ]);
