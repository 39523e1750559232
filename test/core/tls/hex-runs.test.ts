import { describe, expect, it } from "vitest";
import { digitsOf, partsOf, runsIn } from "../../../src/core/tls/hex-runs";

it.each([
  ["AB:cd", "abcd"],
  ["ab cd\n-ef", "abcdef"],
  ["ab：cd–ef", "abcdef"],
  ["", ""],
])("takes the digits of %j for %j", (text, digits) => {
  expect(digitsOf(text)).toBe(digits);
});

const VALUE = "0123456789abcdef";
const RUNS: [what: string, text: string, runs: [text: string, label: string | undefined][]][] = [
  ["none in words", "so, where is it?", []],
  ["one value", VALUE, [[VALUE, undefined]]],
  ["digits with separators as one", "ab:cd - ef", [["ab:cd - ef", undefined]]],
  [
    "two, with a mark between that breaks no digest",
    `ab|cd`,
    [
      ["ab", undefined],
      ["cd", undefined],
    ],
  ],
  ["a value and its label", `Serial: ${VALUE}`, [[VALUE, "serial"]]],
  [
    "each value with its own label",
    `Serial: ${VALUE}\nFingerprint: ${VALUE}`,
    [
      [VALUE, "serial"],
      [VALUE, "fingerprint"],
    ],
  ],
  [
    "the label of a value, not the one of the next",
    `${VALUE} x; Serial: ${VALUE}`,
    [
      [VALUE, undefined],
      [VALUE, "serial"],
    ],
  ],
  [
    "no label of the value before it",
    `Serial: ${VALUE} | ${VALUE}`,
    [
      [VALUE, "serial"],
      [VALUE, undefined],
    ],
  ],
  ["no label of a few digits", "Serial: abcd", [["abcd", undefined]]],
  ["no digits of a hash's name", `SHA-256 ${VALUE}`, [[VALUE, undefined]]],
  ["no mark of a hex number", `0x${VALUE}`, [[VALUE, undefined]]],
];
it.each(RUNS)("finds %s", (_, text, runs) => {
  expect(runsIn(text).map((run) => [run.text.trim(), run.label])).toEqual(runs);
});

describe("the parts of a run that may be a digest", () => {
  const PARTS: [what: string, run: string, part: readonly string[]][] = [
    ["the whole of it", "abcd ef01", ["abcd ef01"]],
    ["each paragraph", "ab\n\ncd", ["ab", "cd"]],
    ["each line", "ab cd\nef 01", ["ab cd", "ef 01"]],
    ["each sentence", "ab cd. ef 01", ["ab cd", "ef 01"]],
    ["each word", "ab cd ef", ["ab", "cd", "ef"]],
    ["each piece between commas", "ab12,cd34", ["ab12", "cd34"]],
    ["pairs apart from a word of prose before them", "de 12:34:56:78", ["de", "12:34:56:78"]],
    ["pairs without a longer word of prose behind them", "12:34:56:78 added", ["12:34:56:78", ""]],
  ];
  it.each(PARTS)("are, among others, %s", (_, run, part) => {
    expect([...partsOf(run)].map((parts) => parts.map((text) => text.trim()))).toContainEqual(part);
  });

  it("begin with the whole run, which is the likeliest", () => {
    const [first] = partsOf("ab\ncd ef");
    expect(first).toEqual(["ab\ncd ef"]);
  });
});
