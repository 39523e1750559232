import { expect, it, vi } from "vitest";
import { setWatched } from "../../../src/core/state/reduce";
import type { State } from "../../../src/core/state/state";
import type { Permissions } from "../../../src/shell/permissions";
import { createToolbar } from "../../../src/shell/ui/toolbar";
import { confirmed, INSTANCE, SIGHT, stateOf } from "../../core/samples";

/** Stands in for Firefox, with one tab at the instance. It notes the titles of the toolbar button. */
const firefox = vi.hoisted(() => ({ isPrivate: false, titles: new Map<number | undefined, string | null>() }));
vi.mock("webextension-polyfill", () => {
  const done = (): Promise<void> => Promise.resolve();
  return {
    default: {
      i18n: { getMessage: (key: string) => key, getUILanguage: () => "en" },
      tabs: {
        query: () => Promise.resolve([{ id: 1, url: "https://abc.ui.nabu.casa/", incognito: firefox.isPrivate }]),
      },
      action: {
        setBadgeText: done,
        setBadgeBackgroundColor: done,
        setBadgeTextColor: done,
        setIcon: done,
        setTitle: ({ tabId, title }: { tabId?: number; title: string | null }) => {
          firefox.titles.set(tabId, title);
          return done();
        },
      },
    },
  };
});

const PINNED = stateOf([confirmed("1", "K")]);
const stopped = (isPrivate: boolean): State => setWatched(PINNED, INSTANCE, false, isPrivate);

it.each<[what: string, state: State, isPrivate: boolean, title: string]>([
  ["in an ordinary window, stopped there", stopped(false), false, "titleNotWatching"],
  ["in a private window, stopped in an ordinary one", stopped(false), true, "titleNotWatching"],
  ["in a private window, stopped there", stopped(true), true, "titleNotWatching"],
  ["in an ordinary window, stopped in a private one", stopped(true), false, "titleNotYet"],
])("shows on the tab whether the address is watched: %s", async (_, state, isPrivate, title) => {
  Object.assign(firefox, { isPrivate, titles: new Map() });
  const permissions: Permissions = {
    origins: () => SIGHT.origins,
    privateAllowed: () => true,
    refresh: () => Promise.resolve(),
  };
  await createToolbar(() => state, permissions).show();
  expect(firefox.titles.get(1)).toBe(title);
});
