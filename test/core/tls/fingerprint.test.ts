import { describe, expect, it } from "vitest";
import { MAX_PASTED, parseFingerprint } from "../../../src/core/tls/fingerprint-text";
import { certificateMeant, readPem, type CertificateGiven } from "../../../src/core/tls/pem";
import type { Sha1, Sha256, Spki } from "../../../src/core/tls/digest";
import { pairs, printed, REFUSED, SHA1, SHA256, SPKI, TAKEN } from "../pasted-ways";
import { fc, test } from "../properties";

it.each(TAKEN)("takes %s", (_, text, given) => {
  expect(parseFingerprint(text)).toEqual({ ok: true, value: given });
});

it.each(REFUSED)("refuses %s", (_, text, error) => {
  expect(parseFingerprint(text)).toEqual({ ok: false, error });
});

it("is tried in at least a hundred ways", () => {
  const texts = [...TAKEN, ...REFUSED].map(([, text]) => text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.length).toBeGreaterThanOrEqual(100);
});

const HEX = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from("0123456789abcdef")), minLength: length, maxLength: length });
const SEPARATOR = fc.constantFrom("", " ", ":", "-", ".", "_", ",", ", ", "：", "\u00a0", "–", "\n", "\u202c:");
const AROUND = fc.constantFrom(
  ["", ""],
  ["“", "”"],
  ["`", "`"],
  ["**", "**"],
  ["【", "】"],
  ["| ", " |"],
  ["> ", "\n"],
);
const NAME = fc.constantFrom(
  "",
  "Fingerprint: ",
  "SHA-1 Fingerprint=",
  "Empreinte : ",
  "Thumbprint\n",
  "X.509 certificate: ",
);
interface Written {
  readonly separator: string;
  readonly around: readonly string[];
  readonly name: string;
  readonly upper: boolean;
}
const WRITTEN: fc.Arbitrary<Written> = fc.record({
  ...{ separator: SEPARATOR, around: AROUND, name: NAME, upper: fc.boolean() },
});
const written = (hex: string, { separator, around, name, upper }: Written): string => {
  const plain = pairs(hex, separator);
  return `${name}${around[0] ?? ""}${upper ? plain.toUpperCase() : plain}${around[1] ?? ""}`;
};

test(
  "takes any digest, however it is separated, surrounded and labeled",
  [fc.tuple(fc.oneof(HEX(40), HEX(64)), WRITTEN)],
  ([hex, how]) => {
    expect(parseFingerprint(written(hex, how))).toEqual({ ok: true, value: { fingerprint: hex } });
  },
);

test(
  "takes no digest that is cut off, and counts its digits",
  [
    fc.tuple(
      fc.integer({ min: 8, max: 31 }).filter((count) => count !== 20),
      HEX(64),
      WRITTEN,
    ),
  ],
  ([count, hex, how]) => {
    const error = { code: "fingerprint-wrong-length", digits: count * 2 };
    expect(parseFingerprint(written(hex.slice(0, count * 2), how))).toEqual({ ok: false, error });
  },
);

const OTHER_LABELS = [
  "Session-ID",
  "Key ID",
  "Subject Key Identifier",
  "Log ID",
  "Serial Number",
  "Public Key SHA-256",
];
test(
  "takes no digest with a label of something else",
  [fc.tuple(fc.constantFrom(...OTHER_LABELS), fc.oneof(HEX(40), HEX(64)), SEPARATOR, fc.constantFrom(": ", "=", "\n"))],
  ([label, hex, separator, between]) => {
    expect(parseFingerprint(`${label}${between}${pairs(hex, separator)}`)).toMatchObject({
      error: { code: "fingerprint-other" },
    });
  },
);

test(
  "never throws, and what it takes is lower-case hex of a digest's length",
  [
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: fc.constantFrom(...Array.from("0aF:. \n=-SHoIl١｜")) }),
    ),
  ],
  (text) => {
    const parsed = parseFingerprint(text);
    if (parsed.ok) expect(parsed.value.fingerprint).toMatch(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u);
    else expect(parsed.error.code).toMatch(/^fingerprint-/u);
  },
);

const HEAVY = [
  "a",
  "a ",
  "aa:",
  "5f2e91c044d17ab3 x",
  "key ",
  "SHA-",
  "0000: ",
  "> ",
  "\n",
  "O",
  "public key \n",
  "-----BEGIN ",
  "Key_",
];
const FULL = [
  ...HEAVY.map((piece) => [JSON.stringify(piece), piece.repeat(MAX_PASTED / piece.length)] as const),
  ["blanks between two digits", `a${" ".repeat(MAX_PASTED - 2)}b`],
  ["line breaks between two digits", `a${"\n".repeat(MAX_PASTED - 2)}b`],
  ["tabs in a heading", `a${"\t".repeat(MAX_PASTED - 50)}:\n${SHA1}`],
  ["blanks in a label", `public key${" ".repeat(MAX_PASTED - 60)}: ${SHA1}`],
  ["blanks after an offset", `0000:${" ".repeat(MAX_PASTED - 6)}x`],
] as const;
it.each(FULL)("answers soon to as much as it takes of %s", (_, text) => {
  const start = performance.now();
  parseFingerprint(text);
  readPem(text);
  expect(performance.now() - start).toBeLessThan(3000); // 0.2 s; what grows with the square takes a minute
});

