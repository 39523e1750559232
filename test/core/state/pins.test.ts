import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { parsePinFile, writePinFile } from "../../../src/core/pin/pin-file";
import { previewImport } from "../../../src/core/pin/import-preview";
import {
  eventOf,
  keepInStep,
  pin,
  remembered,
  setNote,
  takeImport,
  trust,
  undo,
  undoneIn,
  unpin,
} from "../../../src/core/state/pins";
import { isOpen } from "../../../src/core/incident/incident";
import { observe, openIncidents } from "../../../src/core/state/reduce";
import type { State } from "../../../src/core/state/state";
import { statusAt } from "../../../src/core/state/status";
import {
  ADDED,
  certificate,
  confirmed,
  handshake,
  INSTANCE,
  seenTls,
  sha1,
  sha256,
  unconfirmed,
  stateOf,
  SIGHT,
} from "../samples";

const AT = 1_795_000_000_000;
const OWN = "ha.example.org" as Address;
const state = (pins = [unconfirmed("1")]): State => stateOf(pins);

describe("the history", () => {
  it("keeps a removal, which can be taken back", () => {
    const gone = remembered(state(), "removed", AT, (now) => unpin(now, INSTANCE, sha1("1")));
    expect(gone.stored.history).toMatchObject([{ at: AT, event: "removed", before: [unconfirmed("1")], after: [] }]);
    const back = undo(gone, AT, AT + 1);
    expect(back.stored.pins).toEqual([unconfirmed("1")]);
    expect(back.stored.history).toMatchObject([{ event: "removed" }, { event: "undone" }]);
  });

  it("keeps a change, and takes back the added and the replaced pin", () => {
    const typed2 = { address: INSTANCE, fingerprint: sha1("2"), source: "typed", at: AT, private: false } as const;
    const changed = remembered(state(), "changed", AT, (now) => pin(now, { ...typed2, replaces: sha1("1") }));
    expect(changed.stored.pins.map(({ fingerprint }) => fingerprint)).toEqual([sha1("2")]);
    expect(undo(changed, AT, AT + 1).stored.pins).toEqual([unconfirmed("1")]);
  });

  const SEEN = [
    ["its own certificate alone", [certificate("1", "K")], "new-certificate"],
    ["someone else's alone", [certificate("2", "X")], undefined],
    ["someone else's as well", [certificate("1", "K"), certificate("2", "X")], undefined],
  ] as const;
  it.each(SEEN)("of a pin that was gone for a while closes its warning if that showed %s", (_, leaves, how) => {
    const gone = remembered(state([confirmed("1", "K")]), "removed", AT, (now) => unpin(now, INSTANCE, sha1("1")));
    const anchor = { kind: "added", root: ADDED } as const;
    const alarmed = leaves
      .map((leaf) => seenTls(leaf, { at: AT, seen: { kind: "tls", handshake: handshake(leaf, { anchor }) } }))
      .reduce((now, observation) => observe(now, observation).state, gone);
    expect(alarmed.stored.incidents).toHaveLength(1);
    expect(undo(alarmed, AT, AT + 1).stored.incidents[0]?.closed?.how).toBe(how);
  });

  it("brings no replaced pin back while a warning shows its certificate", () => {
    const typed2 = { address: INSTANCE, fingerprint: sha1("2"), source: "typed", at: AT, private: false } as const;
    const wrong = state([confirmed("1", "X", { source: "first-use" })]);
    const changed = remembered(wrong, "changed", AT, (now) => pin(now, { ...typed2, replaces: sha1("1") }));
    const leaf = certificate("1", "X");
    const anchor = { kind: "added", root: ADDED } as const;
    const seen = { kind: "tls", handshake: handshake(leaf, { anchor }) } as const;
    const alarmed = observe(changed, seenTls(leaf, { at: AT, seen })).state;
    const [entry] = alarmed.stored.history;
    expect(alarmed.stored.incidents.map(isOpen)).toEqual([true]);
    expect(entry && undoneIn(alarmed, entry)).toBeUndefined();
    expect(entry && undoneIn(changed, entry)).toHaveLength(1);
    expect(undo(alarmed, AT, AT + 1).stored).toEqual(alarmed.stored);
  });

  it("takes nothing back if the pin has changed since", () => {
    const gone = remembered(state(), "removed", AT, (now) => unpin(now, INSTANCE, sha1("1")));
    const again = pin(gone, { address: INSTANCE, fingerprint: sha1("1"), source: "home", at: AT, private: false });
    expect(undo(again, AT, AT + 1).stored).toEqual(again.stored);
  });

  it("has no entry if nothing changed", () => {
    expect(remembered(state(), "removed", AT, (now) => unpin(now, INSTANCE, sha1("9"))).stored.history).toEqual([]);
  });
});

const AT_HOME = { address: INSTANCE, fingerprint: sha1("5"), source: "typed", at: AT, private: false } as const;
const NOTE = "NGINX at home";
const cloud = confirmed("1", "K");
const beside = (now: State): State => remembered(now, "beside", AT, (next) => pin(next, { ...AT_HOME, note: NOTE }));
const nginx = seenTls(certificate("5", "N"), { at: AT });
const shown = (now: State) => statusAt(now, INSTANCE, SIGHT);

