import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import type { Certificate } from "../../../src/core/tls/certificate";
import { parsePinFile, writePinFile } from "../../../src/core/pin/pin-file";
import { expiryOf } from "../../../src/core/tls/expiry";
import { mayGuard } from "../../../src/core/state/guard";
import { previewImport } from "../../../src/core/pin/import-preview";
import { PIN, type Pin } from "../../../src/core/pin/pin";
import {
  eventOf,
  keepInStep,
  pin,
  remembered,
  setNote,
  takeImport,
  trust,
  undo,
  unpin,
} from "../../../src/core/state/pins";
import { observe, openIncidents } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type State } from "../../../src/core/state/state";
import { statusAt } from "../../../src/core/state/status";
import { compareLocal, needsProbe } from "../../../src/core/pin/compare-local";
import { ADDED, certificate, confirmed, handshake, INSTANCE, seenTls, sha1, sha256, spki, told } from "../samples";

const AT = 1_795_000_000_000;
const DAY = 24 * 60 * 60 * 1000;
const OWN = "ha.example.org" as Address;
const state = (pins = [told("1")]): State => ({
  stored: { ...EMPTY_STORED_STATE, pins },
  session: EMPTY_SESSION,
  guarded: [],
  ctStates: [],
});
const sight = { private: false, origins: ["*://*.ui.nabu.casa/*"] };

describe("the history", () => {
  it("keeps a removal, which can be taken back", () => {
    const gone = remembered(state(), "removed", AT, (now) => unpin(now, INSTANCE, sha1("1")));
    expect(gone.stored.history).toMatchObject([{ at: AT, event: "removed", before: [told("1")], after: [] }]);
    const back = undo(gone, AT, AT + 1);
    expect(back.stored.pins).toEqual([told("1")]);
    expect(back.stored.history).toMatchObject([{ event: "removed" }, { event: "undone" }]);
  });

  it("keeps a change, and takes back what it added and what it replaced", () => {
    const told2 = { address: INSTANCE, fingerprint: sha1("2"), source: "typed", at: AT, private: false } as const;
    const changed = remembered(state(), "changed", AT, (now) => pin(now, { ...told2, replaces: sha1("1") }));
    expect(changed.stored.pins.map(({ fingerprint }) => fingerprint)).toEqual([sha1("2")]);
    expect(undo(changed, AT, AT + 1).stored.pins).toEqual([told("1")]);
  });

  const SEEN = [
    ["its own certificate alone", [certificate("1", "K")], "new-certificate"],
    ["somebody else's alone", [certificate("2", "X")], undefined],
    ["somebody else's beside it", [certificate("1", "K"), certificate("2", "X")], undefined],
  ] as const;
  it.each(SEEN)("of a pin that was gone for a while closes its incident where that showed %s", (_, leaves, how) => {
    const gone = remembered(state([confirmed("1", "K")]), "removed", AT, (now) => unpin(now, INSTANCE, sha1("1")));
    const anchor = { kind: "added", root: ADDED } as const;
    const alarmed = leaves
      .map((leaf) => seenTls(leaf, { at: AT, seen: { kind: "tls", handshake: handshake(leaf, { anchor }) } }))
      .reduce((now, observation) => observe(now, observation).state, gone);
    expect(alarmed.stored.incidents).toHaveLength(1);
    expect(undo(alarmed, AT, AT + 1).stored.incidents[0]?.closed?.how).toBe(how);
  });

  it("takes nothing back where the pin has been changed since", () => {
    const gone = remembered(state(), "removed", AT, (now) => unpin(now, INSTANCE, sha1("1")));
    const again = pin(gone, { address: INSTANCE, fingerprint: sha1("1"), source: "home", at: AT, private: false });
    expect(undo(again, AT, AT + 1).stored).toEqual(again.stored);
  });

  it("says nothing where nothing was changed", () => {
    expect(remembered(state(), "removed", AT, (now) => unpin(now, INSTANCE, sha1("9"))).stored.history).toEqual([]);
  });
});

