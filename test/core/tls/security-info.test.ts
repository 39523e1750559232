import { describe, expect, it } from "vitest";
import { readHandshake, type FirefoxCertificate } from "../../../src/core/tls/security-info";
import { judge, type Verdict } from "../../../src/core/incident/verdict";
import { confirmed, sha1, spki, told } from "../samples";
import { sizeOf } from "../crowd";

const X1 = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6";
/** Digests as Firefox writes them. */
const pairs = (hex: string): string => hex.toUpperCase().match(/../gu)?.join(":") ?? "";
const told256 = (sha256: string, subject: string, more: Partial<FirefoxCertificate> = {}): FirefoxCertificate => ({
  ...{ subject, issuer: subject, serialNumber: "01", validity: { start: 1, end: 2 } },
  fingerprint: { sha1: pairs(sha1("5")), sha256: pairs(sha256) },
  subjectPublicKeyInfoDigest: { sha256: spki("R") },
  ...more,
});
const LEAF: FirefoxCertificate = {
  ...told256("3".repeat(64), "CN=abc.ui.nabu.casa", { issuer: "CN=R11,O=Let's Encrypt,C=US" }),
  subjectPublicKeyInfoDigest: { sha256: spki("X") },
};
const handshakeUnder = (...rest: FirefoxCertificate[]) => readHandshake({ certificates: [LEAF, ...rest] });
const X1_NAME = "CN=ISRG Root X1,O=Internet Security Research Group,C=US";

const ANCHORS: [what: string, chain: FirefoxCertificate[], kind: string, unpinned: Verdict["kind"]][] = [
  [
    "a root that Firefox calls its own",
    [told256("7".repeat(64), "CN=Own", { isBuiltInRoot: true })],
    "built-in",
    "unpinned",
  ],
  ["a public root that Firefox calls its own", [told256(X1, X1_NAME, { isBuiltInRoot: true })], "built-in", "unpinned"],
  [
    "a public root that Firefox does not call its own",
    [told256(X1, X1_NAME, { isBuiltInRoot: false })],
    "public",
    "unpinned",
  ],
  ["a public root without Firefox's word", [told256(X1, X1_NAME)], "public", "unpinned"],
  ["a public root of any name", [told256(X1, "CN=?")], "public", "unpinned"],
  ["another root", [told256("8".repeat(64), "CN=Company proxy")], "added", "interception"],
  ["a root that is only named like a public one", [told256("8".repeat(64), X1_NAME)], "added", "interception"],
  [
    "another root, with a public one in its chain",
    [told256(X1, X1_NAME), told256("8".repeat(64), "CN=Company proxy")],
    "added",
    "interception",
  ],
  ["a certificate that is its own root", [], "added", "interception"],
];
describe("the end of a chain", () => {
  it.each(ANCHORS)("is told from others: %s", (_, chain, kind, unpinned) => {
    const handshake = handshakeUnder(...chain);
    expect(handshake?.anchor.kind).toBe(kind);
    expect(handshake && judge({ kind: "tls", handshake }, []).kind).toBe(unpinned);
  });

  it("is unknown where Firefox gives none, whatever the leaf alone is", () => {
    expect(readHandshake({ certificates: [] }, { certificates: [told256(X1, X1_NAME)] })?.anchor).toEqual({
      kind: "unknown",
    });
  });

  it("does not make another leaf ours: under a public root it is a mismatch, as it is under Firefox's own", () => {
    const handshake = handshakeUnder(told256(X1, X1_NAME));
    if (handshake === undefined) throw new Error("not read");
    const seen = { kind: "tls", handshake } as const;
    expect(judge(seen, [confirmed("1", "K")])).toEqual({ kind: "mismatch", cause: "other-key" });
    expect(judge(seen, [told("1")])).toEqual({ kind: "mismatch", cause: "never-confirmed" });
  });
});
it("cuts a certificate's names and number, which an attacker words", () => {
  const certificates = [
    {
      ...{ subject: "x".repeat(1024 * 1024), issuer: "x".repeat(1024 * 1024), serialNumber: "x".repeat(1024 * 1024) },
      ...{ fingerprint: { sha1: "1".repeat(40), sha256: "1".repeat(64) } },
      subjectPublicKeyInfoDigest: { sha256: `${"K".repeat(43)}=` },
    },
  ];
  expect(sizeOf(readHandshake({ certificates }))).toBeLessThan(5000);
});