describe("several pins for one name", () => {
  it("keeps the existing pins, with a note on each", () => {
    const { pins, history } = beside(state([cloud])).stored;
    expect(pins).toEqual([cloud, expect.objectContaining({ fingerprint: sha1("5"), note: NOTE })]);
    expect(history).toMatchObject([{ event: "beside", before: [], after: [{ note: NOTE }] }]);
  });

  it("matches each of them, names the one that matched, and matches renewals by each key", () => {
    const confirmedBoth = observe(beside(state([cloud])), nginx).state;
    expect(shown(confirmedBoth)).toMatchObject({ verdict: { kind: "match", pin: sha1("5") } });
    const renewals = [
      seenTls(certificate("6", "N"), { at: AT + 5000 }),
      seenTls(certificate("2", "K"), { at: AT + 9000 }),
    ];
    const [first, second] = renewals.map((seen) => shown(observe(confirmedBoth, seen).state));
    expect(first).toMatchObject({ verdict: { kind: "renewed", pin: sha1("5") } });
    expect(second).toMatchObject({ verdict: { kind: "renewed", pin: sha1("1") } });
    const other = observe(confirmedBoth, seenTls(certificate("3", "X"), { at: AT + 9000 })).state;
    expect(shown(other).kind).toBe("incident");
  });

  it("shows an ECDSA and an RSA certificate of one server as verified, by two pins", () => {
    const both = state([confirmed("1", "E", { note: "ECDSA" }), confirmed("2", "R", { note: "RSA" })]);
    const [ecdsa, rsa] = ["1", "2"].map((digit, index) =>
      shown(observe(both, seenTls(certificate(digit, "ER".charAt(index)), { at: AT })).state),
    );
    expect(ecdsa).toMatchObject({ verdict: { kind: "match", pin: sha1("1") } });
    expect(rsa).toMatchObject({ verdict: { kind: "match", pin: sha1("2") } });
  });

  it("replaces the pin that was chosen, not the first", () => {
    const both = beside(state([cloud]));
    const { pins } = pin(both, { ...AT_HOME, fingerprint: sha1("6"), replaces: sha1("5"), note: NOTE }).stored;
    expect(pins.map(({ fingerprint }) => fingerprint)).toEqual([sha1("1"), sha1("6")]);
  });

  it("goes through a file and back with its notes", () => {
    const { pins } = beside(state([cloud])).stored;
    const parsed = parsePinFile(writePinFile(pins));
    if (!parsed.ok) throw new Error("it is a file of ours");
    const taken = takeImport(state([]), previewImport([], parsed.value), AT);
    expect(taken.stored.pins.map(({ note }) => note)).toEqual(["", NOTE]);
  });

  it.each([
    ["nothing is pinned", [], {}, "pinned"],
    ["another is pinned", [cloud], {}, "beside"],
    ["it replaces another", [cloud], { replaces: sha1("1") }, "changed"],
    ["it is pinned for another address", [unconfirmed("5", { hosts: [OWN] })], {}, "pinned"],
    ["it is pinned itself", [unconfirmed("5")], {}, "pinned"],
  ] as const)("has the right name in the history if %s", (_, pins, more, event) => {
    expect(eventOf(state([...pins]), [{ ...AT_HOME, ...more }])).toBe(event);
  });
});

describe("the note of one of several pins", () => {
  it("takes one back without changing the others, also if its note was written later", () => {
    const noted = remembered(beside(state([cloud])), "noted", AT + 1, (now) => setNote(now, sha1("5"), "Caddy", false));
    expect(noted.stored.history.at(-1)).toMatchObject({
      event: "noted",
      before: [{ note: NOTE }],
      after: [{ note: "Caddy" }],
    });
    expect(undo(noted, AT, AT + 2).stored.pins).toEqual([cloud]);
    expect(undo(noted, AT + 1, AT + 2).stored.pins[1]?.note).toBe(NOTE);
  });

  it("takes no note back that was rewritten since", () => {
    const once = remembered(beside(state([cloud])), "noted", AT + 1, (now) => setNote(now, sha1("5"), "one", false));
    const twice = remembered(once, "noted", AT + 2, (now) => setNote(now, sha1("5"), "two", false));
    expect(undo(twice, AT + 1, AT + 3).stored).toEqual(twice.stored);
  });

  it("keeps what a pin has learned when its note is taken back", () => {
    const noted = remembered(beside(state([cloud])), "noted", AT + 1, (now) => setNote(now, sha1("5"), "Caddy", false));
    const learned = observe(noted, nginx).state;
    expect(undo(learned, AT + 1, AT + 2).stored.pins[1]).toMatchObject({
      note: NOTE,
      confirmed: { spki: certificate("5", "N").spki },
    });
  });

  it("keeps the note of the pin that it replaces, unless it has one of its own", () => {
    const both = beside(state([cloud]));
    const renewed = { ...AT_HOME, fingerprint: sha1("6"), replaces: sha1("5") };
    expect(pin(both, renewed).stored.pins[1]?.note).toBe(NOTE);
    expect(pin(both, { ...renewed, note: "Caddy" }).stored.pins[1]?.note).toBe("Caddy");
  });
});

