import { expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { forgetAwaited, isAnswerLate, noteAwaited, noteLate } from "../../../src/core/state/awaited";
import { MAX_ENTRIES } from "../../../src/core/bounds";
import { observe, setWatched } from "../../../src/core/state/reduce";
import { SESSION, type Awaited, type State } from "../../../src/core/state/state";
import { statusAt } from "../../../src/core/state/status";
import { buttonStateOf } from "../../../src/core/view/button-state";
import { certificate, confirmed, INSTANCE, seenTls, stateOf } from "../samples";

const ORIGINS = ["<all_urls>"];
const pinned = stateOf([confirmed("1", "K")]);
const verified = observe(pinned, seenTls(certificate("1", "K"))).state;
const request = (id: string, more: Partial<Awaited> = {}): Awaited => ({
  id,
  address: INSTANCE,
  tabId: 1,
  at: 1_795_000_000_000,
  since: 0,
  isLate: false,
  ...more,
});
const wait = (state: State, ...ids: string[]): State =>
  ids.reduce((next, id) => noteLate(noteAwaited(next, request(id), false), id), state);
const others = (state: State, count: number): State =>
  Array.from({ length: count }, (_, index) => `a${String(index)}.ui.nabu.casa` as Address).reduce(
    (next, address, index) => noteAwaited(next, request(`other ${String(index)}`, { address }), false),
    state,
  );

/** What the button says about the instance, in ordinary and in private windows. */
const ROWS: [what: string, state: State, ordinary: string, inPrivate: string][] = [
  ["a check and nothing under way", verified, "titleVerified", "titleNotYet"],
  [
    "a request that has waited for a short time",
    noteAwaited(verified, request("1"), false),
    "titleVerified",
    "titleNotYet",
  ],
  ["one that has waited for long", wait(verified, "1"), "titleUncheckedNotAnswered", "titleNotYet"],
  [
    "one of two that was answered",
    forgetAwaited(wait(verified, "1", "2"), "1"),
    "titleUncheckedNotAnswered",
    "titleNotYet",
  ],
  [
    "all of them answered",
    forgetAwaited(forgetAwaited(wait(verified, "1", "2"), "1"), "2"),
    "titleVerified",
    "titleNotYet",
  ],
  [
    "a good answer to another request meanwhile",
    observe(wait(verified, "1"), seenTls(certificate("1", "K"), { at: 1_795_000_060_000 })).state,
    ...(["titleUncheckedNotAnswered", "titleNotYet"] as const),
  ],
  [
    "one of a private window",
    noteLate(noteAwaited(verified, request("1"), true), "1"),
    ...(["titleVerified", "titleUncheckedNotAnswered"] as const),
  ],
  [
    "one of an address that is not watched",
    setWatched(wait(verified, "1"), INSTANCE, false, false),
    "titleNotWatching",
    "titleNotWatching",
  ],
  [
    "many of other addresses after it",
    others(wait(verified, "1"), 2 * MAX_ENTRIES),
    "titleUncheckedNotAnswered",
    "titleNotYet",
  ],
];
it.each(ROWS)("shows the right title for %s", (_, state, ordinary, inPrivate) => {
  const titleIn = (isPrivate: boolean): string =>
    buttonStateOf(statusAt(state, INSTANCE, { private: isPrivate, origins: ORIGINS }), []).title.key;
  expect(titleIn(false)).toBe(ordinary);
  expect(titleIn(true)).toBe(inPrivate);
  expect(SESSION.safeParse(state.session).success).toBe(true);
});

it("shows a request that waits in amber, and never as a warning", () => {
  const buttonState = buttonStateOf(statusAt(wait(verified, "1"), INSTANCE, { private: false, origins: ORIGINS }), []);
  expect(buttonState).toMatchObject({ badge: "?", colour: "#8a5300" });
});

it("keeps a limited number of requests, and none for an address that is not watched", () => {
  expect(others(pinned, 5 * MAX_ENTRIES).session.ordinary.awaited).toHaveLength(MAX_ENTRIES);
  const elsewhere = noteAwaited(pinned, request("1", { address: "unrelated.example.net" as Address }), false);
  expect(elsewhere).toBe(pinned);
});

it("changes nothing for an unknown request", () => {
  expect(forgetAwaited(verified, "9")).toBe(verified);
  expect(noteLate(verified, "9")).toBe(verified);
  expect(isAnswerLate(verified, INSTANCE, false)).toBe(false);
});
