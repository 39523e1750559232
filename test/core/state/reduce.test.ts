import { describe, expect, it } from "vitest";
import { isOpen } from "../../../src/core/incident/incident";
import { pin, unpin } from "../../../src/core/state/pins";
import { knownAnchor, observe, setWatched } from "../../../src/core/state/reduce";
import { isWatched, SESSION, type State } from "../../../src/core/state/state";
import { statusAt } from "../../../src/core/state/status";
import type { Observation } from "../../../src/core/tls/observation";
import type { Address } from "../../../src/core/address";
import type { Certificate } from "../../../src/core/tls/certificate";
import { certificate, confirmed, handshake, INSTANCE, seenTls, sha1, unconfirmed, stateOf, SIGHT } from "../samples";

const DAY = 24 * 60 * 60 * 1000;
const AT = seenTls(certificate("1", "K")).at;
const state = (pins = [unconfirmed("1")]): State => stateOf(pins);
const instance = seenTls(certificate("1", "K"));
const attack = seenTls(certificate("3", "X"), { at: AT + 1 });
const after = (begin: State, ...seen: Parameters<typeof observe>[1][]): State =>
  seen.reduce((next, observation) => observe(next, observation).state, begin);

describe("a pin", () => {
  it("is confirmed at the first match and remembers renewals", () => {
    const learned = after(state(), instance, seenTls(certificate("2", "K"), { at: AT + 5000 }));
    expect(learned.stored.pins[0]?.confirmed).toMatchObject({
      spki: instance.seen.kind === "tls" && instance.seen.handshake.leaf.spki,
    });
    expect(learned.stored.pins[0]?.confirmed?.leaves).toHaveLength(2);
    expect(statusAt(learned, INSTANCE, SIGHT)).toMatchObject({ kind: "checked", verdict: { kind: "renewed" } });
  });

  it("closes the incidents whose evidence it is", () => {
    const attacked = after(state(), attack);
    const mended = pin(attacked, {
      address: INSTANCE,
      fingerprint: sha1("3"),
      source: "typed",
      at: AT + 2,
      private: false,
      compared: true,
    });
    expect(mended.stored.incidents.filter(isOpen)).toEqual([]);
    const other = pin(attacked, {
      address: INSTANCE,
      fingerprint: sha1("4"),
      source: "typed",
      at: AT + 2,
      private: false,
    });
    expect(other.stored.incidents.filter(isOpen)).toHaveLength(1);
  });

  it("leaves its confirmed key behind as a former one when it is removed", () => {
    const gone = unpin(state([confirmed("1", "K")]), INSTANCE, sha1("1"));
    expect(gone.stored.pins).toEqual([]);
    expect(gone.stored.former).toHaveLength(1);
  });

  it("made in a private window never reaches the disk", () => {
    const made = pin(state([]), { address: INSTANCE, fingerprint: sha1("1"), source: "typed", at: AT, private: true });
    expect(made.stored.pins).toEqual([]);
    expect(made.session.privateStored.pins).toHaveLength(1);
  });
});

describe("an answer from a private network", () => {
  const nginx = { ...attack, privateIp: "192.168.1.5" };
  const samplesOf = (now: State) => now.stored.incidents[0]?.samples.map(({ privateIp }) => privateIp);
  it("is red like any other, and its address is kept as evidence", () => {
    const seen = after(state([confirmed("1", "K")]), nginx);
    expect(statusAt(seen, INSTANCE, SIGHT)).toMatchObject({
      kind: "incident",
      incident: { verdict: { kind: "mismatch" } },
    });
    expect(samplesOf(seen)).toEqual(["192.168.1.5"]);
  });

  it("is compared with the current pins when its warning opens again", () => {
    const first = after(state([confirmed("1", "K")]), nginx);
    const given = { address: INSTANCE, fingerprint: sha1("3"), private: false } as const;
    const typed3 = { ...given, source: "typed", at: AT + 2, compared: true } as const;
    const beside = after(pin(first, typed3), { ...nginx, at: AT + 3 });
    const again = after(beside, seenTls(certificate("4", "Y"), { at: AT + 9000, privateIp: "192.168.1.5" }));
    const [incident] = again.stored.incidents;
    expect(incident?.closed).toBeUndefined();
    expect(incident?.pins?.map(({ fingerprint }) => fingerprint)).toEqual([sha1("1"), sha1("3")]);
  });

  it("is kept apart from the same certificate at another address", () => {
    const from = (privateIp: object, at: number): Observation => ({ ...attack, at: AT + at, ...privateIp });
    const seen = after(state([confirmed("1", "K")]), from({}, 1), from({ privateIp: "10.0.0.5" }, 2), from({}, 3));
    expect(samplesOf(seen)).toEqual([undefined, "10.0.0.5"]);
  });
});

it("still says that a certificate was renewed when its leaf is known", () => {
  const renewed = seenTls(certificate("2", "K"), { at: AT + 5000 });
  const later = after(state(), instance, renewed, { ...renewed, at: AT + 9000, probe: "fresh" });
  expect(statusAt(later, INSTANCE, SIGHT)).toMatchObject({ at: AT + 9000, verdict: { kind: "renewed" } });
});