describe("a certificate in PEM", () => {
  const base64 = printed("certificate").replace(/-----[^-]+-----|\s/gu, "");
  const [, authority = ""] = printed("chain").split("-----BEGIN CERTIFICATE-----").slice(1);
  const inPem = authority.replace(/-----[^-]+-----|\s/gu, "");

  const FOUND: readonly [string, string, readonly string[]][] = [
    ["by itself", printed("certificate"), [base64]],
    ["with its chain", printed("chain"), [base64, inPem]],
    ["below its text", printed("openssl-text-pem"), [base64]],
    ["in all that openssl s_client prints", printed("s-client"), [base64, inPem]],
    ["with line breaks of Windows", printed("certificate").replaceAll("\n", "\r\n"), [base64]],
    ["in a quoted mail", printed("certificate").replace(/^/gmu, "> "), [base64]],
    ["in a string of JSON", JSON.stringify(printed("certificate")), [base64]],
    ["in one line", printed("certificate").replaceAll("\n", " "), [base64]],
    ["without its frame", base64, [base64]],
    ["without its frame, in lines", base64.match(/.{1,64}/gu)?.join("\n") ?? "", [base64]],
    ["nowhere", SHA1, []],
  ];
  it.each(FOUND)("is found %s", (_, text, certificates) => {
    expect(readPem(text)).toMatchObject({ ok: true, value: { certificates } });
  });

  test("is found with every kind of padding", [fc.uint8Array({ minLength: 300, maxLength: 320 })], (bytes) => {
    const der = Buffer.from(bytes).toString("base64");
    const lines = der.match(/.{1,64}/gu) ?? [];
    const pem = ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
    expect(readPem(pem)).toMatchObject({ ok: true, value: { certificates: [der] } });
  });

  const cut = printed("certificate").split("\n").slice(0, -3).join("\n");
  const framed = (name: string): string => `-----BEGIN ${name}-----\n${base64.slice(0, 64)}\n-----END ${name}-----\n`;
  const NOT_FOUND: readonly [string, string, object][] = [
    ["cut off", cut, { code: "fingerprint-unreadable" }],
    [
      "with dots in the middle",
      printed("certificate").replace(/\n.{64}\n/u, "\n…\n"),
      { code: "fingerprint-unreadable" },
    ],
    ["with what openssl trusts it for", framed("TRUSTED CERTIFICATE"), { code: "fingerprint-unreadable" }],
    ["but a private key", framed("PRIVATE KEY"), { code: "fingerprint-other", what: "private-key" }],
    ["but an EC private key", framed("EC PRIVATE KEY"), { code: "fingerprint-other", what: "private-key" }],
    [
      "but a private key beside it",
      printed("chain") + framed("PRIVATE KEY"),
      { code: "fingerprint-other", what: "private-key" },
    ],
    ["but a public key", framed("PUBLIC KEY"), { code: "fingerprint-other", what: "key" }],
    ["but a request", framed("CERTIFICATE REQUEST"), { code: "fingerprint-other", what: "request" }],
    ["in too long a text", "x".repeat(MAX_PASTED + 1), { code: "fingerprint-too-long", characters: MAX_PASTED + 1 }],
  ];
  it.each(NOT_FOUND)("is not found: %s", (_, text, error) => {
    expect(readPem(text)).toEqual({ ok: false, error });
  });

  const given = { fingerprint: SHA256 as Sha256, sha1: SHA1 as Sha1, spki: SPKI as Spki };
  const leaf: CertificateGiven = {
    ...{ digests: [SHA1 as Sha1, SHA256 as Sha256], given, isAuthority: false, isPrecertificate: false },
  };
  const another: CertificateGiven = {
    ...leaf,
    digests: [],
    given: { ...given, fingerprint: "ab".repeat(32) as Sha256 },
  };
  const issuer: CertificateGiven = { ...another, isAuthority: true };
  const MEANT: readonly [string, readonly CertificateGiven[], string, object | undefined][] = [
    ["alone", [leaf], "", undefined],
    ["twice", [leaf, leaf], "", undefined],
    ["first of a chain", [leaf, issuer], "", undefined],
    ["last of a chain", [issuer, leaf], "", undefined],
    ["that signs itself and may sign others", [{ ...leaf, isAuthority: true }], "", undefined],
    ["beside its own fingerprint", [leaf], `SHA1 Fingerprint=${SHA1}`, undefined],
    ["beside both of its own", [leaf], `${SHA1}\n${SHA256}`, undefined],
    ["beside its text", [leaf], printed("openssl-text"), undefined],
    ["beside another fingerprint", [leaf], `SHA1 Fingerprint=${"ab".repeat(20)}`, { code: "fingerprint-several" }],
    ["beside two others", [leaf], `${"ab".repeat(20)} ${"cd".repeat(20)}`, { code: "fingerprint-several" }],
    ["beside another server's", [leaf, another], "", { code: "fingerprint-several" }],
    ["of two authorities", [issuer, { ...leaf, isAuthority: true }], "", { code: "fingerprint-several" }],
    [
      "announced only",
      [{ ...leaf, isPrecertificate: true }],
      "",
      { code: "fingerprint-other", what: "precertificate" },
    ],
  ];
  it.each(MEANT)("is meant or not: one %s", (_, certificates, rest, error) => {
    const expected = error === undefined ? { ok: true, value: given } : { ok: false, error };
    expect(certificateMeant(certificates, rest)).toEqual(expected);
  });
});
