import { describe, expect, it } from "vitest";
import { parsePinFile, writePinFile } from "../../../src/core/pin/pin-file";
import { confirmed, unconfirmed, seenTls, certificate, sha256, sha1, stateOf } from "../samples";
import type { Address } from "../../../src/core/address";
import { observe } from "../../../src/core/state/reduce";
import type { State } from "../../../src/core/state/state";

const PINS = [confirmed("1", "K", { note: "Müller’s" }), unconfirmed("2")];
const TEXT = writePinFile(PINS);
/** What a browser, or Node, makes of a file's bytes if it reads them as UTF-8, as `File.text()` does. */
const asUtf8 = (bytes: Uint8Array, ignoreBOM: boolean): string => new TextDecoder("utf-8", { ignoreBOM }).decode(bytes);
const bytesOf = (text: string, encoding: "utf8" | "utf16le" | "utf16be"): Buffer =>
  encoding === "utf16be" ? Buffer.from(text, "utf16le").swap16() : Buffer.from(text, encoding);

describe("a file of pins as editors save it", () => {
  it.each([
    ["as exported", TEXT],
    ["with a byte order mark", `\uFEFF${TEXT}`],
    ["with the line ends of Windows", TEXT.replaceAll("\n", "\r\n")],
    ["with both", `\uFEFF${TEXT.replaceAll("\n", "\r\n")}`],
  ])("is read %s, with the mark left in or removed", (_, text) => {
    for (const ignoreBOM of [true, false])
      expect(parsePinFile(asUtf8(bytesOf(text, "utf8"), ignoreBOM))).toEqual({ ok: true, value: PINS });
  });

  it("counts lines and places the same with a byte order mark", () => {
    const wrong = TEXT.replace('"source": "typed"', '"source": "found"');
    const error = parsePinFile(wrong);
    expect(error).toMatchObject({ ok: false, error: { code: "import-field", field: "pins[0].source" } });
    expect(parsePinFile(`\uFEFF${wrong}`)).toEqual(error);
  });

  it.each([
    ["with its mark", "\uFEFF", "utf16le"],
    ["without its mark", "", "utf16le"],
    ["with its mark, the other way round", "\uFEFF", "utf16be"],
    ["without its mark, the other way round", "", "utf16be"],
  ] as const)("is recognized as UTF-16 %s", (_, mark, encoding) => {
    for (const ignoreBOM of [true, false]) {
      const text = asUtf8(bytesOf(mark + TEXT, encoding), ignoreBOM);
      expect(parsePinFile(text)).toEqual({ ok: false, error: { code: "import-utf-16" } });
    }
  });

  it.each([
    ["a mark and nothing", "\uFEFF"],
    ["two marks", `\uFEFF\uFEFF${TEXT}`],
    ["a mark in the middle", TEXT.replace('"pins"', '\uFEFF"pins"')],
  ])("is refused: %s", (_, text) => {
    expect(parsePinFile(text)).toMatchObject({ ok: false, error: { code: "import-not-json" } });
  });
});
const OWN = "ha.example.org" as Address;

describe("a file of pins", () => {
  const file = (pins: unknown): string => JSON.stringify({ format: "latchkey-pins", version: 2, pins }, undefined, 2);

  it("holds all exported pins", () => {
    const pins = [confirmed("1", "K"), unconfirmed("2", { hosts: [OWN], note: "second instance" })];
    expect(parsePinFile(writePinFile(pins))).toEqual({ ok: true, value: pins });
  });

  it.each([
    ["", { code: "import-not-json", line: 1 }],
    ["{\n\n  oops }", { code: "import-not-json", line: 3 }],
    ["[]", { code: "import-field", line: 1, field: "" }],
    [file([]).replace("latchkey-pins", "other"), { code: "import-field", line: 2, field: "format" }],
    [file([]).replace('"version": 2', '"version": 3'), { code: "import-field", line: 3, field: "version" }],
    [
      file([{ ...unconfirmed("1"), fingerprint: "12" }]),
      { code: "import-field", line: 9, field: "pins[0].fingerprint" },
    ],
    [
      file([{ ...unconfirmed("1"), hosts: ["http://x"] }]),
      { code: "import-field", line: 7, field: "pins[0].hosts[0]" },
    ],
    [file([{ ...unconfirmed("1"), source: "guessed" }]), { code: "import-field", field: "pins[0].source" }],
    [file([{ ...unconfirmed("1"), extra: 1 }]), { code: "import-field", line: 13, field: "pins[0].extra" }],
    [
      file([unconfirmed("1"), unconfirmed("1", { hosts: [OWN] })]),
      { code: "import-twice", field: "pins[1].fingerprint" },
    ],
    ["x".repeat(2_000_001), { code: "import-too-large" }],
  ])("is refused whole, with its line and field: %.60s", (text, error) => {
    expect(parsePinFile(text)).toMatchObject({ ok: false, error });
  });
});

it("reads a file of the first format, which has toldAt instead of pinnedAt", () => {
  const { pinnedAt, ...others } = confirmed("1", "K");
  const old = { ...others, toldAt: pinnedAt };
  const file = (pins: object[]): string => JSON.stringify({ format: "latchkey-pins", version: 1, pins });
  expect(parsePinFile(file([old]))).toEqual({ ok: true, value: [confirmed("1", "K")] });
  expect(parsePinFile(file([{ ...others, pinnedAt }]))).toMatchObject({
    ok: false,
    error: { field: "pins[0].toldAt" },
  });
});

const AT = 1_795_000_000_000;
const state = (pins = [unconfirmed("1")]): State => stateOf(pins);

it("has no last certificate, because its format is fixed, and nothing about a warning", () => {
  const parsed = parsePinFile(writePinFile([confirmed("1", "K", { wasOnWarning: true })]));
  const [one] = parsed.ok ? parsed.value : [];
  expect(one).toEqual(confirmed("1", "K"));
  const seen = observe(state(), seenTls(certificate("1", "K"), { at: AT })).state;
  expect(writePinFile(seen.stored.pins)).not.toContain("last");
  expect(parsePinFile(writePinFile(seen.stored.pins)).ok).toBe(true);
});

it("has both digests of a certificate, which older files may lack", () => {
  const pins = [unconfirmed("1", { fingerprint: sha256("1"), sha1: sha1("1") })];
  expect(parsePinFile(writePinFile(pins))).toEqual({ ok: true, value: pins });
  expect(parsePinFile(writePinFile([unconfirmed("1"), confirmed("2", "K")]))).toMatchObject({ ok: true });
});
