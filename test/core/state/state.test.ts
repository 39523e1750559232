import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import {
  EMPTY_SESSION,
  EMPTY_STORED_STATE,
  incidentsOf,
  isPinned,
  isWatched,
  leanSession,
  LEVELS,
  pinsAt,
  pinsOf,
  SESSION,
  watchedAddresses,
  type State,
} from "../../../src/core/state/state";
import { after, intercepted } from "../crowd";
import { certificate, confirmed, INSTANCE, seenTls, sha1, stateOf, unconfirmed } from "../samples";

const OWN = "ha.example.org" as Address;
const OTHER = "other.example.org" as Address;
const pinned = stateOf([confirmed("1", "K")]);
const own = seenTls(certificate("1", "K"), { chain: ["leaf", "root"] });

it("drops checks and evidence from a session that is too large, and nothing else", () => {
  const full = after(pinned, own, intercepted(INSTANCE, { private: true }));
  const lean = leanSession(full.session);
  expect(lean.ordinary.checks).toEqual([]);
  expect(lean.privateStored.incidents).toMatchObject([{ address: INSTANCE, samples: [{ chain: [] }] }]);
  expect(SESSION.safeParse(lean).success).toBe(true);
});

/** A pin that private windows have confirmed, one of theirs alone, and one of all. */
const mixed: State = {
  ...stateOf([unconfirmed("1"), unconfirmed("2", { hosts: [OWN] })]),
  session: {
    ...EMPTY_SESSION,
    privateStored: {
      ...EMPTY_STORED_STATE,
      pins: [confirmed("1", "K"), unconfirmed("3", { hosts: [OTHER] })],
      unwatched: [OWN],
    },
  },
};

describe("the pins that count", () => {
  it("in an ordinary window are the saved ones, unchanged", () => {
    expect(pinsOf(mixed, false)).toEqual([unconfirmed("1"), unconfirmed("2", { hosts: [OWN] })]);
    expect(pinsAt(mixed, OTHER, false)).toEqual([]);
  });

  it("in a private window are also its own, with what was learned there", () => {
    expect(pinsOf(mixed, true).map(({ fingerprint }) => fingerprint)).toEqual([sha1("3"), sha1("1"), sha1("2")]);
    expect(pinsAt(mixed, INSTANCE, true)[0]?.confirmed).toEqual(confirmed("1", "K").confirmed);
    expect(pinsAt(mixed, OTHER, true)).toEqual([unconfirmed("3", { hosts: [OTHER] })]);
  });
});

const damaged: State = { ...stateOf([]), damage: "torn" };
const unwatched: State = { ...stateOf([]), stored: { ...EMPTY_STORED_STATE, unwatched: [INSTANCE] } };
const WATCHED: [what: string, state: State, address: Address, ordinary: boolean, inPrivate: boolean][] = [
  ["the cloud's address", stateOf([]), INSTANCE, true, true],
  ["a pinned address", mixed, OWN, true, false], // not in private windows: `unwatched`
  ["an address that is pinned in private windows alone", mixed, OTHER, false, true],
  ["an address of the user's own that isn't pinned", stateOf([]), OWN, false, false],
  ["any address while the pins can't be read", damaged, OWN, true, true],
  ["the cloud's address, if you switched that off", unwatched, INSTANCE, false, false],
  [
    "the cloud's address, if you watch it again in private windows",
    { ...unwatched, session: { ...EMPTY_SESSION, privateWatched: [INSTANCE] } },
    INSTANCE,
    false,
    true,
  ],
  [
    "an address you don't watch, while the pins can't be read",
    { ...unwatched, damage: "torn" },
    INSTANCE,
    false,
    false,
  ],
];
it.each(WATCHED)("watches or not: %s", (_, state, address, ordinary, inPrivate) => {
  expect([isWatched(state, address, false), isWatched(state, address, true)]).toEqual([ordinary, inPrivate]);
});

it("knows an address of the user's own in any kind of window", () => {
  expect([INSTANCE, OWN, OTHER, "x.example.org" as Address].map((address) => isPinned(mixed, address))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(watchedAddresses(mixed, false)).toEqual([INSTANCE, OWN]);
  expect(watchedAddresses(mixed, true)).toEqual([OTHER, INSTANCE, OWN]);
});

it("shows the warnings of private windows only there", () => {
  const state = [false, true].reduce(
    (next, isPrivate) => after(next, intercepted(INSTANCE, { at: isPrivate ? 2 : 1, private: isPrivate })),
    stateOf([confirmed("1", "K")]),
  );
  expect(incidentsOf(state, false).map(({ first }) => first)).toEqual([1]);
  expect(incidentsOf(state, true).map(({ first }) => first)).toEqual([2, 1]);
});

describe("a stored level of Guard", () => {
  const entry = { address: INSTANCE, level: "quick" };
  it.each([
    [
      "a level that only a newer version knows",
      [{ ...entry, level: "none" }],
      [{ address: INSTANCE, level: "thorough" }],
    ],
    ["a level with more to it", [{ ...entry, until: 1 }], []],
    ["no list", "quick", []],
  ])("never counts as the weaker level: %s", (_, levels, read) => {
    expect(LEVELS.parse(levels)).toEqual(read);
  });
});
