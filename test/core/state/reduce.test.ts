import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { isOpen, keyOf, MAX_INCIDENTS, MAX_SAMPLES } from "../../../src/core/incident/incident";
import { pin, unpin } from "../../../src/core/state/pins";
import { closeIncident, observe, observeUnanswered, setWatched } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, EMPTY_SESSION, isWatched, type State } from "../../../src/core/state/state";
import { statusAt } from "../../../src/core/state/status";
import type { Observation } from "../../../src/core/tls/observation";
import { certificate, confirmed, INSTANCE, seenTls, sha1, told } from "../samples";

const DAY = 24 * 60 * 60 * 1000;
const AT = seenTls(certificate("1", "K")).at;
const state = (pins = [told("1")]): State => ({
  stored: { ...EMPTY_STORED_STATE, pins },
  session: EMPTY_SESSION,
  guarded: [],
  ctStates: [],
});
const instance = seenTls(certificate("1", "K"));
const attack = seenTls(certificate("3", "X"), { at: AT + 1 });
const sight = { private: false, origins: ["*://*.ui.nabu.casa/*"] };
const after = (begin: State, ...seen: Parameters<typeof observe>[1][]): State =>
  seen.reduce((next, observation) => observe(next, observation).state, begin);

describe("a pin", () => {
  it("is confirmed at the first match and remembers renewals", () => {
    const learnt = after(state(), instance, seenTls(certificate("2", "K"), { at: AT + 5000 }));
    expect(learnt.stored.pins[0]?.confirmed).toMatchObject({
      spki: instance.seen.kind === "tls" && instance.seen.handshake.leaf.spki,
    });
    expect(learnt.stored.pins[0]?.confirmed?.leaves).toHaveLength(2);
    expect(statusAt(learnt, INSTANCE, sight)).toMatchObject({ kind: "checked", verdict: { kind: "renewed" } });
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

  it("leaves what it confirmed behind as former when it is taken away", () => {
    const gone = unpin(state([confirmed("1", "K")]), INSTANCE, sha1("1"));
    expect(gone.stored.pins).toEqual([]);
    expect(gone.stored.former).toHaveLength(1);
  });

  it("made in a private window never reaches the book on disk", () => {
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
    expect(statusAt(seen, INSTANCE, sight)).toMatchObject({
      kind: "incident",
      incident: { verdict: { kind: "mismatch" } },
    });
    expect(samplesOf(seen)).toEqual(["192.168.1.5"]);
  });

  it("is compared with the pins of the day, when its warning opens again", () => {
    const first = after(state([confirmed("1", "K")]), nginx);
    const given = { address: INSTANCE, fingerprint: sha1("3"), private: false } as const;
    const told3 = { ...given, source: "typed", at: AT + 2, compared: true } as const;
    const beside = after(pin(first, told3), { ...nginx, at: AT + 3 });
    const again = after(beside, seenTls(certificate("4", "Y"), { at: AT + 9000, privateIp: "192.168.1.5" }));
    const [incident] = again.stored.incidents;
    expect(incident?.closed).toBeUndefined();
    expect(incident?.pins?.map(({ fingerprint }) => fingerprint)).toEqual([sha1("1"), sha1("3")]);
  });

  it("is told apart from the same certificate that answered from elsewhere", () => {
    const from = (privateIp: object, at: number): Observation => ({ ...attack, at: AT + at, ...privateIp });
    const seen = after(state([confirmed("1", "K")]), from({}, 1), from({ privateIp: "10.0.0.5" }, 2), from({}, 3));
    expect(samplesOf(seen)).toEqual([undefined, "10.0.0.5"]);
  });
});

it("goes on saying that a certificate was renewed when its leaf is known", () => {
  const renewed = seenTls(certificate("2", "K"), { at: AT + 5000 });
  const later = after(state(), instance, renewed, { ...renewed, at: AT + 9000, probe: "fresh" });
  expect(statusAt(later, INSTANCE, sight)).toMatchObject({ at: AT + 9000, verdict: { kind: "renewed" } });
});

describe("that looks tell nothing of the connection of a secret", () => {
  const check = (...seen: Observation[]) => after(state(), ...seen).session.ordinary.checks[0];
  const at = (begun: number, more: Partial<Observation>): Observation => ({ ...instance, at: begun, ...more });

  it("is known from whichever answer tells it, were it that of an older request or no news", () => {
    expect(check(instance)?.inconclusive).toBe(false);
    expect(check(instance, at(AT + 1, { inconclusive: true }))).toMatchObject({ inconclusive: true, at: AT });
    expect(check(at(AT + 2, { probe: "fresh" }), at(AT + 1, { inconclusive: true }))?.inconclusive).toBe(true);
  });

  it("is not forgotten for an answer that does not tell, and is over once a look tells otherwise", () => {
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
  it("takes what comes for newer, and what took long to its answer for older all the same", () => {
    const other = seenTls(certificate("2", "K"), { at: AT });
    expect(statusAt(after(before, other), INSTANCE, sight)).toMatchObject({ at: AT, verdict: { kind: "renewed" } });
    const slow = { ...other, at: AT + DAY - 60_000 };
    expect(statusAt(after(before, slow), INSTANCE, sight)).toMatchObject({ at: AT + DAY, verdict: { kind: "match" } });
  });

  it("forgets a failure once something is seen", () => {
    const failed = after(before, { ...instance, at: AT + DAY, seen: { kind: "nothing", reason: "unreachable" } });
    expect(statusAt(failed, INSTANCE, sight)).toMatchObject({ verdict: { kind: "unchecked" } });
    expect(statusAt(after(failed, { ...instance, at: AT }), INSTANCE, sight)).toMatchObject({
      verdict: { kind: "match" },
    });
  });

  it("tells of an attacker who goes on", () => {
    const told = after(state(), { ...attack, at: AT + DAY });
    expect(observe(told, { ...attack, at: AT }).notify).toBeDefined();
  });
});

describe("an incident", () => {
  it("stays open, and the tab red, when the instance is back", () => {
    const back = after(state([confirmed("1", "K")]), attack, seenTls(certificate("1", "K"), { at: AT + 2 }));
    expect(statusAt(back, INSTANCE, sight).kind).toBe("incident");
  });

  it("is one, told once, for an attacker with a new leaf and key on every connection", () => {
    let told = 0;
    let now = state([confirmed("1", "K")]);
    for (const [index, digit] of ["2", "3", "4", "5", "6", "9"].entries()) {
      const step = observe(now, seenTls(certificate(digit, "XYZWVU".charAt(index)), { at: AT + index }));
      now = step.state;
      if (step.notify !== undefined) told++;
    }
    expect(now.stored.incidents).toHaveLength(1);
    expect(now.stored.incidents[0]).toMatchObject({ count: 6 });
    expect(now.stored.incidents[0]?.samples).toHaveLength(MAX_SAMPLES);
    expect(told).toBe(1);
  });

  it("is told again after a day, and when it was closed and comes back", () => {
    const first = observe(state(), attack).state;
    expect(observe(first, { ...attack, at: AT + DAY - 1 }).notify).toBeUndefined();
    expect(observe(first, { ...attack, at: AT + 1 + DAY }).notify).toBeDefined();
    const [incident] = first.stored.incidents;
    const closed = closeIncident(first, incident === undefined ? "" : keyOf(incident), "done", AT + 2);
    const again = observe(closed, { ...attack, at: AT + 3 });
    expect(again.notify).toBeDefined();
    expect(again.state.stored.incidents.filter(isOpen)).toHaveLength(1);
  });

  it("is not told twice where the attacker's files come out of the cache again, unless they run", () => {
    const stored = { ...attack, at: AT + 5, freshness: "cached" } as const;
    const attacked = after(state([confirmed("1", "K")]), attack);
    expect(observe(attacked, stored)).toEqual({ state: attacked });
    const [incident] = attacked.stored.incidents;
    const closed = closeIncident(attacked, incident === undefined ? "" : keyOf(incident), "done", AT + 2);
    expect(observe(closed, stored)).toEqual({ state: closed });
    const other = { ...stored, seen: seenTls(certificate("4", "Y")).seen };
    const running: Observation = { ...stored, exposed: { reach: "active", carried: [], unseen: false } };
    for (const more of [other, running])
      expect(observe(closed, more).notify?.verdict).toMatchObject({ kind: "mismatch", cause: "cached" });
  });

  it("is another for a look that was turned away than for one that was cut off", () => {
    const cut: Observation = { ...instance, seen: { kind: "nothing", reason: "cut-off" } };
    const once = observeUnanswered(state(), cut, "probe").state;
    expect(observeUnanswered(once, cut, "probe").state.stored.incidents).toHaveLength(1);
    expect(observeUnanswered(once, cut, "restarted-probe").state.stored.incidents).toHaveLength(2);
  });

  it("stays one in which a secret was taken when a probe is taken after it, and is told anew when it becomes one", () => {
    const cut: Observation = { ...instance, seen: { kind: "nothing", reason: "cut-off" } };
    const first = observeUnanswered(state(), cut, "probe");
    const worse = observeUnanswered(first.state, cut, "secret");
    expect(worse.notify?.verdict).toEqual({ kind: "unanswered", carried: "secret" });
    const after = observeUnanswered(worse.state, cut, "probe");
    expect(after.notify).toBeUndefined();
    expect(after.state.stored.incidents.map(({ verdict }) => verdict)).toEqual([
      { kind: "unanswered", carried: "secret" },
    ]);
  });

  it("makes room for others, counted", () => {
    let now = state([]);
    for (let index = 0; index <= MAX_INCIDENTS; index++) {
      const address = `h${String(index)}.ui.nabu.casa` as Address;
      now = observe(now, { ...attack, address, seen: { kind: "plaintext" } }).state;
    }
    expect(now.stored.incidents).toHaveLength(MAX_INCIDENTS);
    expect(now.stored.dropped).toBe(1);
  });

  it("of a private window never reaches the book on disk", () => {
    const attacked = after(state(), { ...attack, private: true });
    expect(attacked.stored).toEqual(state().stored);
    expect(attacked.session.privateStored.incidents).toHaveLength(1);
  });
});

describe("what a tab shows", () => {
  it("is never green where the last try failed", () => {
    const cut = seenTls(certificate("1", "K"), { at: AT + 9, seen: { kind: "nothing", reason: "cut-off" } });
    expect(statusAt(after(state(), instance, cut), INSTANCE, sight)).toMatchObject({ verdict: { kind: "unchecked" } });
    const back = seenTls(certificate("1", "K"), { at: AT + 10 });
    expect(statusAt(after(state(), instance, cut, back), INSTANCE, sight)).toMatchObject({
      verdict: { kind: "match" },
    });
  });

  it("stays green when a check ends without an answer that began before the one that came to something", () => {
    const probe = { ...instance.request, type: "probe" };
    const late = { ...instance, at: AT - 1, seen: { kind: "nothing", reason: "cut-off" } } as const;
    const verdictAfter = (...all: Observation[]): unknown => statusAt(after(state(), ...all), INSTANCE, sight);
    expect(verdictAfter(instance, { ...late, request: probe })).toMatchObject({ verdict: { kind: "match" } });
    // One that began later says something new, and a page's own request may have been read.
    for (const other of [{ ...late, request: probe, at: AT + 1 }, late])
      expect(verdictAfter(instance, other)).toMatchObject({ verdict: { kind: "unchecked", reason: "cut-off" } });
    // In another window, or after an attack, nothing has overtaken it.
    for (const other of [
      { ...instance, private: true },
      { ...attack, at: AT },
    ])
      expect(after(state(), other, { ...late, request: probe }).session.ordinary.failures).toHaveLength(1);
  });

  it("is not green for a probe over an old connection, nor for a cached answer", () => {
    for (const stale of [{ probe: "reused" }, { freshness: "cached" }] as const) {
      const seen = after(state(), { ...instance, ...stale });
      expect(statusAt(seen, INSTANCE, sight).kind).toBe("not-yet");
    }
  });

  it("is not checked where the permission is gone or the saved data is damaged", () => {
    const good = after(state(), instance);
    expect(statusAt(good, INSTANCE, { ...sight, origins: [] })).toMatchObject({
      verdict: { reason: "permission-gone" },
    });
    const damaged = after({ ...state(), damage: "no JSON" }, instance);
    expect(statusAt(damaged, INSTANCE, sight)).toMatchObject({ verdict: { reason: "storage-damaged" } });
  });

  it("is nothing at an address that is not to be watched", () => {
    const told = setWatched(state(), INSTANCE, false, false);
    expect(isWatched(told, INSTANCE, false)).toBe(false);
    expect(observe(told, attack).notify).toBeUndefined();
    expect(statusAt(told, INSTANCE, sight)).toEqual({ kind: "not-watched" });
    expect(isWatched(setWatched(told, INSTANCE, true, false), INSTANCE, false)).toBe(true);
  });
});
