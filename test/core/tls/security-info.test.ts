import { describe, expect, it } from "vitest";
import {
  chainOf,
  readHandshake,
  readTrustAnchor,
  type FirefoxCertificate,
  type SecurityInfo,
} from "../../../src/core/tls/security-info";
import { judge, type Verdict } from "../../../src/core/incident/verdict";
import type { Handshake } from "../../../src/core/tls/certificate";
import { confirmed, sha1, sha256, spki, unconfirmed } from "../samples";
import { sizeOf } from "../crowd";

const X1 = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6";
/** Digests as Firefox writes them. */
const pairs = (hex: string): string => hex.toUpperCase().match(/../gu)?.join(":") ?? "";
const with256 = (sha256: string, subject: string, more: Partial<FirefoxCertificate> = {}): FirefoxCertificate => ({
  subject,
  issuer: subject,
  serialNumber: "01",
  validity: { start: 1, end: 2 },
  fingerprint: { sha1: pairs(sha1("5")), sha256: pairs(sha256) },
  subjectPublicKeyInfoDigest: { sha256: spki("R") },
  ...more,
});
const LEAF: FirefoxCertificate = {
  ...with256("3".repeat(64), "CN=abc.ui.nabu.casa", { issuer: "CN=R11,O=Let's Encrypt,C=US" }),
  subjectPublicKeyInfoDigest: { sha256: spki("X") },
};
const handshakeUnder = (...rest: FirefoxCertificate[]): Handshake | undefined => {
  const read = readHandshake({ certificates: [LEAF] });
  return read && { ...read, anchor: readTrustAnchor({ certificates: [LEAF, ...rest] }) };
};
const X1_NAME = "CN=ISRG Root X1,O=Internet Security Research Group,C=US";

const ANCHORS: [what: string, chain: FirefoxCertificate[], kind: string, unpinned: Verdict["kind"]][] = [
  [
    "a root that Firefox calls its own",
    [with256("7".repeat(64), "CN=Own", { isBuiltInRoot: true })],
    "built-in",
    "unpinned",
  ],
  ["a public root that Firefox calls its own", [with256(X1, X1_NAME, { isBuiltInRoot: true })], "built-in", "unpinned"],
  [
    "a public root that Firefox does not call its own",
    [with256(X1, X1_NAME, { isBuiltInRoot: false })],
    "public",
    "unpinned",
  ],
  ["a public root that Firefox says nothing about", [with256(X1, X1_NAME)], "public", "unpinned"],
  ["a public root of any name", [with256(X1, "CN=?")], "public", "unpinned"],
  ["another root", [with256("8".repeat(64), "CN=Company proxy")], "added", "interception"],
  ["a root that is only named like a public one", [with256("8".repeat(64), X1_NAME)], "added", "interception"],
  [
    "another root, with a public one in its chain",
    [with256(X1, X1_NAME), with256("8".repeat(64), "CN=Company proxy")],
    "added",
    "interception",
  ],
  ["a certificate that is its own root", [], "added", "interception"],
];
describe("the end of a chain", () => {
  it.each(ANCHORS)("is recognized: %s", (_, chain, kind, unpinned) => {
    const handshake = handshakeUnder(...chain);
    expect(handshake?.anchor.kind).toBe(kind);
    expect(handshake && judge({ kind: "tls", handshake }, []).kind).toBe(unpinned);
  });

  it("is unknown if Firefox lists none", () => {
    expect(readTrustAnchor({ certificates: [] })).toEqual({ kind: "unknown" });
  });

  it("doesn't make another leaf yours: it is a mismatch under a public root, and under Firefox's own", () => {
    const handshake = handshakeUnder(with256(X1, X1_NAME));
    if (handshake === undefined) throw new Error("not read");
    const seen = { kind: "tls", handshake } as const;
    expect(judge(seen, [confirmed("1", "K")])).toEqual({ kind: "mismatch", cause: "other-key" });
    expect(judge(seen, [unconfirmed("1")])).toEqual({ kind: "mismatch", cause: "never-confirmed" });
  });
});
it("cuts a certificate's names and number, which an attacker chooses", () => {
  const certificates = [
    {
      subject: "x".repeat(1024 * 1024),
      issuer: "x".repeat(1024 * 1024),
      serialNumber: "x".repeat(1024 * 1024),
      fingerprint: { sha1: "1".repeat(40), sha256: "1".repeat(64) },
      subjectPublicKeyInfoDigest: { sha256: `${"K".repeat(43)}=` },
    },
  ];
  expect(sizeOf(readHandshake({ certificates }))).toBeLessThan(5000);
});

