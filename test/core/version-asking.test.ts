import { describe, expect, it } from "vitest";
import type { Address } from "../../src/core/address";
import { readAuthRequired } from "../../src/core/version/auth-required";
import { askedAt, isInsecure, versionsOf } from "../../src/core/state/version-advice";
import { unpin } from "../../src/core/state/pins";
import { keyOf, type Incident } from "../../src/core/incident/incident";
import { closeIncident, observe } from "../../src/core/state/reduce";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type State } from "../../src/core/state/state";
import { dueAt, noteAsked, noteUntold, noteVersion, overdueAt } from "../../src/core/state/version-steps";
import { certificate, confirmed, INSTANCE, seenTls, sha1, told } from "./samples";

const AT = 1_795_000_000_000;
const DAY = 24 * 60 * 60 * 1000;
const OTHER = "ha.example.org" as Address;
const instance: State = {
  stored: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K", { hosts: [INSTANCE, OTHER] })] },
  session: EMPTY_SESSION,
  guarded: [],
  ctStates: [],
};
const tells = (state: State, text: string): State =>
  noteVersion(state, { address: INSTANCE, text, at: AT, from: "remote" });

describe("when an instance is asked", () => {
  const leaf = certificate("1", "K");
  const shows = (state: State, more: Parameters<typeof seenTls>[1] = {}, of = leaf): State =>
    observe(state, seenTls(of, { at: AT, probe: "fresh", ...more })).state;
  const asked = (state: State, at: number): State => noteAsked(state, { address: INSTANCE, at, leaf: leaf.sha256 });

  const closed = (state: State): State =>
    closeIncident(state, keyOf(state.stored.incidents[0] as Incident), "done", AT);

  const DUE: [what: string, state: State, due: boolean][] = [
    ["just shown by a fresh connection", shows(instance), true],
    ["not yet looked at", instance, false],
    ["seen, but not on a connection of our own", shows(instance, { probe: "reused" }), false],
    ["looked at too long ago", shows(instance, { at: AT - 2 * 60_000 }), false],
    ["asked today", asked(shows(instance), AT - DAY + 2), false],
    ["asked yesterday", asked(shows(instance), AT - DAY + 1), true],
    ["asked today, and renewed since", asked(shows(instance, {}, certificate("3", "K")), AT - 1), true],
    ["shown in a private window", shows(instance, { private: true }), false],
    ["seen in a page alone", observe(instance, seenTls(leaf, { at: AT })).state, false],
    [
      "somebody else's answer was the last, and that is closed",
      closed(shows(instance, {}, certificate("2", "X"))),
      false,
    ],
    ["somebody else answers", shows(instance, {}, certificate("2", "X")), false],
    [
      "somebody else answered, and that is still open",
      shows(shows(instance, {}, certificate("2", "X")), { at: AT + 1 }),
      false,
    ],
    ["never confirmed", { ...shows(instance), stored: { ...EMPTY_STORED_STATE, pins: [told("1")] } }, false],
    ["not pinned any more", unpin(shows(instance), INSTANCE, sha1("1")), false],
    ["what is known of pins is damaged", { ...shows(instance), damage: "torn" }, false],
    ["what is known of versions is damaged", { ...asked(shows(instance), AT - 1), versions: "unknown" }, true],
  ];
  it.each(DUE)("%s", (_, state, due) => {
    expect(dueAt(state, AT + 1).map(({ address }) => address)).toEqual(due ? [INSTANCE] : []);
  });

  it("is looked at by itself once nobody has for a day", () => {
    expect(overdueAt(instance, AT)).toEqual([INSTANCE]);
    expect(overdueAt(asked(instance, AT), AT + DAY - 1)).toEqual([]);
    expect(overdueAt(asked(instance, AT), AT + DAY)).toEqual([INSTANCE]);
    expect(overdueAt(shows(instance, {}, certificate("2", "X")), AT)).toEqual([]);
  });

  it("keeps what it told where it tells nothing now, and says why", () => {
    const state = noteUntold(asked(tells(instance, "2021.1.5"), AT), INSTANCE, "version-late", AT + 1);
    expect(askedAt(state, INSTANCE)).toMatchObject({ at: AT, untold: "version-late" });
    expect(isInsecure(state, INSTANCE)).toBe(true);
  });

  it("leaves nothing behind of an instance that is pinned no more", () => {
    const away = "gone.ui.nabu.casa" as Address;
    const two = {
      ...instance,
      book: { ...EMPTY_STORED_STATE, pins: [...instance.stored.pins, confirmed("4", "L", { hosts: [away] })] },
    };
    const both = noteVersion(tells(two, "2021.1.5"), { address: away, text: "2021.1.5", at: AT, from: "remote" });
    const state = tells({ ...both, stored: instance.stored }, "2021.1.5");
    expect(versionsOf(state).seen.map(({ address }) => address)).toEqual([INSTANCE]);
  });
});

describe("an instance's first message", () => {
  it.each([
    ['{"type":"auth_required","ha_version":"2021.1.4"}', { ok: true, value: "2021.1.4" }],
    ['{"type":"auth_required","ha_version":"next one"}', { ok: true, value: "next one" }],
    ['{"type":"auth_required"}', { ok: false, error: "version-malformed" }],
    ['{"type":"auth_ok","ha_version":"2021.1.4"}', { ok: false, error: "version-malformed" }],
    ['{"type":"auth_required","ha_version":""}', { ok: false, error: "version-malformed" }],
    [`{"type":"auth_required","ha_version":"${"9".repeat(51)}"}`, { ok: false, error: "version-malformed" }],
    ["2021.1.4", { ok: false, error: "version-malformed" }],
    ["", { ok: false, error: "version-malformed" }],
    [new ArrayBuffer(8), { ok: false, error: "version-malformed" }],
    [`{"type":"auth_required","ha_version":"2021.1.4"}`.padEnd(4097), { ok: false, error: "version-too-large" }],
  ])("%j", (data, read) => {
    expect(readAuthRequired(data)).toEqual(read);
  });
});
