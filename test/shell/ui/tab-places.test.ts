import { expect, it, vi } from "vitest";
import { EMPTY_SESSION, EMPTY_STORED_STATE, type State } from "../../../src/core/state/state";
import { createTabPlaces } from "../../../src/shell/ui/tab-places";

vi.mock("webextension-polyfill", () => ({ default: {} }));

const STATE: State = { stored: EMPTY_STORED_STATE, session: EMPTY_SESSION, guarded: [], ctStates: [] };
const URL = "https://abc.ui.nabu.casa/";

it("remembers where a tab was, but not a request that belongs to no tab", () => {
  const places = createTabPlaces();
  for (const id of [7, -1]) places.seen({ id, url: URL, incognito: false });
  expect(places.former(STATE)).toEqual([{ id: 7, url: URL, incognito: false }]);
});
