import { describe, expect, it } from "vitest";
import type { Anchor, CertificateException } from "../../../src/core/tls/certificate";
import type { Pin } from "../../../src/core/pin/pin";
import { isRed, judge, judgeCached, type Verdict } from "../../../src/core/incident/verdict";
import { ADDED, certificate, confirmed, handshake, ROOT, sha256, spki, unconfirmed } from "../samples";

const LEAVES = {
  "the pinned leaf": certificate("1", "K"),
  "another leaf of the key": certificate("2", "K"),
  "another leaf and key": certificate("3", "X"),
} as const;
const PINS: Record<string, Pin[]> = {
  none: [],
  unconfirmed: [unconfirmed("1")],
  confirmed: [confirmed("1", "K")],
  "confirmed under the added root": [
    unconfirmed("1", { confirmed: { spki: spki("K"), root: ADDED.sha256, leaves: [sha256("1")] } }),
  ],
  "first-use": [confirmed("1", "K", { source: "first-use" })],
  "pinned by first-use": [unconfirmed("1", { source: "first-use" })],
  "confirmed, and another unconfirmed": [confirmed("1", "K"), unconfirmed("9")],
};
const ANCHORS: Record<string, Anchor> = {
  "built-in": { kind: "built-in", root: ROOT },
  public: { kind: "public", root: ROOT },
  added: { kind: "added", root: ADDED },
  unknown: { kind: "unknown" },
};
const OVERRIDES: (CertificateException | "none")[] = [
  "none",
  "trust_error",
  "domain_mismatch",
  "expired_or_not_yet_valid",
  "other",
];
const LOGGED = ["policy_compliant", "not_applicable", "policy_not_enough_scts", "policy_not_diverse_scts"];

interface Case {
  readonly leaf: keyof typeof LEAVES;
  readonly pins: string;
  readonly anchor: string;
  readonly override: CertificateException | "none";
  readonly logged: string;
}
const CASES: Case[] = (Object.keys(LEAVES) as (keyof typeof LEAVES)[]).flatMap((leaf) =>
  Object.keys(PINS).flatMap((pins) =>
    Object.keys(ANCHORS).flatMap((anchor) =>
      OVERRIDES.flatMap((override) => LOGGED.map((logged) => ({ leaf, pins, anchor, override, logged }))),
    ),
  ),
);

/** The policy, as rows to read from the top: the first row whose conditions all hold gives the verdict. */
const POLICY: [name: string, when: Partial<Record<keyof Case, string[]>>, kind: Verdict["kind"]][] = [
  [
    "our leaf, out of band",
    {
      leaf: ["the pinned leaf"],
      pins: ["unconfirmed", "confirmed", "confirmed under the added root", "confirmed, and another unconfirmed"],
    },
    "match",
  ],
  ["our leaf, on first use", { leaf: ["the pinned leaf"], pins: ["first-use", "pinned by first-use"] }, "unchanged"],
  [
    "our key, out of band",
    {
      leaf: ["another leaf of the key"],
      pins: ["confirmed", "confirmed under the added root", "confirmed, and another unconfirmed"],
    },
    "renewed",
  ],
  ["our key, on first use", { leaf: ["another leaf of the key"], pins: ["first-use"] }, "unchanged"],
  ["an error clicked through", { override: OVERRIDES.slice(1) }, "overridden"],
  ["the pin's own added root", { anchor: ["added"], pins: ["confirmed under the added root"] }, "mismatch"],
  ["another added root", { anchor: ["added"] }, "interception"],
  ["a pin that does not fit", { pins: Object.keys(PINS).filter((pins) => pins !== "none") }, "mismatch"],
  ["not in the logs", { logged: ["policy_not_enough_scts", "policy_not_diverse_scts"] }, "undisclosed"],
  ["nothing known", {}, "unpinned"],
];

describe("the verdict table, over every combination", () => {
  it.each(CASES)("$leaf, pins $pins, anchor $anchor, override $override, $logged", (input) => {
    const row = POLICY.find(([, when]) =>
      Object.entries(when).every(([field, values]) => values.includes(input[field as keyof Case])),
    );
    const anchor = ANCHORS[input.anchor];
    if (row === undefined || anchor === undefined) throw new Error("the table has a hole");
    const override = input.override === "none" ? {} : { override: input.override };
    const seen = handshake(LEAVES[input.leaf], { anchor, transparency: input.logged, ...override });
    const verdict = judge({ kind: "tls", handshake: seen }, PINS[input.pins] ?? []);
    expect(verdict.kind, row[0]).toBe(row[2]);
  });
});

it("names a pin that no connection ever matched", () => {
  const seen = { kind: "tls", handshake: handshake(LEAVES["another leaf and key"]) } as const;
  expect(judge(seen, [unconfirmed("1")])).toEqual({ kind: "mismatch", cause: "never-confirmed" });
  expect(judge(seen, [confirmed("1", "K")])).toEqual({ kind: "mismatch", cause: "other-key" });
});

it("needs more than the SHA-1 once a pin is confirmed", () => {
  const forged = { ...certificate("1", "X"), sha256: sha256("f") };
  const pins = [confirmed("1", "K")];
  expect(judge({ kind: "tls", handshake: handshake(forged) }, pins).kind).toBe("mismatch");
});

it("names the skipped certificate error with a good verdict", () => {
  const seen = handshake(LEAVES["the pinned leaf"], { override: "expired_or_not_yet_valid" });
  const verdict = judge({ kind: "tls", handshake: seen }, PINS["confirmed"] ?? []);
  expect(verdict).toMatchObject({ kind: "match", note: "expired_or_not_yet_valid" });
});

it("judges an answer without a handshake", () => {
  expect(judge({ kind: "plaintext" }, [confirmed("1", "K")])).toEqual({ kind: "plaintext" });
  const refused = { kind: "nothing", reason: "refused", words: "Firefox’s words" } as const;
  expect(judge(refused, [])).toEqual({ kind: "unchecked", reason: "refused", words: "Firefox’s words" });
});

const CACHED: [string, keyof typeof LEAVES, Pin[], "evidence" | "ignored"][] = [
  ["our leaf", "the pinned leaf", [confirmed("1", "K")], "ignored"],
  ["our key", "another leaf of the key", [confirmed("1", "K")], "ignored"],
  ["another key", "another leaf and key", [confirmed("1", "K")], "evidence"],
  ["another key, no confirmed pin", "another leaf and key", [unconfirmed("1")], "ignored"],
  ["another key, no pin", "another leaf and key", [], "ignored"],
];
it.each(CACHED)("cached with %s", (_, leaf, pins, outcome) => {
  const verdict = judgeCached({ kind: "tls", handshake: handshake(LEAVES[leaf]) }, pins, []);
  expect(verdict).toEqual(outcome === "ignored" ? undefined : { kind: "mismatch", cause: "cached" });
});

it("doesn't count a certificate of a replaced pin as evidence", () => {
  const seen = { kind: "tls", handshake: handshake(LEAVES["another leaf and key"]) } as const;
  expect(judgeCached(seen, [confirmed("1", "K")], [{ spki: spki("X"), leaves: [] }])).toBeUndefined();
});

it("counts only the listed verdicts as red", () => {
  expect(isRed({ kind: "unchecked", reason: "cut-off" })).toBe(false);
  expect(isRed({ kind: "plaintext" })).toBe(true);
});
