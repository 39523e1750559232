import { expect, it } from "vitest";
import { FINGERPRINT, inGroups, isFingerprint } from "../../../src/core/tls/fingerprint";
import { sha1, sha256, spki } from "../samples";

const VALUES: [what: string, value: unknown, is: boolean][] = [
  ["a SHA-1", sha1("a"), true],
  ["a SHA-256", sha256("0"), true],
  ["capitals", sha1("A"), false],
  ["a digit too few", "1".repeat(39), false],
  ["a digit too many", "1".repeat(65), false],
  ["a letter that is no digit", `g${"1".repeat(39)}`, false],
  ["a line break behind it", `${sha1("1")}\n`, false],
  ["pairs with colons", "11:".repeat(20).slice(0, -1), false],
  ["a key's digest", spki("K"), false],
  ["a number", 1, false],
  ["nothing", undefined, false],
];
it.each(VALUES)("takes for a fingerprint: %s (%j): %s", (_, value, is) => {
  expect(isFingerprint(value)).toBe(is);
  expect(FINGERPRINT.safeParse(value).success).toBe(is);
});

it.each([
  ["0123456789ab", ["0123", "4567", "89ab"]],
  ["01234", ["0123", "4"]],
  ["", []],
])("shows %j in groups of four", (digest, groups) => {
  expect(inGroups(digest)).toEqual(groups);
});
