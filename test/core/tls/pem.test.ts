import { describe, it, expect } from "vitest";
import { printed, SHA1, SHA256, SPKI } from "./pasted-ways";
import { readPem, type CertificateGiven, certificateMeant } from "../../../src/core/tls/pem";
import { test, fc } from "../properties";
import { MAX_PASTED } from "../../../src/core/tls/fingerprint-text";
import type { Sha256, Sha1, Spki } from "../../../src/core/tls/digest";

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
    ["incomplete", cut, { code: "fingerprint-unreadable" }],
    [
      "with dots in the middle",
      printed("certificate").replace(/\n.{64}\n/u, "\n…\n"),
      { code: "fingerprint-unreadable" },
    ],
    ["with what openssl trusts it for", framed("TRUSTED CERTIFICATE"), { code: "fingerprint-unreadable" }],
    ["but a private key", framed("PRIVATE KEY"), { code: "fingerprint-other", what: "private-key" }],
    ["but an EC private key", framed("EC PRIVATE KEY"), { code: "fingerprint-other", what: "private-key" }],
    [
      "but a private key next to it",
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
});

describe("one certificate of those that were found", () => {
  const given = { fingerprint: SHA256 as Sha256, sha1: SHA1 as Sha1, spki: SPKI as Spki };
  const leaf: CertificateGiven = {
    digests: [SHA1 as Sha1, SHA256 as Sha256],
    given,
    isAuthority: false,
    isPrecertificate: false,
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
    ["next to its own fingerprint", [leaf], `SHA1 Fingerprint=${SHA1}`, undefined],
    ["next to both of its own", [leaf], `${SHA1}\n${SHA256}`, undefined],
    ["next to its text", [leaf], printed("openssl-text"), undefined],
    ["next to another fingerprint", [leaf], `SHA1 Fingerprint=${"ab".repeat(20)}`, { code: "fingerprint-several" }],
    ["next to two others", [leaf], `${"ab".repeat(20)} ${"cd".repeat(20)}`, { code: "fingerprint-several" }],
    ["next to another server's", [leaf, another], "", { code: "fingerprint-several" }],
    ["of two authorities", [issuer, { ...leaf, isAuthority: true }], "", { code: "fingerprint-several" }],
    [
      "announced only",
      [{ ...leaf, isPrecertificate: true }],
      "",
      { code: "fingerprint-other", what: "precertificate" },
    ],
  ];
  it.each(MEANT)("is meant or not: %s", (_, certificates, rest, error) => {
    const expected = error === undefined ? { ok: true, value: given } : { ok: false, error };
    expect(certificateMeant(certificates, rest)).toEqual(expected);
  });
});
