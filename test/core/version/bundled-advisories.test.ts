// Compares the shipped list with a stored copy of osv.dev's answer, so that a release can't forget an advisory. The copy
// has osv.dev's format and the facts of the public records (GitHub, PyPA and CVE lists): names, dates, ranges, ratings.
// Its summaries are ours, the dates of modification are the copy's, and the long lists of single versions are cut to a few.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AS_OF, COMPARED_FOR, WHY, advisoriesFile } from "../../../scripts/advisories";
import { root } from "../../../scripts/build";
import { covers, opensTheInstance, type Advisory, covering, fixOf } from "../../../src/core/version/advisory";
import { version as release } from "../../../package.json";
import published from "../../../src/core/version/advisories.json";
import { isSame, merge, namesOf, readPage, readRecords } from "../../../src/core/version/osv";
import { BUNDLED_ADVISORIES } from "../../../src/core/version/bundled-advisories";
import { parseVersion, type Version } from "../../../src/core/version/version";
import { readFile } from "node:fs/promises";

// A newer list asks for a newer copy: curl -d '{"package":{"ecosystem":"PyPI","name":"homeassistant"}}' with FEED_URL.
const ANSWER = readFileSync(join(root, `test/core/version/osv-dev-${AS_OF}.json`), "utf8");

const page = readPage(ANSWER);
const listed = readRecords(page.ok ? page.value.records : []);
const OSV: readonly Advisory[] = listed.ok ? listed.value.advisories : [];
const version = (text: string): Version => {
  const parsed = parseVersion(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};
/** The first and the last version of a range; the beta of a fix is the last one before it. */
const endsOf = ({ ranges }: Advisory): string[] =>
  ranges.flatMap(({ introduced = "0.1.0", fixed, last }) => [introduced, last ?? `${fixed ?? "9999.1.0"}b0`]);
const shippedFor = (record: Advisory): Advisory | undefined =>
  BUNDLED_ADVISORIES.find((advisory) => isSame(advisory, namesOf(record)));
const GRAVITY = ["LOW", "MODERATE", "HIGH", "CRITICAL"];

it("is compared again for each release", () => {
  expect(COMPARED_FOR).toBe(release);
});

it("has a copy that can be read whole", () => {
  expect(page).toMatchObject({ ok: true, value: { next: undefined } });
  expect(listed).toMatchObject({ ok: true, value: { unread: 0 } });
  expect(OSV.length).toBeGreaterThan(15);
});

describe.each(OSV.map((record) => [record.id, record] as const))("%s on osv.dev", (_, record) => {
  it("is in the shipped list", () => {
    expect(shippedFor(record)?.id).toBeDefined();
  });

  it("has each of its names there", () => {
    expect(namesOf(shippedFor(record) ?? { id: "", aliases: [] })).toEqual(expect.arrayContaining(namesOf(record)));
  });

  it("affects no version that the shipped one does not", () => {
    const shipped = shippedFor(record);
    for (const text of endsOf(record)) expect(shipped !== undefined && covers(shipped, version(text)), text).toBe(true);
  });

  it("is not rated higher than the shipped one", () => {
    const { severity } = record;
    if (severity !== undefined)
      expect(GRAVITY.indexOf(shippedFor(record)?.severity ?? "")).toBeGreaterThanOrEqual(GRAVITY.indexOf(severity));
  });
});

it("adds nothing to the shipped list", () => {
  expect(merge(BUNDLED_ADVISORIES, OSV).map(({ id, aliases }) => [id, aliases.toSorted()])).toEqual(
    BUNDLED_ADVISORIES.map(({ id, aliases }) => [id, aliases.toSorted()]),
  );
});

/** By the publishers' own rating, no login and no help from a user is needed. */
const needsNobody = ({ severity }: { readonly severity: readonly { readonly score: string }[] }): boolean =>
  severity.some(({ score }) => score.includes("/PR:N/") && score.includes("/UI:N/"));

it("says why for each advisory that needs no login and does not block", () => {
  const silent = published.filter(
    (record) => needsNobody(record) && !record.database_specific.blocks && !WHY.has(record.id),
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
});

it("blocks, or says why not, if Latchkey would block by osv.dev alone", () => {
  const blocking = OSV.filter(({ blocks }) => blocks).flatMap((record) => shippedFor(record)?.id ?? record.id);
  expect([...new Set(blocking)]).toEqual(["CVE-2026-64825", "CVE-2018-21019"]);
  for (const { id, severity, database_specific } of published)
    if (opensTheInstance(severity.map(({ score }) => score)))
      expect(database_specific.blocks || WHY.has(id), id).toBe(true);
});

it("is the file that the table generates", async () => {
  expect(await readFile(join(root, "src/core/version/advisories.json"), "utf8")).toBe(await advisoriesFile());
});
const shipped = (id: string): Advisory => {
  const found = BUNDLED_ADVISORIES.find((advisory) => advisory.id === id);
  if (found === undefined) throw new Error(`${id} is not shipped`);
  return found;
};

/** The last version outside and the first inside, the last inside and the first outside. */
const EDGES: [id: string, before: string | undefined, first: string, last: string, after: string][] = [
  ["NABUCASA-2021-01-23", undefined, "0.118.5", "2021.1.4", "2021.1.5"],
  ["CVE-2021-3152", undefined, "0.118.5", "2021.1.2", "2021.1.3"],
  ["CVE-2023-27482", undefined, "0.118.5", "2023.3.1", "2023.3.2"],
  ["CVE-2023-41893", undefined, "0.118.5", "2023.8.4", "2023.9.0"],
  ["CVE-2023-41894", undefined, "0.118.5", "2023.8.4", "2023.9.0"],
  ["CVE-2023-41895", undefined, "0.118.5", "2023.8.4", "2023.9.0"],
  ["CVE-2023-41896", undefined, "0.118.5", "2023.8.4", "2023.9.0"],
  ["CVE-2023-41897", undefined, "0.118.5", "2023.8.4", "2023.9.0"],
  ["CVE-2023-41899", undefined, "0.118.5", "2023.8.4", "2023.9.0"],
  ["CVE-2023-50715", undefined, "0.118.5", "2023.12.2", "2023.12.3"],
  ["CVE-2025-25305", undefined, "0.118.5", "2024.1.5", "2024.1.6"],
  ["CVE-2025-65713", undefined, "0.118.5", "2025.7.4", "2025.8.0"],
  ["CVE-2025-62172", "2024.12.5", "2025.1.0", "2025.10.1", "2025.10.2"],
  ["CVE-2026-33044", "0.118.5", "2020.2.0", "2025.12.5", "2026.1.0"],
  ["CVE-2026-33045", "2025.1.4", "2025.2.0", "2025.12.5", "2026.1.0"],
  ["CVE-2026-54317", undefined, "0.118.5", "2026.5.4", "2026.6.0"],
  ["CVE-2026-64825", undefined, "0.118.5", "2026.5.4", "2026.6.0"],
  ["CVE-2026-64824", undefined, "0.118.5", "2026.6.4", "2026.7.0"],
  ["CVE-2026-91129", undefined, "0.118.5", "2026.2.2", "2026.2.3"],
  ["CVE-2026-91130", undefined, "0.118.5", "2026.6.4", "2026.7.0"],
  ["CVE-2018-21019", undefined, "0.1.0", "0.66.1", "0.67.0"],
  ["CVE-2017-16782", undefined, "0.1.0", "0.56.2", "0.57.0"],
];

describe("the shipped list", () => {
  it("has a row of edge versions for each advisory", () => {
    expect(BUNDLED_ADVISORIES.map(({ id }) => id)).toEqual(EDGES.map(([id]) => id));
  });

  it.each(EDGES)("%s: not %s, but %s to %s, and not %s", (id, before, first, last, after) => {
    const advisory = shipped(id);
    if (before !== undefined) expect(covers(advisory, version(before))).toBe(false);
    expect(covers(advisory, version(first))).toBe(true);
    expect(covers(advisory, version(last))).toBe(true);
    expect(covers(advisory, version(after))).toBe(false);
    // A beta of the version that fixes it is older than the fix.
    expect(covers(advisory, version(`${after}b3`))).toBe(true);
  });

  it("blocks only if no login is needed and the tunnel reaches it", () => {
    const blocking = BUNDLED_ADVISORIES.filter(({ blocks }) => blocks);
    expect(blocking.map(({ id }) => id)).toEqual(["NABUCASA-2021-01-23", "CVE-2021-3152", "CVE-2023-27482"]);
    expect(blocking.every(({ needs }) => needs === "nothing")).toBe(true);
    expect(BUNDLED_ADVISORIES.filter(({ needs }) => needs === "nothing")).toEqual(blocking);
  });

  it("has summaries that fit: none is cut to size", () => {
    expect(BUNDLED_ADVISORIES.filter(({ summary }) => summary.endsWith("…")).map(({ id }) => id)).toEqual([]);
  });

  it("links each advisory to its own page, and names nothing twice", () => {
    for (const { link } of BUNDLED_ADVISORIES) expect(link).toMatch(/^https:\/\/[^ ]+$/u);
    const names = BUNDLED_ADVISORIES.flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });
});

const FIXES: [version: string, blocks: boolean, covered: number, fix: string | undefined][] = [
  ["2021.1.2", true, 18, "2026.7.0"],
  ["2021.1.4", true, 17, "2026.7.0"],
  ["2021.1.5", true, 16, "2026.7.0"],
  ["2023.3.2", false, 15, "2026.7.0"],
  ["2024.3.3", false, 7, "2026.7.0"],
  ["2026.2.3", false, 4, "2026.7.0"],
  ["2026.6.0", false, 2, "2026.7.0"],
  ["2026.7.0b1", false, 2, "2026.7.0"],
  ["2026.7.0", false, 0, undefined],
  ["2026.11.2", false, 0, undefined],
];
it.each(FIXES)("advises on %s: blocks %s, covered by %d, fixed by %s", (text, blocks, covered, fix) => {
  const found = covering(BUNDLED_ADVISORIES, version(text));
  expect(found.some((advisory) => advisory.blocks)).toBe(blocks);
  expect(found).toHaveLength(covered);
  expect(fixOf(BUNDLED_ADVISORIES, version(text))).toEqual(fix === undefined ? undefined : { from: fix });
});
