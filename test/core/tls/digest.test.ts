import { it, expect } from "vitest";
import { isSha1, isSha256, isSpki, plainHex, SHA1, SHA256, SPKI, spkiOfHex } from "../../../src/core/tls/digest";

it("shows the key’s digest in hex, and pins it in base64", () => {
  const bytes = Array.from({ length: 32 }, (_, index) => index * 8);
  const hex = Buffer.from(bytes).toString("hex");
  expect(spkiOfHex(hex)).toBe(Buffer.from(bytes).toString("base64"));
  expect(spkiOfHex(hex.toUpperCase())).toBe(spkiOfHex(hex));
});

const VALUES: [what: string, value: unknown, is: readonly [sha1: boolean, sha256: boolean, spki: boolean]][] = [
  ["a SHA-1", "a".repeat(40), [true, false, false]],
  ["a SHA-256", "0".repeat(64), [false, true, false]],
  ["a key's digest", `${"+/Az09".repeat(7)}a=`, [false, false, true]],
  ["a key's digest without its padding", "K".repeat(44), [false, false, false]],
  ["capitals", "A".repeat(40), [false, false, false]],
  ["a digit too few", "a".repeat(39), [false, false, false]],
  ["a digit too many", "a".repeat(65), [false, false, false]],
  ["a letter that is no digit", "g".repeat(64), [false, false, false]],
  ["a line break behind it", `${"a".repeat(40)}\n`, [false, false, false]],
  ["a number", 7, [false, false, false]],
  ["nothing", null, [false, false, false]],
];
it.each(VALUES)("recognizes the kind of a digest: %s (%j) is %j", (_, value, is) => {
  expect([isSha1(value), isSha256(value), isSpki(value)]).toEqual(is);
  expect([SHA1, SHA256, SPKI].map((schema) => schema.safeParse(value).success)).toEqual(is);
});

it.each([
  ["AB:CD:EF", "abcdef"],
  ["abcdef", "abcdef"],
  ["", ""],
])("writes Firefox's %j as %j", (text, plain) => {
  expect(plainHex(text)).toBe(plain);
});
