import { describe, expect, it } from "vitest";
import { parsePinFile, writePinFile } from "../../../src/core/pin/pin-file";
import { confirmed, told } from "../samples";

const PINS = [confirmed("1", "K", { note: "Müller’s" }), told("2")];
const TEXT = writePinFile(PINS);
/** What a browser, or Node, makes of a file's bytes where it takes them for UTF-8, as `File.text()` does. */
const asUtf8 = (bytes: Uint8Array, ignoreBOM: boolean): string => new TextDecoder("utf-8", { ignoreBOM }).decode(bytes);
const bytesOf = (text: string, encoding: "utf8" | "utf16le" | "utf16be"): Buffer =>
  encoding === "utf16be" ? Buffer.from(text, "utf16le").swap16() : Buffer.from(text, encoding);

describe("a file of pins as editors save it", () => {
  it.each([
    ["as exported", TEXT],
    ["with a byte order mark", `\uFEFF${TEXT}`],
    ["with the line ends of Windows", TEXT.replaceAll("\n", "\r\n")],
    ["with both", `\uFEFF${TEXT.replaceAll("\n", "\r\n")}`],
  ])("is read %s, whether or not the mark is left in", (_, text) => {
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
  ] as const)("is told to be UTF-16 %s", (_, mark, encoding) => {
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
