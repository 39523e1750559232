import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { classify, count, oursAt, pinnedSince, type Class } from "../../../src/core/ct/classify";
import type { Sha256 } from "../../../src/core/tls/digest";
import { merge, type Issuance } from "../../../src/core/ct/issuance";
import { confirmed, INSTANCE, issuance, PINNED, sha256, spki, unconfirmed } from "../samples";
import { fc, test } from "../properties";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const pins = [confirmed("1", "K")];
const former = [{ spki: spki("F"), leaves: [sha256("6")] }];
const ours = oursAt(INSTANCE, pins, former, PINNED);
const classOf = (one: Issuance): Class | undefined => ours && classify(one, ours);

describe("the class of a logged certificate", () => {
  const old = { notBefore: PINNED - DAY };
  const wild = { names: ["*.ui.nabu.casa"] };
  const POLICY: [what: string, issuance: Issuance, whose: Class][] = [
    ["the leaf that was seen", issuance("1", "K"), "known"],
    ["the leaf that was seen, even if the service reports another key", issuance("1", "X"), "known"],
    ["a renewal, or its precertificate", issuance("2", "K"), "key"],
    ["a renewal from before the pin", issuance("2", "K", old), "key"],
    ["a renewal with further names", issuance("2", "K", { names: ["other.example.net"] }), "key"],
    ["our key in a wildcard", issuance("2", "K", wild), "key"],
    ["another key, after the pin", issuance("3", "X"), "not-ours"],
    ["… revoked", issuance("3", "X", { revoked: true }), "not-ours"],
    ["… expired", issuance("3", "X", { notAfter: PINNED + 2 * HOUR }), "not-ours"],
    ["… begun in the pin’s own second", issuance("3", "X", { notBefore: PINNED }), "not-ours"],
    ["… among other names", issuance("3", "X", { names: ["a.example", INSTANCE, "*.b.example"] }), "not-ours"],
    ["… next to a wildcard", issuance("3", "X", { names: ["*.ui.nabu.casa", INSTANCE] }), "not-ours"],
    ["… in capitals, with a dot", issuance("3", "X", { names: ["ABC.ui.nabu.CASA."] }), "not-ours"],
    ["… without names", issuance("3", "X", { names: [] }), "not-ours"],
    ["another key, before the pin", issuance("3", "X", old), "before"],
    ["the key of a pin that was replaced", issuance("3", "F"), "before"],
    ["a leaf of a pin that was replaced", issuance("6", "X"), "before"],
    ["a wildcard", issuance("3", "X", wild), "wildcard"],
    ["a wildcard from before the pin", issuance("3", "X", { ...wild, ...old }), "wildcard"],
    ["a wildcard of a level above", issuance("3", "X", { names: ["*.nabu.casa"] }), "unrelated"],
    ["a star that stands for part of a label", issuance("3", "X", { names: ["ab*.ui.nabu.casa"] }), "unrelated"],
    ["another instance", issuance("3", "X", { names: ["abd.ui.nabu.casa"] }), "unrelated"],
    ["a name that ours is a part of", issuance("3", "X", { names: ["x.abc.ui.nabu.casa"] }), "unrelated"],
  ];
  it.each(POLICY)("%s", (_, one, whose) => {
    expect(classOf(one)).toBe(whose);
  });

  const beside = [
    ...pins,
    confirmed("5", "N", { note: "NGINX at home" }),
    unconfirmed("9", { fingerprint: sha256("9"), note: "not confirmed yet" }),
    unconfirmed("7", { fingerprint: sha256("7"), spki: spki("P"), note: "pasted as a whole" }),
    unconfirmed("8", { hosts: ["other.ui.nabu.casa" as Address], fingerprint: sha256("8") }),
  ];
  const KEEPING: [what: string, issuance: Issuance, whose: Class][] = [
    ["the leaf of another pin", issuance("5", "N"), "known"],
    ["a renewal with its key", issuance("4", "N"), "key"],
    ["the leaf of the first pin", issuance("1", "K"), "known"],
    ["the certificate of a pin that is not confirmed yet", issuance("9", "X"), "known"],
    ["the precertificate of one that was pasted as a whole and is not confirmed yet", issuance("4", "P"), "key"],
    ["one of another address's pin", issuance("8", "X"), "not-ours"],
    ["another key", issuance("3", "X"), "not-ours"],
  ];
  it.each(KEEPING)("with several pins for one name: %s", (_, one, whose) => {
    const all = oursAt(INSTANCE, beside, former, PINNED);
    expect(all && classify(one, all)).toBe(whose);
  });

  it("is unknown if no connection has matched the pin", () => {
    expect(oursAt(INSTANCE, [unconfirmed("1")], former, PINNED)).toBeUndefined();
    expect(oursAt("other.ui.nabu.casa" as Address, pins, former, PINNED)).toBeUndefined();
  });

  it("is counted, and so is what you have not reviewed", () => {
    const record = POLICY.map(([, one], index) => ({ ...one, foundAt: index }));
    const reviewedUntil = POLICY.findIndex(([what]) => what === "the key of a pin that was replaced");
    const counts = ours && count(record, ours, reviewedUntil);
    expect(counts).toEqual({ ours: 6, before: 3, beforeNew: 1, wildcard: 2, notOurs: 8 });
  });
});

