import browser, { type Tabs } from "webextension-polyfill";
import { placeOf } from "../../core/address";
import { adviceAt } from "../../core/state/version-advice";
import { isWatched, pinsAt, type State } from "../../core/state/state";
import { statusAt, statusElsewhere } from "../../core/state/status";
import { buttonStateOf, withVersion, type ButtonState } from "../../core/view/button-state";
import type { Permissions } from "../permissions";
import { translate, translateText } from "./translate";
import { withTimeout } from "../with-timeout";

export interface Toolbar {
  /** Brings every tab's button in line with the state. Calls that come while it works are done in one go after. */
  readonly show: () => Promise<void>;
  /** Takes note of where a tab is, for when Firefox does not tell. */
  readonly seen: (tab: SeenTab) => void;
  readonly closed: (tabId: number) => void;
  /** Firefox clears a tab's button when its document changes: it is to be set again. */
  readonly forget: (tabId: number) => void;
}

type SeenTab = Pick<Tabs.Tab, "id" | "url" | "incognito">;

/** Maximum time for one call of Firefox's, in ms: the others would wait for ever. */
const LIMIT = 2000;

/** @returns whether Firefox did it */
async function isDone(call: () => Promise<unknown> | undefined): Promise<boolean> {
  try {
    return (await withTimeout(Promise.resolve(call()), LIMIT, "late")) !== "late";
  } catch {
    return false;
  }
}

/** Each on its own: one that fails keeps back no other. @returns whether Firefox did all of them */
const areDone = async (calls: readonly (() => Promise<unknown> | undefined)[]): Promise<boolean> =>
  (await Promise.all(calls.map(isDone))).every((done) => done);

const titleOf = ({ title, insecure }: ButtonState): string =>
  insecure === undefined
    ? translateText(title)
    : translate("titleWithVersion", { title: translateText(title), version: insecure });

/** The button of each tab at a watched address, and the one of all others. */
export function createToolbar(peek: () => State | undefined, permissions: Permissions): Toolbar {
  /** What each tab’s button shows: a state of its own, or the common one. No entry means that this is not known. */
  const shown = new Map<number, ButtonState | "common">();
  /** Where tabs were last, by what they asked for. */
  const seen = new Map<number, SeenTab>();
  let common: ButtonState | undefined;
  let working: Promise<void> | undefined;
  let again = false;

  /** Sets only what differs: each call makes Firefox draw its toolbar anew, in the middle of a page load. */
  const set = (tab: { tabId?: number }, old: ButtonState | undefined, buttonState: ButtonState): Promise<boolean> => {
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
  };

  const setCommon = async (buttonState: ButtonState): Promise<void> => {
    const old = common;
    common = buttonState;
    if (!(await set({}, old, buttonState))) common = undefined;
  };

  /** What fails is tried again the next time; the tab may have been closed meanwhile. */
  const setTab = async (tabId: number, buttonState: ButtonState): Promise<void> => {
    const old = shown.get(tabId);
    shown.set(tabId, buttonState);
    if (!(await set({ tabId }, old === "common" ? undefined : old, buttonState))) shown.delete(tabId);
  };

  /** Back to what all tabs show: the tab is elsewhere, or Firefox no longer tells us where. */
  const clear = async (tabId: number): Promise<void> => {
    if (shown.get(tabId) === "common") return;
    shown.set(tabId, "common");
    const isCleared = await areDone([
      () => browser.action.setBadgeText({ tabId, text: null }),
      () => browser.action.setBadgeBackgroundColor({ tabId, color: null }),
      () => browser.action.setTitle({ tabId, title: null }),
      () => browser.action.setIcon({ tabId }),
    ]);
    if (!isCleared) shown.delete(tabId);
  };

  const buttonStateOfTab = (state: State, { url, incognito }: SeenTab): ButtonState | undefined => {
    const address = url === undefined ? undefined : placeOf(url)?.address;
    if (address === undefined) return undefined;
    const sight = { private: incognito, origins: permissions.origins() };
    const pins = pinsAt(state, address, incognito);
    if (isWatched(state, address, incognito))
      return withVersion(buttonStateOf(statusAt(state, address, sight), pins), adviceAt(state, address));
    return state.stored.unwatched.includes(address) ? buttonStateOf({ kind: "not-watched" }, pins) : undefined;
  };

  const openTabs = async (): Promise<readonly SeenTab[] | undefined> => {
    let tabs: SeenTab[] | undefined;
    await isDone(async () => {
      tabs = await browser.tabs.query({});
    });
    return tabs;
  };

  /** Where tabs were when they asked for something, in this life of the background or before. They may be elsewhere. */
  const formerTabs = ({ session }: State): SeenTab[] => {
    const before = session.pools.flatMap(({ name, tabs }) => {
      const [address = "", container] = name.split(" ");
      return tabs.map((id) => ({ id, url: `https://${address}/`, incognito: container === "firefox-private" }));
    });
    return [...before.filter(({ id }) => !seen.has(id)), ...seen.values()];
  };

  const showAll = async (): Promise<void> => {
    const state = peek();
    if (state === undefined) return;
    const told = await openTabs();
    await setCommon(buttonStateOf(statusElsewhere(state, permissions.origins()), []));
    for (const tab of told ?? formerTabs(state)) {
      if (tab.id === undefined) continue;
      const buttonState = buttonStateOfTab(state, tab);
      // A tab that only was there is never shown as safe.
      const isSure = told !== undefined || buttonState?.badge !== "";
      await (buttonState !== undefined && isSure ? setTab(tab.id, buttonState) : clear(tab.id));
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
    seen: (tab) => {
      if (tab.id !== undefined) seen.set(tab.id, tab);
    },
    closed: (tabId) => {
      seen.delete(tabId);
      shown.delete(tabId);
    },
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
