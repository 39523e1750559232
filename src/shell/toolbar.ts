import browser, { type Tabs } from "webextension-polyfill";
import { placeOf } from "../core/address";
import { adviceAt } from "../core/insecure";
import { isWatched, pinsAt, type State } from "../core/state";
import { statusAt, statusElsewhere } from "../core/status";
import { faceOf, withVersion, type Face } from "../core/toolbar";
import type { Permissions } from "./permissions";
import { sayText } from "./text";

export interface Toolbar {
  /** Brings every tab's button in line with the state. Calls that come while it works are done in one go after. */
  readonly show: () => Promise<void>;
  /** Firefox clears a tab's button when its document changes: it is to be set again. */
  readonly forget: (tabId: number) => void;
}

const titleOf = ({ title, insecure }: Face): string =>
  `${sayText(title)}${insecure === undefined ? "" : sayText(insecure)}`;

/** The button of each tab at a watched address, and the one of all others. */
export function createToolbar(peek: () => State | undefined, permissions: Permissions): Toolbar {
  /** What each tab's button shows: a face of its own, or what all tabs show. Nothing where that is not known. */
  const shown = new Map<number, Face | "common">();
  let common: Face | undefined;
  let working: Promise<void> | undefined;
  let again = false;

  /** Sets only what differs: each call makes Firefox draw its toolbar anew, in the middle of a page load. */
  const set = async (tab: { tabId?: number }, old: Face | undefined, face: Face): Promise<void> => {
    const title = titleOf(face);
    const isNew = old === undefined;
    await Promise.all([
      isNew || old.badge !== face.badge ? browser.action.setBadgeText({ ...tab, text: face.badge }) : undefined,
      isNew || old.colour !== face.colour
        ? browser.action.setBadgeBackgroundColor({ ...tab, color: face.colour })
        : undefined,
      isNew ? browser.action.setBadgeTextColor({ ...tab, color: "#ffffff" }) : undefined,
      isNew || titleOf(old) !== title ? browser.action.setTitle({ ...tab, title }) : undefined,
      isNew || old.icon !== face.icon ? browser.action.setIcon({ ...tab, path: `icons/${face.icon}.svg` }) : undefined,
    ]);
  };

  const setCommon = async (face: Face): Promise<void> => {
    const old = common;
    common = face;
    await set({}, old, face);
  };

  const setTab = async (tabId: number, face: Face): Promise<void> => {
    const old = shown.get(tabId);
    shown.set(tabId, face);
    await set({ tabId }, old === "common" ? undefined : old, face);
  };

  /** Back to what all tabs show: the tab is elsewhere, or Firefox no longer tells us where. */
  const clear = async (tabId: number): Promise<void> => {
    if (shown.get(tabId) === "common") return;
    shown.set(tabId, "common");
    await Promise.all([
      browser.action.setBadgeText({ tabId, text: null }),
      browser.action.setBadgeBackgroundColor({ tabId, color: null }),
      browser.action.setTitle({ tabId, title: null }),
      browser.action.setIcon({ tabId }),
    ]);
  };

  const faceOfTab = (state: State, { url, incognito }: Tabs.Tab): Face | undefined => {
    const address = url === undefined ? undefined : placeOf(url)?.address;
    if (address === undefined) return undefined;
    const sight = { private: incognito, origins: permissions.origins() };
    const pins = pinsAt(state, address, incognito);
    if (isWatched(state, address, incognito))
      return withVersion(faceOf(statusAt(state, address, sight), pins), adviceAt(state, address));
    return state.book.unwatched.includes(address) ? faceOf({ kind: "not-watched" }, pins) : undefined;
  };

  const showAll = async (): Promise<void> => {
    const state = peek();
    if (state === undefined) return;
    const tabs = await browser.tabs.query({});
    await setCommon(faceOf(statusElsewhere(state, permissions.origins()), []));
    for (const tab of tabs) {
      if (tab.id === undefined) continue;
      const face = faceOfTab(state, tab);
      try {
        await (face === undefined ? clear(tab.id) : setTab(tab.id, face));
      } catch {
        shown.delete(tab.id); // the tab was closed meanwhile
      }
    }
  };

  const isAskedAgain = (): boolean => again;
  const work = async (): Promise<void> => {
    try {
      do {
        again = false;
        await showAll();
      } while (isAskedAgain());
    } finally {
      working = undefined;
    }
  };

  return {
    // What was set just now may have reached Firefox before it cleared the button or after.
    forget: (tabId) => {
      if (shown.get(tabId) !== "common") shown.delete(tabId);
    },
    show: () => {
      again = true;
      working ??= work();
      return working;
    },
  };
}
