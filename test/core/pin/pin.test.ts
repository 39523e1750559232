import { describe, it, expect } from "vitest";
import { certificate, unconfirmed, seenTls, confirmed, INSTANCE, sha256, sha1, spki, stateOf, SIGHT } from "../samples";
import type { State } from "../../../src/core/state/state";
import { observe } from "../../../src/core/state/reduce";
import { PIN } from "../../../src/core/pin/pin";
import type { Certificate } from "../../../src/core/tls/certificate";
import { statusAt } from "../../../src/core/state/status";
import { pin } from "../../../src/core/state/pins";
import { mayGuard } from "../../../src/core/state/guard";

const AT = 1_795_000_000_000;
const state = (pins = [unconfirmed("1")]): State => stateOf(pins);

describe("the saved part of a pin's last certificate", () => {
  const renewed = { ...certificate("2", "K"), notBefore: 1_798_000_000_000, notAfter: 1_806_000_000_000 };
  const lastOf = (now: State) => now.stored.pins[0]?.confirmed?.last;
  it("is its issuer and its validity, from the first match and from each renewal", () => {
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
});

describe("two digests of one certificate", () => {
  const given = { address: INSTANCE, source: "typed", at: AT, private: false } as const;
  const both = { ...given, fingerprint: sha256("1"), sha1: sha1("1") };
  const after = (leaf: Certificate, start: State): State => observe(start, seenTls(leaf, { at: AT })).state;
  const verdictAfter = (leaf: Certificate, start: State) => statusAt(after(leaf, start), INSTANCE, SIGHT);
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
  ] as const)("are both required: %s", (_, leaf, status) => {
    expect(verdictAfter(leaf, pinned)).toMatchObject(status);
  });

  it("go by the certificate once a connection has confirmed it", () => {
    const [confirmedPin] = after(certificate("1", "K"), pinned).stored.pins;
    expect(confirmedPin?.confirmed).toMatchObject({ spki: spki("K"), leaves: [sha256("1")] });
    expect(verdictAfter(certificate("3", "K"), after(certificate("1", "K"), pinned))).toMatchObject({
      verdict: { kind: "renewed" },
    });
  });

  it("are both required again if a confirmed pin gets a SHA-1 that no connection was compared with", () => {
    const known = after(certificate("1", "K"), pin(state([]), { ...given, fingerprint: sha256("1") }));
    expect(known.stored.pins[0]?.confirmed).toBeDefined();
    const wrong = pin(known, { ...both, sha1: sha1("9") });
    expect(wrong.stored.pins).toMatchObject([{ fingerprint: sha256("1"), sha1: sha1("9") }]);
    expect(wrong.stored.pins[0]?.confirmed).toBeUndefined();
    expect(verdictAfter(certificate("1", "K"), wrong)).toMatchObject({ kind: "incident" });
    expect(verdictAfter(certificate("1", "K"), pin(known, both))).toMatchObject({ verdict: { kind: "match" } });
  });

  it("stay if the SHA-256 alone is pinned again, and the pin stays confirmed", () => {
    const known = after(certificate("1", "K"), pinned);
    expect(pin(known, { ...given, fingerprint: sha256("1") }).stored.pins).toEqual(known.stored.pins);
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
    expect(statusAt(seen(leaf), INSTANCE, SIGHT)).toMatchObject({ kind: "checked", verdict: { kind } });
    expect(seen(leaf).stored.pins[0]?.confirmed).toMatchObject({ spki: spki("K"), leaves: [leaf.sha256] });
  });

  it("does not match another key", () => {
    expect(statusAt(seen(certificate("2", "X")), INSTANCE, SIGHT).kind).toBe("incident");
  });
});
