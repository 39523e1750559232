import { expect, it } from "vitest";
import { lastFrom, newestOf, sliceOf } from "../../../src/core/view/slice";

const ALL = [1, 2, 3, 4, 5];
it.each<[string, readonly number[], number, readonly number[], number]>([
  ["from its start", ALL, 0, [1, 2], 0],
  ["from its middle", ALL, 2, [3, 4], 2],
  ["at its end, which is shorter", ALL, 4, [5], 4],
  ["that has become shorter: its last one", ALL, 20, [5], 4],
  ["that ends with a whole slice", ALL.slice(0, 4), 20, [3, 4], 2],
  ["that is empty", [], 4, [], 0],
])("gives a slice of a list %s", (_, all, from, items, begin) => {
  const slice = sliceOf(all, from, 2);
  expect(slice).toEqual({ items, from: begin, total: all.length, size: 2 });
  expect(lastFrom(slice)).toBeGreaterThanOrEqual(begin);
});

const dated = (...times: number[]): { at: number }[] => times.map((at) => ({ at }));
it.each<[string, number[], number[], number, number[], number]>([
  ["from its start", [1, 4, 5], [2, 3], 0, [5, 4], 0],
  ["from its middle", [1, 4, 5], [2, 3], 2, [3, 2], 2],
  ["at its end", [1, 4, 5], [2, 3], 20, [1], 4],
  ["of which one is empty", [], [2, 3], 0, [3, 2], 0],
  ["that are both empty", [], [], 2, [], 0],
])("gives a slice of two lists, the newest first, %s", (_, one, other, from, times, begin) => {
  const slice = newestOf(dated(...one), dated(...other), from, 2);
  expect(slice).toEqual({ items: dated(...times), from: begin, total: one.length + other.length, size: 2 });
});
