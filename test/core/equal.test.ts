import { expect, it } from "vitest";
import { isEqual } from "../../src/core/equal";

const ROWS: readonly [name: string, one: unknown, other: unknown, expected: boolean][] = [
  ["the same text", "a", "a", true],
  ["another text", "a", "b", false],
  ["a number and its text", 1, "1", false],
  ["zero and nothing", 0, undefined, false],
  ["zero and false", 0, false, false],
  ["null and null", null, null, true],
  ["null and nothing", null, undefined, false],
  ["null and an object", null, {}, false],
  ["an object and null", {}, null, false],
  ["two that are not numbers", Number.NaN, Number.NaN, true],
  ["two empty objects", {}, {}, true],
  ["the same fields in another order", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ["another value", { a: 1 }, { a: 2 }, false],
  ["another key", { a: 1 }, { b: 1 }, false],
  ["a field more", { a: 1 }, { a: 1, b: 2 }, false],
  ["a field less", { a: 1, b: 2 }, { a: 1 }, false],
  ["a field without a value", { a: 1, b: undefined }, { a: 1 }, true],
  ["a field without a value on the other side", { a: 1 }, { a: 1, b: undefined }, true],
  ["a field without a value for another field", { a: undefined }, { b: 1 }, false],
  ["null for a field without a value", { a: null }, { a: undefined }, false],
  ["a field that every object inherits", JSON.parse('{"__proto__":{}}'), {}, false],
  ["two empty lists", [], [], true],
  ["the same list", [1, "a", null], [1, "a", null], true],
  ["a list in another order", [1, 2], [2, 1], false],
  ["a longer list", [1], [1, 2], false],
  ["a shorter list", [1, 2], [1], false],
  ["a list that ends in nothing", [1, undefined], [1], false],
  ["an empty list and an empty object", [], {}, false],
  ["an empty object and an empty list", {}, [], false],
  ["a list and an object with its indexes", ["a"], { 0: "a" }, false],
  ["the same in depth, in another order", { a: [{ b: 1, c: [2] }] }, { a: [{ c: [2], b: 1 }] }, true],
  ["another value in depth", { a: [{ b: 1, c: [2] }] }, { a: [{ b: 1, c: [3] }] }, false],
];

it.each(ROWS)("compares %s", (_name, one, other, expected) => {
  expect(isEqual(one, other)).toBe(expected);
  expect(isEqual(other, one)).toBe(expected);
});
