// Compares the list of public roots with the roots of the Firefox that the tests run in.
import { expect, it } from "vitest";
import { digests, names, version } from "../../src/core/tls/public-roots.json";
import { readOwnRoots } from "../lab/own-roots";

it("is Firefox's own list, except for roots that newer versions have added or dropped", async () => {
  const { roots, ...own } = await readOwnRoots();
  const found = roots.map(({ name, sha256 }) => ({ name, digest: sha256 }));
  const listed = new Set(digests);
  const unknown = found.filter(({ digest }) => !listed.has(digest));
  expect(found.length).toBeGreaterThan(100);
  if (own.version === version) expect(found).toEqual(digests.map((digest, index) => ({ name: names[index], digest })));
  // If there are more, the list is out of date: scripts/public-roots.ts makes a new one.
  else expect(unknown.length, JSON.stringify(unknown)).toBeLessThan(10);
});
