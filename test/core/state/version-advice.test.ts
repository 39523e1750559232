import { describe, it, expect } from "vitest";
import { type State, EMPTY_STORED_STATE } from "../../../src/core/state/state";
import { noteUntold, overdueAt } from "../../../src/core/state/version-steps";
import { INSTANCE, unconfirmed, seenTls, certificate } from "../samples";
import { observe } from "../../../src/core/state/reduce";
import type { Address } from "../../../src/core/address";
import { adviceAt, isInsecure, versionsOf } from "../../../src/core/state/version-advice";
import { withVersion, buttonStateOf } from "../../../src/core/view/button-state";
import { viewOf } from "../../../src/core/view/view";
import { AT, guard, instance, OTHER, pinned, reports } from "./reported-version";

describe("what a version means", () => {
  const MEANS: [text: string, guard: string, title: boolean, understood: boolean][] = [
    ["2021.1.4", "insecure", true, true],
    ["2021.1.5", "insecure", true, true],
    ["2023.3.2", "on", true, true],
    ["2026.11.2", "on", false, true],
    ["garbage", "on", false, false],
  ];
  it.each(MEANS)("%s: Guard is %s, the title says so: %s", (text, expected, says, understood) => {
    const state = reports(instance, text);
    const advice = adviceAt(state, INSTANCE);
    expect(guard(state)).toBe(expected);
    expect(advice?.understood).toBe(understood);
    const buttonState = withVersion(buttonStateOf({ kind: "not-yet" }, []), advice);
    expect(buttonState.insecure).toEqual(says ? text : undefined);
  });

  it("holds for every address of the instance, and for no other", () => {
    const state = reports(instance, "2021.1.4");
    expect(isInsecure(state, OTHER)).toBe(true);
    expect(isInsecure(state, "else.ui.nabu.casa" as Address)).toBe(false);
  });

  it.each([
    ["is not pinned", { ...EMPTY_STORED_STATE }],
    ["has never shown its pin", { ...EMPTY_STORED_STATE, pins: [unconfirmed("1")] }],
  ])("is ignored if the instance %s", (_, stored) => {
    const state = { ...reports(instance, "2021.1.4"), stored };
    expect(adviceAt(state, INSTANCE)).toBeUndefined();
    expect(reports({ ...instance, stored }, "2021.1.4").versions).toBeUndefined();
  });

  it("blocks nothing without Guard, and quarantine comes first", () => {
    expect(guard(reports(pinned, "2021.1.4"))).toBe("off");
    const attacked = observe(reports(instance, "2021.1.4"), seenTls(certificate("2", "X"), { at: AT })).state;
    expect(guard(attacked)).toBe("quarantine");
  });
});
const events = (state: State): string[] =>
  versionsOf(state).history.map(({ event, ids }) => [event, ...ids].join(" ").slice(0, 40));

const insecure = reports(instance, "2021.1.5");

describe("an instance whose version was lost", () => {
  it("is asked again soon, until it reports one", () => {
    const lost = noteUntold({ ...instance, versions: "unknown" }, INSTANCE, "version-late", AT);
    const sight = { private: false, privateAllowed: true, origins: [] };
    expect(viewOf(lost, INSTANCE, sight).versionsLost).toBe(true);
    expect(overdueAt(lost, AT + 10 * 60_000)).toEqual([INSTANCE]);
    const reported = reports(lost, "2021.1.5");
    expect(viewOf(reported, INSTANCE, sight).versionsLost).toBe(false);
    expect(versionsOf(reported).lost).toBeUndefined();
    expect(overdueAt(reported, AT + 10 * 60_000)).toEqual([]);
  });

  it("has an entry about the damage in its history", () => {
    expect(events(reports({ ...instance, versions: "unknown" }, "2021.1.5"))).toEqual(["damaged", "reported"]);
    expect(events(insecure)).toEqual(["reported"]);
  });
});
