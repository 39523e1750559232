import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { parsePinFile, writePinFile } from "../../../src/core/pin/pin-file";
import { levelAt, setLevel } from "../../../src/core/state/guard-level";
import { previewImport } from "../../../src/core/pin/import-preview";
import { pin, remembered, takeImport, undo, unpin } from "../../../src/core/state/pins";
import { observe, setGuard, setWatched, startAgain } from "../../../src/core/state/reduce";
import {
  EMPTY_STORED_STATE,
  EMPTY_SESSION,
  GUARDED,
  SESSION,
  type GuardLevel,
  type State,
} from "../../../src/core/state/state";
import { certificate, confirmed, INSTANCE, seenTls, sha1, stateOf } from "../samples";

const AT = 1_795_000_000_000;
const OTHER = "def.ui.nabu.casa" as Address;
const OWN = "ha.example.org" as Address;
const pinned = stateOf([confirmed("1", "K", { hosts: [INSTANCE, OWN] }), confirmed("2", "L", { hosts: [OTHER] })]);
const guarded = setGuard(setGuard(pinned, INSTANCE, true), OTHER, true);
const quick = setLevel(guarded, INSTANCE, "quick", false);
const quickInPrivate = setLevel(guarded, INSTANCE, "quick", true);
const beside = pin(quick, { address: INSTANCE, fingerprint: sha1("3"), source: "typed", at: AT, private: false });
/** The pin of both hosts was removed, and pinned again: Guard's switch is as it was. */
const removed = (state: State, ...hosts: Address[]): State =>
  remembered(state, "removed", AT, (before) => hosts.reduce((next, host) => unpin(next, host, sha1("1")), before));
const repinned = (state: State): State =>
  [INSTANCE, OWN].reduce(
    (next, address) => pin(next, { address, fingerprint: sha1("1"), source: "typed", at: AT + 1, private: false }),
    state,
  );
const exported = parsePinFile(writePinFile(quick.stored.pins));
const imported = (state: State): State =>
  takeImport(state, exported.ok ? previewImport(state.stored.pins, exported.value) : [], AT);

const LEVELS: [what: string, state: State, address: Address, isPrivate: boolean, level: GuardLevel][] = [
  ["a guarded instance", guarded, INSTANCE, false, "thorough"],
  ["one that you chose Quick for", quick, INSTANCE, false, "quick"],
  ["another address of the same instance", quick, OWN, false, "quick"],
  ["another instance", quick, OTHER, false, "thorough"],
  ["one that Thorough was chosen for again", setLevel(quick, OWN, "thorough", false), INSTANCE, false, "thorough"],
  // A choice in an ordinary window applies in private ones, but not the other way around.
  ["a private window, after Quick in an ordinary one", quick, INSTANCE, true, "quick"],
  ["a private window, after Quick in a private one", quickInPrivate, INSTANCE, true, "quick"],
  ["an ordinary window, after Quick in a private one", quickInPrivate, INSTANCE, false, "thorough"],
  [
    "a private window, after Thorough in it alone",
    setLevel(quick, INSTANCE, "thorough", true),
    INSTANCE,
    true,
    "thorough",
  ],
  ["an ordinary window then", setLevel(quick, INSTANCE, "thorough", true), INSTANCE, false, "quick"],
  [
    "a private window, after the browser ended",
    { ...quickInPrivate, session: EMPTY_SESSION },
    INSTANCE,
    true,
    "thorough",
  ],
  ["an ordinary window, after the browser ended", { ...quick, session: EMPTY_SESSION }, INSTANCE, false, "quick"],
  // It ends with Guard.
  [
    "Guard switched off and on",
    setGuard(setGuard(quick, INSTANCE, false), INSTANCE, true),
    INSTANCE,
    false,
    "thorough",
  ],
  ["… its other address", setGuard(setGuard(quick, INSTANCE, false), INSTANCE, true), OWN, false, "thorough"],
  [
    "… in a private window",
    setGuard(setGuard(quickInPrivate, INSTANCE, false), INSTANCE, true),
    INSTANCE,
    true,
    "thorough",
  ],
  [
    "Guard switched off and on for another",
    setGuard(setGuard(quick, OTHER, false), OTHER, true),
    INSTANCE,
    false,
    "quick",
  ],
  ["Guard switched on once more", setGuard(quick, INSTANCE, true), INSTANCE, false, "quick"],
  // … and with the pin.
  ["its pin removed and pinned again", repinned(removed(quick, INSTANCE, OWN)), INSTANCE, false, "thorough"],
  ["… in a private window", repinned(removed(quickInPrivate, INSTANCE, OWN)), INSTANCE, true, "thorough"],
  [
    "its pin removed and the removal taken back",
    undo(removed(quick, INSTANCE, OWN), AT, AT + 1),
    INSTANCE,
    false,
    "thorough",
  ],
  ["the pin removed from one of its addresses", undo(removed(quick, OWN), AT, AT + 1), OWN, false, "thorough"],
  ["… at the address that keeps it", removed(quick, OWN), INSTANCE, false, "quick"],
  ["one of its two pins removed", unpin(beside, INSTANCE, sha1("3")), INSTANCE, false, "quick"],
  [
    "a pin taken back that was its only one",
    repinned(
      undo(
        setLevel(
          setGuard(
            remembered({ ...pinned, stored: EMPTY_STORED_STATE }, "pinned", AT, (empty) =>
              repinned({ ...empty, stored: EMPTY_STORED_STATE }),
            ),
            INSTANCE,
            true,
          ),
          ...([INSTANCE, "quick", false] as const),
        ),
        AT,
        AT + 1,
      ),
    ),
    ...([INSTANCE, false, "thorough"] as const),
  ],
  [
    "its pin replaced by another",
    pin(setLevel(guarded, OTHER, "quick", false), {
      address: OTHER,
      fingerprint: sha1("4"),
      source: "typed",
      at: AT,
      private: false,
      replaces: sha1("2"),
    }),
    ...([OTHER, false, "quick"] as const),
  ],
  // Nothing else changes it.
  [
    "not watched for a while",
    setWatched(setWatched(quick, INSTANCE, false, false), INSTANCE, true, false),
    INSTANCE,
    false,
    "quick",
  ],
  ["a warning", observe(quick, seenTls(certificate("9", "X"), { at: AT })).state, INSTANCE, false, "quick"],
  ["an export of its pins imported here", imported(quick), INSTANCE, false, "quick"],
  ["the same while Thorough is on", imported(guarded), INSTANCE, false, "thorough"],
  [
    "the same on a new computer",
    setGuard(imported({ ...pinned, stored: EMPTY_STORED_STATE }), INSTANCE, true),
    INSTANCE,
    false,
    "thorough",
  ],
  // If nothing is known, the level is never the weaker one.
  ["a list of guarded addresses that can't be read", { ...quick, guarded: "unknown" }, INSTANCE, false, "thorough"],
  [
    "the saved data begun again",
    setGuard(repinned(startAgain({ ...quick, damage: "torn" })), INSTANCE, true),
    INSTANCE,
    false,
    "thorough",
  ],
  [
    "… in a private window",
    setGuard(repinned(startAgain({ ...quickInPrivate, damage: "torn" })), INSTANCE, true),
    INSTANCE,
    true,
    "thorough",
  ],
  // It can't be chosen before Guard is on.
  [
    "Quick chosen while Guard is off",
    setGuard(setLevel(pinned, INSTANCE, "quick", false), INSTANCE, true),
    INSTANCE,
    false,
    "thorough",
  ],
  [
    "… in a private window",
    setGuard(setLevel(pinned, INSTANCE, "quick", true), INSTANCE, true),
    INSTANCE,
    true,
    "thorough",
  ],
];
it.each(LEVELS)("%s", (_, state, address, isPrivate, level) => {
  expect(levelAt(state, address, isPrivate)).toBe(level);
});

