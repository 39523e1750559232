import browser, { type Tabs } from "webextension-polyfill";
import { placeOf } from "../core/address";
import { adviceAt } from "../core/insecure";
import { isWatched, pinsAt, type State } from "../core/state";
import { statusAt, statusElsewhere } from "../core/status";
import { faceOf, withVersion, type Face } from "../core/toolbar";
import type { Permissions } from "./permissions";
import { translate, translateText } from "./translate";
import { withTimeout } from "./with-timeout";

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

const titleOf = ({ title, insecure }: Face): string =>
  insecure === undefined
    ? translateText(title)
    : translate("titleWithVersion", { title: translateText(title), version: insecure });

/** The button of each tab at a watched address, and the one of all others. */
export function createToolbar(peek: () => State | undefined, permissions: Permissions): Toolbar {
  /** What each tab's button shows: a face of its own, or what all tabs show. Nothing where that is not known. */
  const shown = new Map<number, Face | "common">();
  /** Where tabs were last, by what they asked for. */
  const seen = new Map<number, SeenTab>();
  let common: Face | undefined;
  let working: Promise<void> | undefined;
  let again = false;

  /** Sets only what differs: each call makes Firefox draw its toolbar anew, in the middle of a page load. */
  const set = (tab: { tabId?: number }, old: Face | undefined, face: Face): Promise<boolean> => {
    const { action } = browser;
    const isNew = old === undefined;
    const setTitle = (): Promise<void> | undefined => {
      const title = titleOf(face);
      return isNew || titleOf(old) !== title ? action.setTitle({ ...tab, title }) : undefined;
    };
    return areDone([
      () => (isNew || old.badge !== face.badge ? action.setBadgeText({ ...tab, text: face.badge }) : undefined),
      () =>
        isNew || old.colour !== face.colour
          ? action.setBadgeBackgroundColor({ ...tab, color: face.colour })
          : undefined,
      () => (isNew ? action.setBadgeTextColor({ ...tab, color: "#ffffff" }) : undefined),
      setTitle,
      () => (isNew || old.icon !== face.icon ? action.setIcon({ ...tab, path: `icons/${face.icon}.svg` }) : undefined),
    ]);
  };

  const setCommon = async (face: Face): Promise<void> => {
    const old = common;
    common = face;
    if (!(await set({}, old, face))) common = undefined;
  };

  /** What fails is tried again the next time; the tab may have been closed meanwhile. */
  const setTab = async (tabId: number, face: Face): Promise<void> => {
    const old = shown.get(tabId);
    shown.set(tabId, face);
    if (!(await set({ tabId }, old === "common" ? undefined : old, face))) shown.delete(tabId);
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

  const faceOfTab = (state: State, { url, incognito }: SeenTab): Face | undefined => {
    const address = url === undefined ? undefined : placeOf(url)?.address;
    if (address === undefined) return undefined;
    const sight = { private: incognito, origins: permissions.origins() };
    const pins = pinsAt(state, address, incognito);
    if (isWatched(state, address, incognito))
      return withVersion(faceOf(statusAt(state, address, sight), pins), adviceAt(state, address));
    return state.book.unwatched.includes(address) ? faceOf({ kind: "not-watched" }, pins) : undefined;
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
    await setCommon(faceOf(statusElsewhere(state, permissions.origins()), []));
    for (const tab of told ?? formerTabs(state)) {
      if (tab.id === undefined) continue;
      const face = faceOfTab(state, tab);
      // A tab that only was there is never shown as safe.
      const isSure = told !== undefined || face?.badge !== "";
      await (face !== undefined && isSure ? setTab(tab.id, face) : clear(tab.id));
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