describe("that connection checks prove nothing about the connection of a secret", () => {
  const check = (...seen: Observation[]) => after(state(), ...seen).session.ordinary.checks[0];
  const at = (begun: number, more: Partial<Observation>): Observation => ({ ...instance, at: begun, ...more });

  it("is known from any answer that shows it, even an older one", () => {
    expect(check(instance)?.inconclusive).toBe(false);
    expect(check(instance, at(AT + 1, { inconclusive: true }))).toMatchObject({ inconclusive: true, at: AT });
    expect(check(at(AT + 2, { probe: "fresh" }), at(AT + 1, { inconclusive: true }))?.inconclusive).toBe(true);
  });

  it("is kept through an answer that doesn't show it, and ends with a check that proves something", () => {
    const inconclusive = at(AT, { inconclusive: true });
    expect(check(inconclusive, at(AT + 60_000, { probe: "fresh" }))).toMatchObject({
      inconclusive: true,
      at: AT + 60_000,
    });
    expect(check(inconclusive, at(AT + 1, { probe: "fresh", inconclusive: false }))?.inconclusive).toBe(false);
  });
});

describe("after the clock was set back by a day", () => {
  const before = after(state(), { ...instance, at: AT + DAY });
  it("counts a new answer as newer, and a slow answer still as older", () => {
    const other = seenTls(certificate("2", "K"), { at: AT });
    expect(statusAt(after(before, other), INSTANCE, SIGHT)).toMatchObject({ at: AT, verdict: { kind: "renewed" } });
    const slow = { ...other, at: AT + DAY - 60_000 };
    expect(statusAt(after(before, slow), INSTANCE, SIGHT)).toMatchObject({ at: AT + DAY, verdict: { kind: "match" } });
  });

  it("forgets a failure once a check succeeds", () => {
    const failed = after(before, { ...instance, at: AT + DAY, seen: { kind: "nothing", reason: "unreachable" } });
    expect(statusAt(failed, INSTANCE, SIGHT)).toMatchObject({ verdict: { kind: "unchecked" } });
    expect(statusAt(after(failed, { ...instance, at: AT }), INSTANCE, SIGHT)).toMatchObject({
      verdict: { kind: "match" },
    });
  });

  it("reports an attacker who goes on", () => {
    const warned = after(state(), { ...attack, at: AT + DAY });
    expect(observe(warned, { ...attack, at: AT }).notify).toBeDefined();
  });
});

describe("a trust anchor", () => {
  const leaf = certificate("1", "K");
  const known = after(state(), instance);

  it.each<[string, State, Parameters<typeof knownAnchor>[1], Certificate, boolean]>([
    ["the leaf of the last check", known, instance, leaf, true],
    ["another leaf", known, instance, certificate("2", "K"), false],
    ["a leaf that nobody has seen", state(), instance, leaf, false],
    ["a leaf that only another kind of window has seen", known, { ...instance, private: true }, leaf, false],
    ["a leaf that another address showed", known, { ...instance, address: "b.ui.nabu.casa" as Address }, leaf, false],
  ])("is known or not: %s", (_, now, of, { sha256 }, isKnown) => {
    expect(knownAnchor(now, of, sha256) !== undefined).toBe(isKnown);
  });

  it("is never known if Firefox listed no chain", () => {
    const seen = { kind: "tls", handshake: { ...handshake(leaf), anchor: { kind: "unknown" } } } as const;
    expect(knownAnchor(after(state(), { ...instance, seen }), instance, leaf.sha256)).toBeUndefined();
  });
});

type WatchChoice = "stop" | "watch" | "stop in private" | "watch in private";
const choose = (next: State, choice: WatchChoice): State =>
  setWatched(next, INSTANCE, choice.startsWith("watch"), choice.endsWith("in private"));

describe("whether an address is watched", () => {
  const pinned = state();
  it.each<[choices: WatchChoice[], ordinary: boolean, inPrivate: boolean]>([
    [[], true, true],
    [["stop"], false, false],
    [["stop", "watch"], true, true],
    [["stop", "watch in private"], false, true],
    [["stop", "watch in private", "stop in private"], false, false],
    [["stop", "watch in private", "stop"], false, false],
    [["stop", "watch in private", "stop in private", "watch"], true, true],
    [["stop", "stop in private", "watch in private"], false, true],
    [["stop in private"], true, false],
    [["stop in private", "watch in private"], true, true],
    [["stop in private", "watch"], true, true],
  ])("after the choices %j: in ordinary windows %s, in private ones %s", (choices, ordinary, inPrivate) => {
    const chosen = choices.reduce(choose, pinned);
    expect([isWatched(chosen, INSTANCE, false), isWatched(chosen, INSTANCE, true)]).toEqual([ordinary, inPrivate]);
    expect(SESSION.safeParse(chosen.session).success).toBe(true);
  });

  it.each<[what: string, choose: (state: State) => State]>([
    ["to watch it again", (now) => choose(now, "watch in private")],
    ["to stop watching it", (now) => choose(now, "stop in private")],
    [
      "to pin it",
      (now) => pin(now, { address: INSTANCE, fingerprint: sha1("2"), source: "typed", at: AT, private: true }),
    ],
  ])("stays the same on the disk if the user chooses in a private window %s", (_, chooseThere) => {
    for (const before of [pinned, choose(pinned, "stop")]) expect(chooseThere(before).stored).toBe(before.stored);
  });
});
