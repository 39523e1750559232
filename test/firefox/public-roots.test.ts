// The list of public roots beside the roots of the Firefox that the tests run in.
import { expect, it } from "vitest";
import { roots, version } from "../../src/core/public-roots.json";
import { readOwnRoots } from "../lab/own-roots";

it("is Firefox's own list, but for what newer versions have added or dropped", async () => {
  const own = await readOwnRoots();
  const listed = new Set(roots.map(({ sha256 }) => sha256));
  const unknown = own.roots.filter(({ sha256 }) => !listed.has(sha256));
  expect(own.roots.length).toBeGreaterThan(100);
  if (own.version === version) expect(own.roots).toEqual(roots);
  // More than that, and the list is out of date: scripts/public-roots.ts makes a new one.
  else expect(unknown.length, JSON.stringify(unknown)).toBeLessThan(10);
});