describe("in private windows", () => {
  it("is never saved on disk", () => {
    expect({ ...quickInPrivate, session: guarded.session }).toEqual(guarded);
  });
  it("changes nothing if it stays the same", () => {
    expect(setLevel(guarded, INSTANCE, "thorough", false)).toBe(guarded);
    expect(setLevel(quick, INSTANCE, "quick", false)).toBe(quick);
    expect(setLevel(pinned, INSTANCE, "quick", true)).toBe(pinned);
    expect(setLevel({ ...guarded, guarded: "unknown" }, INSTANCE, "quick", false)).toEqual({
      ...guarded,
      guarded: "unknown",
    });
  });
});

it("is no part of an export", () => {
  expect(writePinFile(quick.stored.pins)).toBe(writePinFile(guarded.stored.pins));
  expect(writePinFile(quick.stored.pins)).not.toContain("quick");
});

describe("a level that is stored", () => {
  const kept = { version: 1, addresses: [INSTANCE] };
  const entry = { address: INSTANCE, level: "quick" };
  const STORED: [what: string, levels: object, level: GuardLevel][] = [
    ["by versions before it", {}, "thorough"],
    ["as quick", { levels: [entry] }, "quick"],
    ["as thorough", { levels: [{ ...entry, level: "thorough" }] }, "thorough"],
    ["by a newer version, as a level unknown here", { levels: [{ ...entry, level: "none" }] }, "thorough"],
    ["without a level", { levels: [{ address: INSTANCE }] }, "thorough"],
    ["with more to it", { levels: [{ ...entry, until: 1 }] }, "thorough"],
    ["as another type", { levels: [INSTANCE] }, "thorough"],
    ["as no list", { levels: "quick" }, "thorough"],
    ["as nothing", { levels: null }, "thorough"],
    ["next to one that can't be read", { levels: [entry, 7] }, "thorough"],
  ];
  it.each(STORED)("%s leaves Guard on, and is never taken for a weaker level", (_, levels, level) => {
    const disk = GUARDED.parse({ ...kept, ...levels });
    expect(disk.addresses).toEqual([INSTANCE]);
    expect(levelAt({ ...guarded, levels: disk.levels ?? [] }, INSTANCE, false)).toBe(level);
    const session = SESSION.parse({
      ...EMPTY_SESSION,
      ...("levels" in levels ? { privateLevels: levels.levels } : {}),
    });
    expect(levelAt({ ...guarded, session }, INSTANCE, true)).toBe(level);
  });
});