/** What Firefox reports of a certificate, without one of its parts or with something else instead. */
const FIELDS: [what: string, more: object, reads: object | undefined][] = [
  ["no fingerprints", { fingerprint: undefined }, undefined],
  ["no SHA-1", { fingerprint: { sha256: sha256("3") } }, undefined],
  ["no SHA-256", { fingerprint: { sha1: sha1("5") } }, undefined],
  ["an incomplete SHA-1", { fingerprint: { sha1: "5".repeat(39), sha256: sha256("3") } }, undefined],
  ["a SHA-256 instead of the SHA-1", { fingerprint: { sha1: sha256("3"), sha256: sha256("3") } }, undefined],
  ["no digest of the key", { subjectPublicKeyInfoDigest: undefined }, undefined],
  ["an empty digest of the key", { subjectPublicKeyInfoDigest: {} }, undefined],
  ["a digest of the key in hex", { subjectPublicKeyInfoDigest: { sha256: sha256("3") } }, undefined],
  ["no subject", { subject: undefined }, { subject: "" }],
  ["no issuer", { issuer: undefined }, { issuer: "" }],
  ["no serial number", { serialNumber: undefined }, { serial: "" }],
  ["no validity", { validity: undefined }, { notBefore: 0, notAfter: 0 }],
  ["half a validity", { validity: { start: 7 } }, { notBefore: 7, notAfter: 0 }],
  [
    "digests in lower case without colons",
    { fingerprint: { sha1: sha1("a"), sha256: sha256("b") } },
    { sha1: sha1("a"), sha256: sha256("b") },
  ],
  [
    "digests in capitals with colons",
    { fingerprint: { sha1: pairs(sha1("a")), sha256: pairs(sha256("b")) } },
    { sha1: sha1("a"), sha256: sha256("b") },
  ],
];
describe("a certificate", () => {
  it.each(FIELDS)("with %s is read, or not taken for one", (_, more, reads) => {
    const handshake = readHandshake({ certificates: [{ ...LEAF, ...more }] });
    if (reads === undefined) expect(handshake).toBeUndefined();
    else expect(handshake?.leaf).toMatchObject(reads);
  });

  it.each<[string, SecurityInfo]>([
    ["no list", {}],
    ["an empty list", { certificates: [] }],
    ["nothing but the state “secure”", { state: "secure" }],
  ])("is none if Firefox has %s", (_, info) => {
    expect(readHandshake(info)).toBeUndefined();
  });

  it("is the first of a chain", () => {
    const other = with256("9".repeat(64), "CN=other");
    expect(readHandshake({ certificates: [LEAF, other] })?.leaf.sha256).toBe(sha256("3"));
  });

  it("leaves the end of its chain unknown if that can't be read", () => {
    expect(handshakeUnder({ ...with256(X1, X1_NAME), fingerprint: {} })?.anchor).toEqual({ kind: "unknown" });
  });
});

/** `state` is "secure" in each of them: Firefox says so after a click through an error, too. */
const OVERRIDES: [info: SecurityInfo, override: string | undefined][] = [
  [{}, undefined],
  [{ overridableErrorCategory: "trust_error" }, "trust_error"],
  [{ overridableErrorCategory: "domain_mismatch" }, "domain_mismatch"],
  [{ overridableErrorCategory: "expired_or_not_yet_valid" }, "expired_or_not_yet_valid"],
  [{ overridableErrorCategory: "overridable-error-unset" }, undefined],
  [{ overridableErrorCategory: "of a later Firefox" }, undefined],
  [{ isUntrusted: true }, "other"],
  [{ isDomainMismatch: true }, "other"],
  [{ isNotValidAtThisTime: true }, "other"],
  [{ isUntrusted: false, isDomainMismatch: false, isNotValidAtThisTime: false }, undefined],
  // The category says more than the flag.
  [{ overridableErrorCategory: "domain_mismatch", isUntrusted: true }, "domain_mismatch"],
  [{ overridableErrorCategory: "of a later Firefox", isUntrusted: true }, "other"],
];
it.each(OVERRIDES)("reads the error that was clicked through from %j: %s", (info, override) => {
  expect(readHandshake({ state: "secure", ...info, certificates: [LEAF] })?.override).toBe(override);
});

it.each([
  ["policy_compliant", "policy_compliant"],
  ["policy_not_enough_scts", "policy_not_enough_scts"],
  [undefined, "not_applicable"],
])("passes on what Firefox reports about the public logs: %s", (status, transparency) => {
  const info = status === undefined ? {} : { certificateTransparencyStatus: status };
  expect(readHandshake({ ...info, certificates: [LEAF] })?.transparency).toBe(transparency);
});

it.each<[string, SecurityInfo, string[]]>([
  ["no list", {}, []],
  ["an empty list", { certificates: [] }, []],
  ["certificates whose bytes were not asked for", { certificates: [LEAF, LEAF] }, []],
  ["bytes", { certificates: [{ rawDER: [0, 255, 16] }, { rawDER: [1] }] }, ["AP8Q", "AQ=="]],
])("gives the chain in base64 of %s", (_, info, chain) => {
  expect(chainOf(info)).toEqual(chain);
});
