// Compares the list of public roots with this machine's own copy of the roots; test/firefox/public-roots.test.ts asks
// Firefox itself.
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commonName } from "../../../src/core/tls/certificate";
import { digests, names as allNames, version } from "../../../src/core/tls/public-roots.json";

/** Where systems keep the roots, in one file of PEM: Debian, Fedora, openSUSE, Alpine and macOS. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;
const bundle = BUNDLES.find((path) => existsSync(path));
/** This machine's roots, by the digest of their bytes. */
const machine = new Map(
  (bundle === undefined ? [] : (readFileSync(bundle, "utf8").match(PEM) ?? [])).map((pem) => {
    const { raw, subject } = new X509Certificate(pem);
    return [createHash("sha256").update(raw).digest("hex"), subject.replaceAll("\n", ", ")] as const;
  }),
);

/** The roots of authorities that issue certificates by ACME (RFC 8555), as for remote access. */
const ACME: [authority: string, roots: string[]][] = [
  ["Let’s Encrypt, which Home Assistant Cloud uses", ["ISRG Root X1", "ISRG Root X2"]],
  ["Google Trust Services", ["GTS Root R1", "GTS Root R3", "GTS Root R4", "GlobalSign Root R46"]],
  ["ZeroSSL and Sectigo", ["USERTrust RSA Certification Authority", "USERTrust ECC Certification Authority"]],
  ["Sectigo's own", ["Sectigo Public Server Authentication Root R46", "Sectigo Public Server Authentication Root E46"]],
  ["SSL.com", ["SSL.com TLS RSA Root CA 2022", "SSL.com TLS ECC Root CA 2022"]],
  ["DigiCert", ["DigiCert Global Root G2", "DigiCert Global Root G3"]],
];

describe("the list of public roots", () => {
  it("names its source, and has each digest once, in the form that Firefox reports", () => {
    expect(version).toMatch(/^\d+\./u);
    expect(digests.filter((digest) => !/^[0-9a-f]{64}$/u.test(digest))).toEqual([]);
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests.length).toBeGreaterThan(100);
    expect(allNames.length).toBe(digests.length);
  });

  it.each(ACME)("knows the roots of %s, by the digests that this machine's copies have", (_, names) => {
    for (const name of names) {
      const listed = digests.filter((_digest, index) => allNames[index] === name);
      expect(listed, name).toHaveLength(1);
      const here = [...machine].filter(([, subject]) => commonName(subject) === name).map(([digest]) => digest);
      expect(here.length === 0 ? listed : here, name).toEqual(listed);
    }
  });

  it("is mostly what this machine trusts, too", () => {
    const shared = digests.filter((digest) => machine.has(digest));
    if (machine.size > 0) expect(shared.length).toBeGreaterThan(50);
    else expect(bundle).toBeUndefined();
  });
});
