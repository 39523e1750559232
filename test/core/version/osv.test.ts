import { describe, expect, it } from "vitest";
import { covering, type Advisory } from "../../../src/core/version/advisory";
import { feedQuestion, merge, readPage, readRecords } from "../../../src/core/version/osv";
import { BUNDLED_ADVISORIES } from "../../../src/core/version/bundled-advisories";
import { parseVersion } from "../../../src/core/version/version";

const listed = (id: string, more: Partial<Advisory> = {}): Advisory => ({
  id,
  aliases: [],
  summary: "Someone may",
  link: `https://osv.dev/vulnerability/${id}`,
  shipped: false,
  ranges: [{ fixed: "2026.12.1" }],
  blocks: true,
  ...more,
});
const idsAt = (advisories: readonly Advisory[], text: string): string[] => {
  const version = parseVersion(text);
  return version.ok ? covering(advisories, version.value).map(({ id }) => id) : [];
};
const one = (advisories: readonly Advisory[], id: string): Advisory | undefined =>
  advisories.find((advisory) => advisory.id === id);

it("asks for the package alone: the query has nothing about the instance or its version", () => {
  expect(JSON.parse(feedQuestion(undefined))).toEqual({ package: { ecosystem: "PyPI", name: "homeassistant" } });
  expect(JSON.parse(feedQuestion("next"))).toEqual({
    package: { ecosystem: "PyPI", name: "homeassistant" },
    page_token: "next",
  });
});

it.each([
  ["{}", { ok: true, value: { records: [], next: undefined } }],
  ['{"vulns":[1],"next_page_token":"a"}', { ok: true, value: { records: [1], next: "a" } }],
  ['{"vulns":[],"next_page_token":""}', { ok: true, value: { records: [], next: undefined } }],
  ["<html>", { ok: false, error: "feed-malformed" }],
  ["[]", { ok: false, error: "feed-malformed" }],
  ['{"vulns":{}}', { ok: false, error: "feed-malformed" }],
  ['{"vulns":[],"next_page_token":7}', { ok: false, error: "feed-malformed" }],
])("reads the answer %s", (text, answer) => {
  expect(readPage(text)).toEqual(answer);
});

const RECORD = {
  id: "GHSA-1",
  affected: [
    {
      package: { ecosystem: "PyPI", name: "homeassistant" },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }] }],
    },
  ],
};
it("counts what it can't read, and rejects a list without any record", () => {
  expect(readRecords([RECORD, {}, 7])).toMatchObject({
    ok: true,
    value: { advisories: [{ id: "GHSA-1" }], unread: 2 },
  });
  expect(readRecords([{}, 7])).toEqual({ ok: false, error: "feed-empty" });
  expect(readRecords([])).toEqual({ ok: false, error: "feed-empty" });
});

it("keeps a limited number", () => {
  const answer = readRecords(Array.from({ length: 600 }, (_, index) => ({ ...RECORD, id: `GHSA-${String(index)}` })));
  expect(answer).toMatchObject({ ok: true, value: { unread: 100 } });
});

describe("joined with the shipped list", () => {
  it("adds new advisories", () => {
    const all = merge(BUNDLED_ADVISORIES, [listed("GHSA-new")]);
    expect(all).toHaveLength(BUNDLED_ADVISORIES.length + 1);
    expect(idsAt(all, "2026.11.2")).toEqual(["GHSA-new"]);
  });

  it.each([
    ["by id", listed("CVE-2025-62172", { ranges: [{ fixed: "2026.12.1" }] })],
    ["by an alias", listed("PYSEC-2026-1", { aliases: ["GHSA-mq77-rv97-285m"], ranges: [{ fixed: "2026.12.1" }] })],
  ])("tightens a shipped advisory, known %s, and doesn't make it block", (_, more) => {
    const all = merge(BUNDLED_ADVISORIES, [more]);
    expect(all).toHaveLength(BUNDLED_ADVISORIES.length);
    expect(one(all, "CVE-2025-62172")?.blocks).toBe(false);
    expect(idsAt(all, "2026.11.2")).toEqual(["CVE-2025-62172"]);
  });

  it("never narrows a shipped advisory", () => {
    const all = merge(BUNDLED_ADVISORIES, [
      listed("CVE-2023-27482", { ranges: [{ introduced: "2023.1.0", fixed: "2023.2.0" }], blocks: false }),
    ]);
    expect(one(all, "CVE-2023-27482")?.blocks).toBe(true);
    expect(idsAt(all, "2023.3.1")).toContain("CVE-2023-27482");
  });

  it("doesn't let a shipped advisory block a version that no update fixes", () => {
    const all = merge(BUNDLED_ADVISORIES, [listed("CVE-2023-27482", { ranges: [{}] })]);
    expect(idsAt(all, "2026.11.2")).toEqual([]);
  });

  it("keeps a shipped advisory that osv.dev withdrew, with a note, and drops one that only osv.dev had", () => {
    const withdrawn = "2026-11-20T00:00:00Z";
    const all = merge(BUNDLED_ADVISORIES, [
      listed("CVE-2023-27482", { withdrawn, ranges: [{ fixed: "2026.12.1" }] }),
      listed("GHSA-new", { withdrawn }),
    ]);
    expect(one(all, "CVE-2023-27482")).toMatchObject({ withdrawn, blocks: true });
    expect(idsAt(all, "2023.3.1")).toContain("CVE-2023-27482");
    expect(idsAt(all, "2026.11.2")).toEqual([]);
  });

  it("joins two records about one vulnerability, in force if one of them is", () => {
    const pysec = listed("PYSEC-9", { aliases: ["CVE-9"], ranges: [{ fixed: "2026.11.1" }], blocks: false });
    const ghsa = listed("GHSA-9", { aliases: ["CVE-9"] });
    const both = merge([], [pysec, ghsa]);
    expect(both).toMatchObject([{ id: "PYSEC-9", aliases: ["CVE-9", "GHSA-9"], blocks: true }]);
    expect(idsAt(both, "2026.12.0")).toEqual(["PYSEC-9"]);
    for (const order of [
      [{ ...pysec, withdrawn: "2026" }, ghsa],
      [ghsa, { ...pysec, withdrawn: "2026" }],
    ])
      expect(idsAt(merge([], order), "2026.12.0")).toHaveLength(1);
    expect(merge([], [ghsa, { ...pysec, ranges: [{}] }])[0]?.blocks).toBe(false);
  });

  it("loses no shipped advisory, even to a record that claims to be several of them", () => {
    const aliases = BUNDLED_ADVISORIES.map(({ id }) => id);
    const all = merge(BUNDLED_ADVISORIES, [listed("GHSA-all", { aliases })]);
    expect(all.map(({ id }) => id)).toEqual(aliases);
  });
});
