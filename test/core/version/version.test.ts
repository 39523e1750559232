import { compare as compareByPep440 } from "@renovatebot/pep440";
import { describe, expect, it } from "vitest";
import { compareVersions, parseVersion, type Version } from "../../../src/core/version/version";
import { fc, test } from "../properties";

const read = (text: string): Version => {
  const parsed = parseVersion(text);
  if (!parsed.ok) throw new Error(`${text} is not understood`);
  return parsed.value;
};
const order = (one: string, other: string): number => Math.sign(compareVersions(read(one), read(other)));

/** Oldest first; those on a line are the same. */
const LADDER = [
  ["0.57", "0.57.0"],
  ["0.67.0"],
  ["0.118.5"],
  ["2020.02", "2020.2.0"],
  ["2020.12.0"],
  ["2021.1.2"],
  ["2021.1.4"],
  ["2021.1.5b0"],
  ["2021.1.5"],
  ["2021.1.10"],
  ["2021.12.0"],
  ["2023.03.1", "2023.3.1"],
  ["2023.3.2"],
  ["2024.1.0.dev0"],
  ["2024.1.0b2"],
  ["2024.1.0b10"],
  ["2024.1.0"],
  ["2025.1.0.dev20241130"],
  ["2025.1.0.dev20241201"],
  ["2025.1.0.dev202412010213"],
  ["2025.1.0b0"],
  ["2025.1.0"],
  ["2026.01", "2026.1", "2026.1.0"],
  ["2026.11.2"],
];

it("orders every form that Home Assistant and its advisories have used", () => {
  const rungs = LADDER.flatMap((rung, height) => rung.map((text) => ({ text, height })));
  for (const one of rungs)
    for (const other of rungs)
      expect(order(one.text, other.text), `${one.text} and ${other.text}`).toBe(Math.sign(one.height - other.height));
});

it.each([
  ["", "2024", "2024.", "2024.1.", ".1.2", "2024.1.0.0", "v2024.1.0", "2024.1.0 ", " 2024.1.0", "2024.1.0\n"],
  ["2024.1.0rc1", "2024.1.0b", "2024.1.0.dev", "2024.1.0dev0", "2024.1.0.b1", "2024.1.0b1.dev0", "2024.1.0+local"],
  [
    "2024.1.-1",
    "1e3.1.0",
    "٢٠٢٤.1.0",
    "latest",
    "<b>2024.1.0</b>",
    "2024.1.0B2",
    `${"9".repeat(10)}.1.0`,
    "1!2024.1.0",
  ],
])("doesn't understand %j", (...texts) => {
  for (const text of texts) expect(parseVersion(text), text).toEqual({ ok: false, error: "version-not-understood" });
});

const number = fc.nat({ max: 30 });
const FORMS = fc
  .tuple(
    fc.constantFrom("0", "1", "2020", "2021", "2024"),
    number,
    fc.option(number),
    fc.constantFrom("", "b", ".dev"),
    fc.oneof(number, fc.constantFrom(20241201, 202412010213)),
    fc.boolean(),
  )
  .map(([major, minor, patch, stage, count, padded]) =>
    [
      `${major}.${padded ? String(minor).padStart(2, "0") : String(minor)}`,
      patch === null ? "" : `.${String(patch)}`,
      stage === "" ? "" : `${stage}${String(count)}`,
    ].join(""),
  );

describe("the order", () => {
  test("agrees with PEP 440", [fc.tuple(FORMS, FORMS)], ([one, other]) => {
    expect(order(one, other)).toBe(Math.sign(compareByPep440(one, other)));
  });

  test("is antisymmetric", [fc.tuple(FORMS, FORMS)], ([one, other]) => {
    expect(order(one, other)).toBe(0 - order(other, one));
  });

  test("is transitive", [fc.tuple(FORMS, FORMS, FORMS)], (texts) => {
    const [low, middle, high] = texts.toSorted(order);
    expect(order(low ?? "", middle ?? "")).toBeLessThanOrEqual(0);
    expect(order(low ?? "", high ?? "")).toBeLessThanOrEqual(0);
  });

  test("never throws, for any announced text", [fc.string()], (text) => {
    expect(typeof parseVersion(text).ok).toBe("boolean");
  });
});
