import { describe, expect, it } from "vitest";
import { parseIssuances } from "../../../src/core/ct/issuance";
import { INSTANCE, spki } from "../samples";

const HEX = "ab".repeat(32);
const answer = (more: object = {}): object => ({
  id: "1",
  tbs_sha256: HEX,
  cert_sha256: HEX,
  pubkey_sha256: "00".repeat(32),
  dns_names: ["ABC.ui.nabu.casa"],
  issuer: { name: "C=US, O=Let’s Encrypt, CN=R11", friendly_name: "Let’s Encrypt", caa_domains: [] },
  not_before: "2026-11-03T11:00:00-00:00",
  not_after: "2027-02-01T11:00:00Z",
  revoked: null,
  cert_der: "AAAA",
  ...more,
});

describe("an answer of the service", () => {
  it("is read with its digests in our own forms", () => {
    const read = parseIssuances(JSON.stringify([answer({ extra: { anything: [1] } })]), 7);
    expect(read).toEqual({
      ok: true,
      value: [
        {
          id: "1",
          tbs: HEX,
          sha256: HEX,
          spki: `${"A".repeat(43)}=`,
          names: ["abc.ui.nabu.casa"],
          foundAt: 7,
          issuer: "C=US, O=Let’s Encrypt, CN=R11",
          issuerName: "Let’s Encrypt",
          revoked: false,
          der: "AAAA",
          notBefore: Date.parse("2026-11-03T11:00:00Z"),
          notAfter: Date.parse("2027-02-01T11:00:00Z"),
        },
      ],
    });
  });

  it("may begin with a byte order mark, as some programs save it", () => {
    const read = parseIssuances(`\uFEFF${JSON.stringify([answer()])}`, 0);
    expect(read.ok && read.value).toHaveLength(1);
    expect(parseIssuances(`\uFEFF\uFEFF${JSON.stringify([answer()])}`, 0)).toEqual({ ok: false, error: "not-json" });
  });

  it("has times in UTC if it names no zone", () => {
    const read = parseIssuances(JSON.stringify([answer({ not_before: "2026-11-03T11:00:00" })]), 0);
    expect(read.ok && read.value[0]?.notBefore).toBe(Date.parse("2026-11-03T11:00:00Z"));
  });

  const WRONG: [what: string, text: string, error: string][] = [
    ["nothing", "", "not-json"],
    ["incomplete", JSON.stringify([answer()]).slice(0, -20), "not-json"],
    ["a page of a web site", "<h1>Hello</h1>", "not-json"],
    ["no list", JSON.stringify(answer()), "malformed"],
    ["an error of the service", '{"code":"rate_limited","message":"…"}', "malformed"],
    ["an id that is a number", JSON.stringify([answer({ id: 1 })]), "malformed"],
    ["an empty id", JSON.stringify([answer({ id: "" })]), "malformed"],
    ["a digest that is short", JSON.stringify([answer({ cert_sha256: "ab" })]), "malformed"],
    ["a key’s digest in base64", JSON.stringify([answer({ pubkey_sha256: spki("K") })]), "malformed"],
    ["names that are no list", JSON.stringify([answer({ dns_names: INSTANCE })]), "malformed"],
    ["fields that were not expanded", JSON.stringify([answer({ dns_names: undefined })]), "malformed"],
    ["a time that is none", JSON.stringify([answer({ not_before: "soon" })]), "malformed"],
    ["a certificate that is no base64", JSON.stringify([answer({ cert_der: "<>" })]), "malformed"],
    ["one that is wrong among others", JSON.stringify([answer(), answer({ tbs_sha256: null })]), "malformed"],
    ["too deep", `${"[".repeat(33)}${"]".repeat(33)}`, "too-deep"],
    ["very deep, and incomplete", "[".repeat(1_000_000), "too-deep"],
  ];
  it.each(WRONG)("is refused whole: %s", (_, text, error) => {
    expect(parseIssuances(text, 0)).toEqual({ ok: false, error });
  });

  it("may have brackets and quotes in its texts", () => {
    const names = ['"[{[{[{[{[{', `\\"${"[".repeat(100)}`];
    const read = parseIssuances(JSON.stringify([answer({ dns_names: names })]), 0);
    expect(read.ok && read.value[0]?.names).toEqual(names);
  });
});
