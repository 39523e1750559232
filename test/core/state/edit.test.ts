import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { editEverywhere, editStored, editWindowState, forgetChecks, putPin } from "../../../src/core/state/edit";
import { observe } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, type State, type StoredState, type WindowState } from "../../../src/core/state/state";
import { certificate, INSTANCE, seenTls, stateOf, unconfirmed } from "../samples";

const OTHER = "def.ui.nabu.casa" as Address;
const state = stateOf([unconfirmed("1")]);
const drop = (stored: StoredState): StoredState => ({ ...stored, dropped: 7 });
const visit = (side: WindowState): WindowState => ({ ...side, visited: INSTANCE });

describe.each([
  ["an ordinary window", false],
  ["a private window", true],
])("an edit of %s", (_, isPrivate) => {
  it("changes only the saved state of its kind of windows", () => {
    const { stored, session } = editStored(state, isPrivate, drop);
    expect([stored.dropped, session.privateStored.dropped]).toEqual(isPrivate ? [0, 7] : [7, 0]);
  });

  it("changes only the session of its kind of windows", () => {
    const { session } = editWindowState(state, isPrivate, visit);
    expect([session.ordinary.visited, session.private.visited]).toEqual(
      isPrivate ? [undefined, INSTANCE] : [INSTANCE, undefined],
    );
  });

  it("that leaves everything as it is returns the very same state", () => {
    expect(editStored(state, isPrivate, (stored) => stored)).toBe(state);
    expect(editWindowState(state, isPrivate, (side) => side)).toBe(state);
  });
});

it("edits both kinds of windows, and keeps the very same saved state if nothing changes", () => {
  const both = editEverywhere(state, drop);
  expect([both.stored.dropped, both.session.privateStored.dropped]).toEqual([7, 7]);
  const emptied = editEverywhere(state, (stored) => ({ ...stored, pins: [] }));
  expect(emptied.stored).toEqual(EMPTY_STORED_STATE);
  expect(emptied.session.privateStored).toBe(state.session.privateStored);
});

it("replaces the pin with the same fingerprint, or adds the pin at the end", () => {
  const pins = [unconfirmed("1"), unconfirmed("2")];
  const put = (pin: (typeof pins)[0]) => putPin({ ...EMPTY_STORED_STATE, pins }, pin).pins;
  expect(put(unconfirmed("1", { note: "NGINX" }))).toEqual([unconfirmed("1", { note: "NGINX" }), unconfirmed("2")]);
  expect(put(unconfirmed("3"))).toEqual([unconfirmed("1"), unconfirmed("2"), unconfirmed("3")]);
});

describe("forgetting the checks of an address", () => {
  const seen = (now: State, address: Address, isPrivate: boolean): State => {
    const checked = observe(now, seenTls(certificate("1", "K"), { address, private: isPrivate })).state;
    const failed = seenTls(certificate("1", "K"), { address, private: isPrivate, at: 1_795_000_000_009 });
    return observe(checked, { ...failed, seen: { kind: "nothing", reason: "cut-off" } }).state;
  };
  const all = [INSTANCE, OTHER].reduce((now, address) => seen(seen(now, address, false), address, true), state);
  const addressesIn = ({ checks, failures }: WindowState): Address[] =>
    [...checks, ...failures].map(({ address }) => address);

  it("forgets checks and failures in all windows, and none of another address", () => {
    expect(new Set(addressesIn(all.session.ordinary))).toEqual(new Set([INSTANCE, OTHER]));
    const { session } = forgetChecks(all, INSTANCE);
    expect(addressesIn(session.ordinary)).toEqual([OTHER, OTHER]);
    expect(addressesIn(session.private)).toEqual([OTHER, OTHER]);
  });
});
