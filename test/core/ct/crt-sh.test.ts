import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { parseOpinion, plainSerial, secondOpinionUrl, serialKey } from "../../../src/core/ct/crt-sh";
import { INSTANCE } from "../samples";

const row = (more: object = {}): object => ({
  issuer_ca_id: 7,
  issuer_name: "C=US, O=Let’s Encrypt, CN=R11",
  common_name: INSTANCE,
  name_value: INSTANCE,
  id: 5,
  entry_timestamp: "2026-11-03T12:00:00.123",
  not_before: "2026-11-03T11:00:00",
  not_after: "2027-02-01T11:00:00",
  serial_number: "03FF",
  ...more,
});
const read = (...rows: object[]) => parseOpinion(JSON.stringify(rows));

it("asks for the exact host", () => {
  expect(secondOpinionUrl("abc.ui.nabu.casa:8443" as Address)).toBe(`https://crt.sh/?q=${INSTANCE}&output=json`);
});

it("reads a certificate and its precertificate as one", () => {
  expect(read(row({ id: 6, name_value: `${INSTANCE}\n*.b.example` }), row())).toEqual({
    ok: true,
    value: [
      {
        id: 6,
        issuer: "C=US, O=Let’s Encrypt, CN=R11",
        serial: "3ff",
        names: [INSTANCE, "*.b.example"],
        notBefore: Date.parse("2026-11-03T11:00:00Z"),
        notAfter: Date.parse("2027-02-01T11:00:00Z"),
      },
    ],
  });
  const two = read(row(), row({ serial_number: "04" }), row({ issuer_name: "CN=Other" }));
  expect(two.ok && two.value).toHaveLength(3);
});

it("distinguishes certificates by authority and serial number, in any notation", () => {
  expect(serialKey("C=US, O=X, CN=R11", "00Ab")).toBe(serialKey("CN=R11,O=X,C=US", "ab"));
  expect(serialKey("CN=R11", "ab")).not.toBe(serialKey("CN=R12", "ab"));
  expect(plainSerial("00")).toBe("0");
});

const TIMES: [what: string, text: string, utc: string][] = [
  ["without a zone, which means UTC", "2026-11-03T11:00:00", "2026-11-03T11:00:00Z"],
  ["with a Z", "2026-11-03T11:00:00Z", "2026-11-03T11:00:00Z"],
  ["with fractions", "2026-11-03T11:00:00.123", "2026-11-03T11:00:00.123Z"],
  ["with fractions and a Z", "2026-11-03T11:00:00.123Z", "2026-11-03T11:00:00.123Z"],
  ["with an offset", "2026-11-03T12:00:00+01:00", "2026-11-03T11:00:00Z"],
];
it.each(TIMES)("reads a time %s", (_, text, utc) => {
  expect(read(row({ not_before: text }))).toMatchObject({ ok: true, value: [{ notBefore: Date.parse(utc) }] });
});

describe("objects in a row, without a list", () => {
  const one = JSON.stringify(row());
  const two = JSON.stringify(row({ serial_number: "04", name_value: `}{ "\\" ${INSTANCE}` }));
  it.each([
    ["one alone", one, 1],
    ["two without anything between", `${one}${two}`, 2],
    ["one a line", `${one}\n${two}\n`, 2],
    ["with commas between", `${one},\n${two}`, 2],
  ])("are read: %s", (_, text, count) => {
    const parsed = parseOpinion(text);
    expect(parsed.ok && parsed.value).toHaveLength(count);
  });

  it.each([
    ["the second one incomplete", `${one}${two.slice(0, -20)}`, "not-json"],
    ["words between", `${one} and ${two}`, "not-json"],
    ["words after", `${one}${two}</html>`, "not-json"],
    ["lists in a row", `[${one}][${two}]`, "not-json"],
    ["a comma too many", `${one},,${two}`, "not-json"],
    ["a row that isn't crt.sh's", `${one}{"a":1}`, "malformed"],
  ])("are refused whole: %s", (_, text, error) => {
    expect(parseOpinion(text)).toEqual({ ok: false, error });
  });
});

const WRONG: [string, string, string][] = [
  ["a page of a web site", "<html>", "not-json"],
  ["no list", "{}", "malformed"],
  ["no serial number", JSON.stringify([row({ serial_number: "" })]), "malformed"],
  ["a time that is none", JSON.stringify([row({ not_after: "never" })]), "malformed"],
  ["a day that is none", JSON.stringify([row({ not_after: "2026-13-45T11:00:00" })]), "malformed"],
  ["a time with words after it", JSON.stringify([row({ not_after: "2026-11-03T11:00:00 or so" })]), "malformed"],
];
it.each(WRONG)("refuses %s", (_, text, error) => {
  expect(parseOpinion(text)).toEqual({ ok: false, error });
});
