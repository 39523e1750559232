import { placeOf } from "../../core/address";
import { adviceAt } from "../../core/state/version-advice";
import { isUnwatched, isWatched, pinsAt, type State } from "../../core/state/state";
import { statusAt, statusElsewhere } from "../../core/state/status";
import { buttonStateOf, withVersion, type ButtonState } from "../../core/view/button-state";
import type { Permissions } from "../permissions";
import { createTabButtons } from "./tab-buttons";
import { createTabPlaces, openTabs, type SeenTab } from "./tab-places";

export interface Toolbar {
  /** Updates every tab's button from the state. Calls that come meanwhile are joined into one run after it. */
  readonly show: () => Promise<void>;
  /** Notes where a tab is, in case Firefox does not say. */
  readonly seen: (tab: SeenTab) => void;
  readonly closed: (tabId: number) => void;
  /** Firefox clears a tab's button when its document changes, so the next call must set it again. */
  readonly forget: (tabId: number) => void;
}

/** The button of each tab at a watched address, and the one of all others. */
export function createToolbar(peek: () => State | undefined, permissions: Permissions): Toolbar {
  const buttons = createTabButtons();
  const places = createTabPlaces();
  let working: Promise<void> | undefined;
  let again = false;

  const showAll = async (): Promise<void> => {
    const state = peek();
    if (state === undefined) return;
    const told = await openTabs();
    await buttons.setCommon(buttonStateOf(statusElsewhere(state, permissions.origins()), []));
    for (const tab of told ?? places.former(state)) {
      if (tab.id === undefined) continue;
      const buttonState = buttonStateOfTab(state, tab, permissions.origins());
      // A tab whose place is only remembered is never shown as safe.
      const isSure = told !== undefined || buttonState?.badge !== "";
      await (buttonState !== undefined && isSure ? buttons.setTab(tab.id, buttonState) : buttons.clear(tab.id));
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
    seen: places.seen,
    closed: (tabId) => {
      places.closed(tabId);
      buttons.closed(tabId);
    },
    forget: buttons.forget,
    show: () => {
      again = true;
      working ??= work();
      return working;
    },
  };
}

/** @returns `undefined` if the tab shows what all tabs show */
function buttonStateOfTab(
  state: State,
  { url, incognito }: SeenTab,
  origins: readonly string[],
): ButtonState | undefined {
  const address = url === undefined ? undefined : placeOf(url)?.address;
  if (address === undefined) return undefined;
  const pins = pinsAt(state, address, incognito);
  if (isWatched(state, address, incognito))
    return withVersion(
      buttonStateOf(statusAt(state, address, { private: incognito, origins }), pins),
      adviceAt(state, address),
    );
  return isUnwatched(state, address, incognito) ? buttonStateOf({ kind: "not-watched" }, pins) : undefined;
}
