import { describe, it, expect } from "vitest";
import type { State, GuardLevel } from "../../../src/core/state/state";
import { guardAt } from "../../../src/core/state/guard";
import { setLevel } from "../../../src/core/state/guard-level";
import { setGuard, setWatched, observe } from "../../../src/core/state/reduce";
import { confirmed, INSTANCE, stateOf, SIGHT, unconfirmed, seenTls, certificate } from "../samples";
import type { Address } from "../../../src/core/address";
import { viewOf } from "../../../src/core/view/view";

const OTHER = "def.ui.nabu.casa" as Address;
const OWN = "ha.example.org" as Address;
const pinned = stateOf([confirmed("1", "K", { hosts: [INSTANCE, OWN] }), confirmed("2", "L", { hosts: [OTHER] })]);
const guarded = setGuard(setGuard(pinned, INSTANCE, true), OTHER, true);
const quick = setLevel(guarded, INSTANCE, "quick", false);
const quickInPrivate = setLevel(guarded, INSTANCE, "quick", true);

describe("the popup's view", () => {
  const sight = { private: false, origins: ["*://*.ui.nabu.casa/*"], privateAllowed: true };
  it.each<[string, State, boolean, GuardLevel | undefined]>([
    ["Quick", quick, false, "quick"],
    ["Thorough", guarded, false, "thorough"],
    ["Quick of this private window", quickInPrivate, true, "quick"],
    ["nothing while Guard is off", pinned, false, undefined],
    ["nothing while the guarded addresses are unknown", { ...quick, guarded: "unknown" }, false, undefined],
  ])("%s", (_, state, isPrivate, level) => {
    expect(viewOf(state, INSTANCE, { ...sight, private: isPrivate }).guardLevel).toBe(level);
  });
});

describe("what a page shows of an address", () => {
  const attacked = (state: State, address: Address, at: number): State =>
    observe(state, seenTls(certificate("3", "X"), { address, at })).state;
  const OTHER = "def.ui.nabu.casa" as Address;
  const both = stateOf([confirmed("1", "K", { hosts: [INSTANCE, OTHER] })]);
  const warned = attacked(attacked(both, INSTANCE, 1), OTHER, 2);
  const sight = { ...SIGHT, privateAllowed: true };

  it("has its own warnings apart from those of other addresses", () => {
    const { incidents, elsewhere } = viewOf(warned, INSTANCE, sight);
    const lists = [incidents, elsewhere.items];
    expect(lists.map((list) => list.map(({ address }) => address))).toEqual([[INSTANCE], [OTHER]]);
  });

  it("has only the warnings and the data of all addresses, if none is open", () => {
    const view = viewOf({ ...warned, unsaved: "full" }, undefined, sight);
    expect(view.elsewhere.items.map(({ address }) => address)).toEqual([OTHER, INSTANCE]);
    expect(view).toMatchObject({ status: { kind: "incident" }, pins: [], incidents: [], unsaved: "full" });
  });

  it("has three warnings of other addresses, the red ones first, and how many more there are", () => {
    const hosts = ["1", "2", "3", "4"].map((name) => `${name}.ui.nabu.casa` as Address);
    const many = hosts.reduce(
      (state, host, at) => attacked(state, host, at),
      stateOf([confirmed("1", "K", { hosts })]),
    );
    const [oldest, second, third, newest] = many.stored.incidents;
    const amber = { kind: "unanswered", carried: "probe" } as const;
    const incidents = [oldest, second, third, newest && { ...newest, verdict: amber }].filter(
      (one) => one !== undefined,
    );
    const { elsewhere } = viewOf({ ...many, stored: { ...many.stored, incidents } }, undefined, sight);
    expect(elsewhere.items.map(({ address }) => address)).toEqual([hosts[2], hosts[1], hosts[0]]);
    expect(elsewhere.total).toBe(4);
  });

  it.each<[string, Partial<typeof sight>, boolean]>([
    ["granted", {}, true],
    ["not granted", { origins: [] }, false],
  ])("says whether Firefox lets it be seen: %s", (_, more, granted) => {
    expect(viewOf(both, INSTANCE, { ...sight, ...more }).granted).toBe(granted);
  });

  it.each<[string, State, boolean | undefined]>([
    ["Guard on", setGuard(both, INSTANCE, true), true],
    ["Guard off", both, false],
    ["Guard impossible before a connection has matched", stateOf([unconfirmed("1")]), undefined],
  ])("says whether Guard is on: %s", (_, state, isOn) => {
    expect(viewOf(state, INSTANCE, sight).guarded).toBe(isOn);
  });

  it("names no unknown version of Firefox", () => {
    const withVersion = (firefox: number): State => ({ ...both, session: { ...both.session, firefox } });
    expect(viewOf(withVersion(153), INSTANCE, sight).firefox).toBe(153);
    expect(viewOf(withVersion(0), INSTANCE, sight).firefox).toBeUndefined();
  });
});

describe("an address that the user stopped watching", () => {
  const sight = { ...SIGHT, privateAllowed: true };
  const on = setGuard(pinned, INSTANCE, true);
  const stopped = (isPrivate: boolean): State => setWatched(on, INSTANCE, false, isPrivate);
  it.each<[what: string, state: State, isPrivate: boolean, isUnwatched: boolean, isOn: boolean | undefined]>([
    ["watched", on, false, false, true],
    ["stopped in an ordinary window", stopped(false), false, true, undefined],
    ["… shown in a private window", stopped(false), true, true, undefined],
    ["… watched again in the private window", setWatched(stopped(false), INSTANCE, true, true), true, false, true],
    ["… watched again in the ordinary window", setWatched(stopped(false), INSTANCE, true, false), false, false, true],
    ["stopped in a private window", stopped(true), true, true, undefined],
    ["… shown in an ordinary window", stopped(true), false, false, true],
    ["… watched again", setWatched(stopped(true), INSTANCE, true, true), true, false, true],
    [
      "stopped while the guarded addresses are unknown",
      { ...stopped(false), guarded: "unknown" },
      false,
      true,
      undefined,
    ],
  ])("says whether it is watched, and shows Guard as on only then: %s", (_, state, isPrivate, isUnwatched, isOn) => {
    const { unwatched, guarded: shown } = viewOf(state, INSTANCE, { ...sight, private: isPrivate });
    expect([unwatched, shown]).toEqual([isUnwatched, isOn]);
    expect(guardAt(state, INSTANCE, isPrivate, 1, 0) !== "off").toBe(isOn === true);
  });
});
