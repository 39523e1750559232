import { expect, it } from "vitest";
import { lastFrom, sliceOf } from "../../../src/core/view/slice";

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