describe("several pins beside each other for one name", () => {
  const AT_HOME = { address: INSTANCE, fingerprint: sha1("5"), source: "typed", at: AT, private: false } as const;
  const NOTE = "NGINX at home";
  const cloud = confirmed("1", "K");
  const beside = (now: State): State => remembered(now, "beside", AT, (next) => pin(next, { ...AT_HOME, note: NOTE }));
  const nginx = seenTls(certificate("5", "N"), { at: AT });
  const shown = (now: State) => statusAt(now, INSTANCE, sight);

  it("keeps what is pinned, with a note on each", () => {
    const { pins, history } = beside(state([cloud])).stored;
    expect(pins).toEqual([cloud, expect.objectContaining({ fingerprint: sha1("5"), note: NOTE })]);
    expect(history).toMatchObject([{ event: "beside", before: [], after: [{ note: NOTE }] }]);
  });

  it("takes each of them for the instance's, says which one, and goes by each one's key", () => {
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

  it("takes one back without touching the others, also when its note was written later", () => {
    const noted = remembered(beside(state([cloud])), "noted", AT + 1, (now) => setNote(now, sha1("5"), "Caddy", false));
    expect(noted.stored.history.at(-1)).toMatchObject({
      event: "noted",
      before: [{ note: NOTE }],
      after: [{ note: "Caddy" }],
    });
    expect(undo(noted, AT, AT + 2).stored.pins).toEqual([cloud]);
    expect(undo(noted, AT + 1, AT + 2).stored.pins[1]?.note).toBe(NOTE);
  });

  it("takes no note back that has been written anew since", () => {
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

  it("replaces the pin that was chosen, not the first", () => {
    const both = beside(state([cloud]));
    const { pins } = pin(both, { ...AT_HOME, fingerprint: sha1("6"), replaces: sha1("5"), note: NOTE }).stored;
    expect(pins.map(({ fingerprint }) => fingerprint)).toEqual([sha1("1"), sha1("6")]);
  });

  it("keeps the note of the pin that it replaces, unless it has one of its own", () => {
    const both = beside(state([cloud]));
    const renewed = { ...AT_HOME, fingerprint: sha1("6"), replaces: sha1("5") };
    expect(pin(both, renewed).stored.pins[1]?.note).toBe(NOTE);
    expect(pin(both, { ...renewed, note: "Caddy" }).stored.pins[1]?.note).toBe("Caddy");
  });

  describe("given by both digests", () => {
    const both = state([told("1", { fingerprint: sha256("1"), sha1: sha1("1"), note: NOTE })]);
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
    ["it takes another's place", [cloud], { replaces: sha1("1") }, "changed"],
    ["it is pinned for another address", [told("5", { hosts: [OWN] })], {}, "pinned"],
    ["it is pinned itself", [told("5")], {}, "pinned"],
  ] as const)("is called what it is in the history when %s", (_, pins, more, event) => {
    expect(eventOf(state([...pins]), [{ ...AT_HOME, ...more }])).toBe(event);
  });

  describe("after a warning", () => {
    const warned = (now: State): State => observe(now, nginx).state;
    const besideCompared = (now: State): State => pin(now, { ...AT_HOME, note: NOTE, compared: true });
    it("ends it, if all that answered is pinned now", () => {
      const before = warned(state([cloud]));
      expect(openIncidents(before, false)).toHaveLength(1);
      expect(openIncidents(besideCompared(before), false)).toEqual([]);
    });

    it("ends it again at the next new key, although the warning holds the one before", () => {
      const first = observe(besideCompared(warned(state([cloud]))), nginx).state;
      const second = observe(first, seenTls(certificate("6", "M"), { at: AT + 9000 })).state;
      expect(openIncidents(second, false)).toHaveLength(1);
      const replaced = pin(second, { ...AT_HOME, fingerprint: sha1("6"), replaces: sha1("5"), compared: true });
      expect(openIncidents(replaced, false)).toEqual([]);
    });

    it("keeps it open if anyone else has answered", () => {
      const both = observe(warned(state([cloud])), seenTls(certificate("3", "X"), { at: AT + 9000 })).state;
      expect(openIncidents(besideCompared(both), false)).toHaveLength(1);
    });
  });
});

describe("what is kept of the last certificate of a pin", () => {
  const renewed = { ...certificate("2", "K"), notBefore: 1_798_000_000_000, notAfter: 1_806_000_000_000 };
  const writtenAndRead = (pinned: Pin): readonly Pin[] => {
    const parsed = parsePinFile(writePinFile([pinned]));
    return parsed.ok ? parsed.value : [];
  };
  const lastOf = (now: State) => now.stored.pins[0]?.confirmed?.last;
  it("is its issuer and its time, from the first match on and from each renewal", () => {
    const first = observe(state(), seenTls(certificate("1", "K"), { at: AT })).state;
    expect(lastOf(first)).toEqual({ issuer: "CN=R11", notBefore: 1_790_000_000_000, notAfter: 1_800_000_000_000 });
    const second = observe(first, seenTls(renewed, { at: AT + 5000 })).state;
    expect(lastOf(second)?.notAfter).toBe(1_806_000_000_000);
    const back = observe(second, seenTls(certificate("1", "K"), { at: AT + 9000 })).state;
    expect(lastOf(back)?.notAfter).toBe(1_806_000_000_000);
  });

  it("is added to a pin that was confirmed before it was kept", () => {
    expect(confirmed("1", "K").confirmed).not.toHaveProperty("last");
    expect(PIN.safeParse(confirmed("1", "K")).success).toBe(true);
    const seen = observe(state([confirmed("1", "K")]), seenTls(certificate("1", "K"), { at: AT })).state;
    expect(lastOf(seen)?.issuer).toBe("CN=R11");
  });

  it("stays out of the file of pins, whose form is fixed, as does that a warning showed it", () => {
    const [one] = writtenAndRead(confirmed("1", "K", { wasOnWarning: true }));
    expect(one).toEqual(confirmed("1", "K"));
    const seen = observe(state(), seenTls(certificate("1", "K"), { at: AT })).state;
    expect(writePinFile(seen.stored.pins)).not.toContain("last");
    expect(parsePinFile(writePinFile(seen.stored.pins)).ok).toBe(true);
  });
});

it("reads a file of the first format, which has toldAt instead of pinnedAt", () => {
  const { pinnedAt, ...others } = confirmed("1", "K");
  const old = { ...others, toldAt: pinnedAt };
  const file = (pins: object[]): string => JSON.stringify({ format: "latchkey-pins", version: 1, pins });
  expect(parsePinFile(file([old]))).toEqual({ ok: true, value: [confirmed("1", "K")] });
  expect(parsePinFile(file([{ ...others, pinnedAt }]))).toMatchObject({
    ok: false,
    error: { field: "pins[0].toldAt" },
  });
});

it("goes by a renewed certificate that the instance has told, and keeps the key it knows", () => {
  const telling = { hosts: [INSTANCE], fingerprint: sha1("2"), expires: 0, namesTold: true };
  const [renewed] = keepInStep(state([confirmed("1", "K")]), sha1("1"), telling, AT, false).stored.pins;
  expect(renewed).toMatchObject({ fingerprint: sha1("2"), source: "home", pinnedAt: new Date(AT).toISOString() });
  expect(renewed?.confirmed).toEqual(confirmed("1", "K").confirmed);
});

describe("trust on first use", () => {
  const instance = seenTls(certificate("1", "K"), { at: AT });
  it("holds what answered, and never says verified", () => {
    const trusted = trust(observe(state([]), instance).state, INSTANCE, AT, false);
    expect(trusted.stored.pins[0]).toMatchObject({ source: "first-use", fingerprint: sha256("1") });
    const later = observe(trusted, { ...instance, at: AT + 5000 }).state;
    expect(statusAt(later, INSTANCE, sight)).toMatchObject({ verdict: { kind: "unchanged" } });
    const attacked = observe(later, seenTls(certificate("3", "X"), { at: AT + 9000 })).state;
    expect(statusAt(attacked, INSTANCE, sight).kind).toBe("incident");
  });

  it("takes nothing where no connection was seen, or something speaks against it", () => {
    expect(trust(state([]), INSTANCE, AT, false)).toEqual(state([]));
    const hidden = {
      kind: "tls",
      handshake: handshake(certificate("1", "K"), { transparency: "policy_not_enough_scts" }),
    };
    const seen = observe(state([]), { ...instance, seen: hidden as typeof instance.seen }).state;
    expect(trust(seen, INSTANCE, AT, false).stored.pins).toEqual([]);
  });

  it("is outweighed by what the instance tells at home", () => {
    const trusted = trust(observe(state([]), instance).state, INSTANCE, AT, false);
    const telling = { hosts: [INSTANCE], fingerprint: sha1("1"), expires: 0, namesTold: true };
    const home = keepInStep(trusted, sha256("1"), telling, AT, false);
    const later = observe(home, { ...instance, at: AT + 5000 }).state;
    expect(statusAt(later, INSTANCE, sight)).toMatchObject({ verdict: { kind: "match" } });
  });
});

describe("a file of pins", () => {
  const file = (pins: unknown): string => JSON.stringify({ format: "latchkey-pins", version: 2, pins }, undefined, 2);

  it("holds what was exported", () => {
    const pins = [confirmed("1", "K"), told("2", { hosts: [OWN], note: "second instance" })];
    expect(parsePinFile(writePinFile(pins))).toEqual({ ok: true, value: pins });
  });

  it.each([
    ["", { code: "import-not-json", line: 1 }],
    ["{\n\n  oops }", { code: "import-not-json", line: 3 }],
    ["[]", { code: "import-field", line: 1, field: "" }],
    [file([]).replace("latchkey-pins", "other"), { code: "import-field", line: 2, field: "format" }],
    [file([]).replace('"version": 2', '"version": 3'), { code: "import-field", line: 3, field: "version" }],
    [file([{ ...told("1"), fingerprint: "12" }]), { code: "import-field", line: 9, field: "pins[0].fingerprint" }],
    [file([{ ...told("1"), hosts: ["http://x"] }]), { code: "import-field", line: 7, field: "pins[0].hosts[0]" }],
    [file([{ ...told("1"), source: "guessed" }]), { code: "import-field", field: "pins[0].source" }],
    [file([{ ...told("1"), extra: 1 }]), { code: "import-field", line: 13, field: "pins[0].extra" }],
    [file([told("1"), told("1", { hosts: [OWN] })]), { code: "import-twice", field: "pins[1].fingerprint" }],
    ["x".repeat(2_000_001), { code: "import-too-large" }],
  ])("is refused whole, with its line and field: %.60s", (text, error) => {
    expect(parsePinFile(text)).toMatchObject({ ok: false, error });
  });

  it("is shown as a difference, and taken whole", () => {
    const imported = [told("1", { hosts: [OWN], note: "n", source: "home" }), told("2", { source: "home" })];
    const changes = previewImport([confirmed("1", "K")], imported);
    expect(changes.map(({ kind }) => kind)).toEqual(["changed", "added"]);
    expect(changes[0]?.pin).toEqual(confirmed("1", "K", { hosts: [INSTANCE, OWN], note: "n" }));
    expect(changes[1]?.pin.source).toBe("imported");
    const taken = takeImport(state([confirmed("1", "K")]), changes, AT);
    expect(taken.stored.pins).toEqual(changes.map((change) => change.pin));
    expect(previewImport(taken.stored.pins, imported).map(({ kind }) => kind)).toEqual(["same", "same"]);
  });

  it("leaves what was only trusted on first use as weak as it was", () => {
    expect(previewImport([], [told("1", { source: "first-use" })])[0]?.pin.source).toBe("first-use");
  });
});

it.each([
  [90, 60, "fine"],
  [90, 25, "fine"],
  [90, 21, "fine"],
  [90, 20.9, "late"],
  [90, 0, "expired"],
  [6, 3, "fine"],
  [45, 10, "fine"],
])("a certificate for %d days that ends in %d is %s", (life, left, expiry) => {
  const notAfter = AT + left * DAY;
  expect(expiryOf({ notBefore: notAfter - life * DAY, notAfter }, AT)).toBe(expiry);
});

describe("two digests of one certificate", () => {
  const given = { address: INSTANCE, source: "typed", at: AT, private: false } as const;
  const both = { ...given, fingerprint: sha256("1"), sha1: sha1("1") };
  const after = (leaf: Certificate, start: State): State => observe(start, seenTls(leaf, { at: AT })).state;
  const verdictAfter = (leaf: Certificate, start: State) => statusAt(after(leaf, start), INSTANCE, sight);
  const pinned = pin(state([]), both);

  it("are kept as one pin", () => {
    expect(pinned.stored.pins).toMatchObject([{ fingerprint: sha256("1"), sha1: sha1("1") }]);
    expect(PIN.safeParse(pinned.stored.pins[0]).success).toBe(true);
  });

  it.each([
    ["both match", certificate("1", "K"), { kind: "checked", verdict: { kind: "match" } }],
    ["the SHA-256 alone", { ...certificate("1", "K"), sha1: sha1("2") }, { kind: "incident" }],
    ["the SHA-1 alone", { ...certificate("1", "K"), sha256: sha256("2") }, { kind: "incident" }],
    ["none matches", certificate("2", "K"), { kind: "incident" }],
  ] as const)("are both asked for: %s", (_, leaf, status) => {
    expect(verdictAfter(leaf, pinned)).toMatchObject(status);
  });

  it("go by the certificate once a connection has confirmed it", () => {
    const [confirmedPin] = after(certificate("1", "K"), pinned).stored.pins;
    expect(confirmedPin?.confirmed).toMatchObject({ spki: spki("K"), leaves: [sha256("1")] });
    expect(verdictAfter(certificate("3", "K"), after(certificate("1", "K"), pinned))).toMatchObject({
      verdict: { kind: "renewed" },
    });
  });

  it("are asked for anew where a confirmed pin is given a SHA-1 that no connection was compared with", () => {
    const known = after(certificate("1", "K"), pin(state([]), { ...given, fingerprint: sha256("1") }));
    expect(known.stored.pins[0]?.confirmed).toBeDefined();
    const wrong = pin(known, { ...both, sha1: sha1("9") });
    expect(wrong.stored.pins).toMatchObject([{ fingerprint: sha256("1"), sha1: sha1("9") }]);
    expect(wrong.stored.pins[0]?.confirmed).toBeUndefined();
    expect(verdictAfter(certificate("1", "K"), wrong)).toMatchObject({ kind: "incident" });
    expect(verdictAfter(certificate("1", "K"), pin(known, both))).toMatchObject({ verdict: { kind: "match" } });
  });

  it("stay where the SHA-256 alone is pinned again, and what was confirmed stays with them", () => {
    const known = after(certificate("1", "K"), pinned);
    expect(pin(known, { ...given, fingerprint: sha256("1") }).stored.pins).toEqual(known.stored.pins);
  });

  it("are the same certificate when the instance tells its SHA-1 at home", () => {
    const telling = { hosts: [INSTANCE], fingerprint: sha1("1"), expires: 0, namesTold: true };
    expect(compareLocal(telling, pinned.stored.pins, undefined)).toMatchObject({ kind: "same" });
    expect(needsProbe(telling, pinned.stored.pins)).toBe(false);
  });

  it("give way to the one that the instance tells of a renewed certificate", () => {
    const telling = { hosts: [INSTANCE], fingerprint: sha1("2"), expires: 0, namesTold: true };
    const [renewed] = keepInStep(after(certificate("1", "K"), pinned), sha256("1"), telling, AT, false).stored.pins;
    expect(renewed).toMatchObject({ fingerprint: sha1("2") });
    expect(renewed?.sha1).toBeUndefined();
  });

  it("are in a file of pins, which older files without them do not miss", () => {
    const { pins } = pinned.stored;
    expect(parsePinFile(writePinFile(pins))).toEqual({ ok: true, value: pins });
    expect(parsePinFile(writePinFile([told("1"), confirmed("2", "K")]))).toMatchObject({ ok: true });
  });
});

describe("the key of a certificate that was pinned as a whole", () => {
  const whole = { address: INSTANCE, source: "typed", at: AT, private: false, fingerprint: sha256("1") } as const;
  const pinned = pin(state([]), { ...whole, sha1: sha1("1"), spki: spki("K") });
  const seen = (leaf: Certificate): State => observe(pinned, seenTls(leaf, { at: AT })).state;

  it("confirms nothing by itself", () => {
    expect(pinned.stored.pins[0]?.confirmed).toBeUndefined();
    expect(mayGuard(pinned, INSTANCE)).toBe(false);
  });

  it.each([
    ["the certificate", certificate("1", "K"), "match"],
    ["a renewal that came before the first connection", certificate("2", "K"), "renewed"],
  ] as const)("is known again: %s", (_, leaf, kind) => {
    expect(statusAt(seen(leaf), INSTANCE, sight)).toMatchObject({ kind: "checked", verdict: { kind } });
    expect(seen(leaf).stored.pins[0]?.confirmed).toMatchObject({ spki: spki("K"), leaves: [leaf.sha256] });
  });

  it("does not excuse another key", () => {
    expect(statusAt(seen(certificate("2", "X")), INSTANCE, sight).kind).toBe("incident");
  });
});