describe("the date of an instance's pin", () => {
  const now = confirmed("1", "K", { pinnedAt: "2026-12-01T00:00:00.000Z" });
  const before = confirmed("2", "K", { pinnedAt: "2026-01-01T00:00:00.000Z" });
  const entry = (old: typeof before) => ({ at: 0, event: "in-step", before: [old], after: [now] }) as const;
  it("is when its key was first pinned, not when the pin last changed", () => {
    expect(pinnedSince(INSTANCE, [now], [{ ...entry(before), before: [before], after: [now] }])).toBe(
      Date.parse(before.pinnedAt),
    );
  });
  it("is not when another key was pinned", () => {
    const other = confirmed("2", "X", { pinnedAt: before.pinnedAt });
    expect(pinnedSince(INSTANCE, [now], [{ ...entry(other), before: [other], after: [now] }])).toBe(
      Date.parse(now.pinnedAt),
    );
  });
});

describe("the logged certificates", () => {
  const digit = fc.constantFrom(...Array.from("123456789abcdef"));
  const some = fc.array(
    fc.record({ digit, key: fc.constantFrom("K", "X", "Y"), revoked: fc.boolean(), id: fc.string(), der: digit }),
    { maxLength: 30 },
  );
  const made = fc.tuple(some, fc.array(fc.nat()), fc.array(fc.nat({ max: 30 })));

  test("are the same in every order and in pages of any size", [made], ([fields, order, cuts]) => {
    const all = fields.map(({ digit: of, key, ...rest }) => issuance(of, key, rest));
    const shuffled = all
      .map((one, index) => ({ one, at: order[index % Math.max(order.length, 1)] ?? 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }) => one);
    const pages = [0, ...[...cuts].sort((a, b) => a - b), shuffled.length].map((cut, index, ends) =>
      shuffled.slice(index === 0 ? 0 : ends[index - 1], cut),
    );
    const whole = merge([], all);
    const paged = pages.reduce<Issuance[]>((known, page) => merge(known, page), []);
    expect(paged).toEqual(whole);
    expect(paged.map(classOf)).toEqual(whole.map(classOf));
    expect(merge(paged, all)).toEqual(paged);
  });

  it("have a certificate and its precertificate once, revoked if either is", () => {
    const pre = issuance("2", "K", { sha256: sha256("9"), foundAt: 5 });
    const [one, ...others] = merge([pre], [issuance("2", "K", { revoked: true })]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ foundAt: 5, sha256: sha256("9"), revoked: true });
  });

  const anyIssuance = fc
    .record({
      digit,
      key: fc.constantFrom("K", "X", "F", "Y"),
      name: fc.constantFrom(INSTANCE, "*.ui.nabu.casa", "x.y"),
    })
    .map((fields) => issuance(fields.digit, fields.key, { names: [fields.name] }));

  test("are yours by a known key or leaf only", [anyIssuance], (one) => {
    const whose = classOf(one);
    const isKnown = one.spki === spki("K") || one.sha256 === sha256("1");
    expect(whose === "known" || whose === "key").toBe(isKnown);
  });

  const pinned = fc.array(fc.tuple(digit, fc.constantFrom("K", "X", "Y", "Z")), { minLength: 1, maxLength: 4 });
  test(
    "never become someone else's because a pin is added",
    [fc.tuple(anyIssuance, pinned, digit)],
    ([one, old, added]) => {
      const kept = old.map(([leaf, key]) => confirmed(leaf, key));
      const [before, after] = [kept, [...kept, confirmed(added, "Q")]].map((list) =>
        oursAt(INSTANCE, list, [], PINNED),
      );
      if (before === undefined || after === undefined) throw new Error("the pins are confirmed");
      if (classify(one, before) !== "not-ours") expect(classify(one, after)).not.toBe("not-ours");
    },
  );
});

it("classifies ten thousand certificates in far less than a second", () => {
  const digits = (index: number): Sha256 => index.toString(16).padStart(64, "0") as Sha256;
  const many = Array.from({ length: 10_000 }, (_, index) =>
    issuance("2", index % 2 === 0 ? "K" : "X", { tbs: digits(index), sha256: digits(index) }),
  );
  const began = performance.now();
  const record = merge([], many);
  expect(ours && count(record, ours, 0)).toMatchObject({ ours: 5000, notOurs: 5000 });
  expect(performance.now() - began).toBeLessThan(1000);
});
