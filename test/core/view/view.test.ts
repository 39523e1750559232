import { describe, it, expect } from "vitest";
import type { State, GuardLevel } from "../../../src/core/state/state";
import { setLevel } from "../../../src/core/state/guard-level";
import { setGuard } from "../../../src/core/state/reduce";
import { confirmed, INSTANCE, stateOf } from "../samples";
import type { Address } from "../../../src/core/address";
import { viewOf } from "../../../src/core/view/view";

const OTHER = "def.ui.nabu.casa" as Address;
const OWN = "ha.example.org" as Address;
const pinned = stateOf([confirmed("1", "K", { hosts: [INSTANCE, OWN] }), confirmed("2", "L", { hosts: [OTHER] })]);
const guarded = setGuard(setGuard(pinned, INSTANCE, true), OTHER, true);
const quick = setLevel(guarded, INSTANCE, "quick", false);
const quickInPrivate = setLevel(guarded, INSTANCE, "quick", true);

describe("the popup is told", () => {
  const sight = { private: false, origins: ["*://*.ui.nabu.casa/*"], privateAllowed: true };
  it.each<[string, State, boolean, GuardLevel | undefined]>([
    ["Quick", quick, false, "quick"],
    ["Thorough", guarded, false, "thorough"],
    ["Quick of this private window", quickInPrivate, true, "quick"],
    ["nothing while Guard is off", pinned, false, undefined],
    ["nothing while it isn't known what is guarded", { ...quick, guarded: "unknown" }, false, undefined],
  ])("%s", (_, state, isPrivate, level) => {
    expect(viewOf(state, INSTANCE, { ...sight, private: isPrivate }).guardLevel).toBe(level);
  });
});
