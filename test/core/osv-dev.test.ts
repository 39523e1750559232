// Compares the shipped list with a stored copy of osv.dev's answer, so that a release can't forget an advisory. The copy
// has osv.dev's format and the facts of the public records (GitHub, PyPA and CVE lists): names, dates, ranges, ratings.
// Its summaries are ours, the dates of modification are the copy's, and the long lists of single versions are cut to a few.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AS_OF, COMPARED_FOR, WHY } from "../../scripts/advisories";
import { root } from "../../scripts/build";
import { covers, opensTheInstance, type Advisory } from "../../src/core/version/advisory";
import { version as release } from "../../package.json";
import published from "../../src/core/version/advisories.json";
import { isSame, merge, namesOf, readPage, readRecords } from "../../src/core/version/osv";
import { BUNDLED_ADVISORIES } from "../../src/core/version/bundled-advisories";
import { parseVersion, type Version } from "../../src/core/version/version";

// A newer list asks for a newer copy: curl -d '{"package":{"ecosystem":"PyPI","name":"homeassistant"}}' with FEED_URL.
const ANSWER = readFileSync(join(root, `test/core/osv-dev-${AS_OF}.json`), "utf8");

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

it("is compared anew for each release", () => {
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

it("adds nothing when it is joined with the shipped list", () => {
  expect(merge(BUNDLED_ADVISORIES, OSV).map(({ id, aliases }) => [id, aliases.toSorted()])).toEqual(
    BUNDLED_ADVISORIES.map(({ id, aliases }) => [id, aliases.toSorted()]),
  );
});

/** Nobody has to log in or to help, by the publishers' own rating. */
const needsNobody = ({ severity }: { readonly severity: readonly { readonly score: string }[] }): boolean =>
  severity.some(({ score }) => score.includes("/PR:N/") && score.includes("/UI:N/"));

it("says why for each advisory that needs no login and does not block", () => {
  const silent = published.filter(
    (record) => needsNobody(record) && !record.database_specific.blocks && !WHY.has(record.id),
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
});

it("blocks, or says why not, where osv.dev alone would have Latchkey block", () => {
  const blocking = OSV.filter(({ blocks }) => blocks).flatMap((record) => shippedFor(record)?.id ?? record.id);
  expect([...new Set(blocking)]).toEqual(["CVE-2026-64825", "CVE-2018-21019"]);
  for (const { id, severity, database_specific } of published)
    if (opensTheInstance(severity.map(({ score }) => score)))
      expect(database_specific.blocks || WHY.has(id), id).toBe(true);
});