describe("a pin given by both digests", () => {
  const both = state([unconfirmed("1", { fingerprint: sha256("1"), sha1: sha1("1"), note: NOTE })]);
  const again = { ...AT_HOME, fingerprint: sha1("1") };

  it("is the same pin when the SHA-1 alone is pinned for a further address", () => {
    expect(pin(both, { ...again, address: OWN }).stored.pins).toEqual([
      { ...both.stored.pins[0], hosts: [INSTANCE, OWN] },
    ]);
    expect(eventOf(both, [again])).toBe("pinned");
  });

  it("keeps both digests when the SHA-1 alone is to replace it", () => {
    expect(pin(both, { ...again, replaces: sha256("1") }).stored.pins).toEqual(both.stored.pins);
  });
});

describe("a pin in addition to others after a warning", () => {
  const warned = (now: State): State => observe(now, nginx).state;
  const besideCompared = (now: State): State => pin(now, { ...AT_HOME, note: NOTE, compared: true });
  it("closes the warning if all certificates on it are pinned now", () => {
    const before = warned(state([cloud]));
    expect(openIncidents(before, false)).toHaveLength(1);
    expect(openIncidents(besideCompared(before), false)).toEqual([]);
  });

  it("closes the warning again at the next new key, although the warning still shows the one before", () => {
    const first = observe(besideCompared(warned(state([cloud]))), nginx).state;
    const second = observe(first, seenTls(certificate("6", "M"), { at: AT + 9000 })).state;
    expect(openIncidents(second, false)).toHaveLength(1);
    const replaced = pin(second, { ...AT_HOME, fingerprint: sha1("6"), replaces: sha1("5"), compared: true });
    expect(openIncidents(replaced, false)).toEqual([]);
  });

  it("keeps the warning open if anyone else has answered", () => {
    const both = observe(warned(state([cloud])), seenTls(certificate("3", "X"), { at: AT + 9000 })).state;
    expect(openIncidents(besideCompared(both), false)).toHaveLength(1);
  });
});

it("adopts a renewed certificate from the local page, and keeps the known key", () => {
  const page = { hosts: [INSTANCE], fingerprint: sha1("2"), expires: 0, namesTold: true };
  const [renewed] = keepInStep(state([confirmed("1", "K")]), sha1("1"), page, AT, false).stored.pins;
  expect(renewed).toMatchObject({ fingerprint: sha1("2"), source: "home", pinnedAt: new Date(AT).toISOString() });
  expect(renewed?.confirmed).toEqual(confirmed("1", "K").confirmed);
});

describe("trust on first use", () => {
  const instance = seenTls(certificate("1", "K"), { at: AT });
  it("pins the certificate that the server presented, and never says verified", () => {
    const trusted = trust(observe(state([]), instance).state, INSTANCE, AT, false);
    expect(trusted.stored.pins[0]).toMatchObject({ source: "first-use", fingerprint: sha256("1") });
    const later = observe(trusted, { ...instance, at: AT + 5000 }).state;
    expect(statusAt(later, INSTANCE, SIGHT)).toMatchObject({ verdict: { kind: "unchanged" } });
    const attacked = observe(later, seenTls(certificate("3", "X"), { at: AT + 9000 })).state;
    expect(statusAt(attacked, INSTANCE, SIGHT).kind).toBe("incident");
  });

  it("pins nothing if no connection was seen, or if something speaks against the certificate", () => {
    expect(trust(state([]), INSTANCE, AT, false)).toEqual(state([]));
    const hidden = {
      kind: "tls",
      handshake: handshake(certificate("1", "K"), { transparency: "policy_not_enough_scts" }),
    };
    const seen = observe(state([]), { ...instance, seen: hidden as typeof instance.seen }).state;
    expect(trust(seen, INSTANCE, AT, false).stored.pins).toEqual([]);
  });

  it("gives way to the certificate that the local page shows", () => {
    const trusted = trust(observe(state([]), instance).state, INSTANCE, AT, false);
    const page = { hosts: [INSTANCE], fingerprint: sha1("1"), expires: 0, namesTold: true };
    const home = keepInStep(trusted, sha256("1"), page, AT, false);
    const later = observe(home, { ...instance, at: AT + 5000 }).state;
    expect(statusAt(later, INSTANCE, SIGHT)).toMatchObject({ verdict: { kind: "match" } });
  });
});

it("replaces both digests by the one that the local page reports for a renewed certificate", () => {
  const pinned = state([unconfirmed("1", { fingerprint: sha256("1"), sha1: sha1("1") })]);
  const matched = observe(pinned, seenTls(certificate("1", "K"), { at: AT })).state;
  const page = { hosts: [INSTANCE], fingerprint: sha1("2"), expires: 0, namesTold: true };
  const [renewed] = keepInStep(matched, sha256("1"), page, AT, false).stored.pins;
  expect(renewed).toMatchObject({ fingerprint: sha1("2") });
  expect(renewed?.sha1).toBeUndefined();
});
