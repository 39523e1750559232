import { describe, expect, it } from "vitest";
import { covers, fixOf, opensTheInstance, readOsv, type Advisory, type Fix } from "../../../src/core/version/advisory";
import { parseVersion, type Version } from "../../../src/core/version/version";

const version = (text: string): Version => {
  const parsed = parseVersion(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};

const PACKAGE = { ecosystem: "PyPI", name: "homeassistant" };
const OPEN = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";
const osv = (events: object[], more: object = {}): object => ({
  id: "GHSA-1",
  summary: "Anyone may",
  severity: [{ type: "CVSS_V3", score: OPEN }],
  affected: [{ package: PACKAGE, ranges: [{ type: "ECOSYSTEM", events }] }],
  ...more,
});
const read = (record: object): Advisory => {
  const parsed = readOsv(record);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
const FIXED = [{ introduced: "0" }, { fixed: "2026.12.1" }];

describe("a record of osv.dev", () => {
  const RANGES: [what: string, events: object[], inside: string[], outside: string[]][] = [
    ["a fix", FIXED, ["0.1.0", "2026.12.0", "2026.12.1b1"], ["2026.12.1"]],
    ["a last one", [{ introduced: "2026.1.0" }, { last_affected: "2026.2.0" }], ["2026.2.0"], ["2026.2.1", "2025.1.0"]],
    ["no end", [{ introduced: "2026.1.0" }], ["2030.1.0"], ["2025.12.9"]],
    [
      "two spans, out of order",
      [{ fixed: "2026.4.0" }, { introduced: "2026.3.0" }, { fixed: "2026.2.0" }, { introduced: "0" }],
      ["2026.1.9", "2026.3.0"],
      ["2026.2.0", "2026.4.0"],
    ],
  ];
  it.each(RANGES)("covers the versions between its events: %s", (_, events, inside, outside) => {
    const advisory = read(osv(events));
    for (const text of inside) expect(covers(advisory, version(text)), text).toBe(true);
    for (const text of outside) expect(covers(advisory, version(text)), text).toBe(false);
  });

  it("covers the single versions that it lists if it has no range", () => {
    const advisory = read(osv([], { affected: [{ package: PACKAGE, versions: ["2026.1.0", "2026.1.1"] }] }));
    expect(["2026.0.9", "2026.1.0", "2026.1.1", "2026.1.2"].map((text) => covers(advisory, version(text)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it.each([
    ["no record", 7],
    ["no id", { ...osv(FIXED), id: undefined }],
    ["an id that is a link", osv(FIXED, { id: "javascript:alert(1)//" })],
    ["another package", osv(FIXED, { affected: [{ package: { ecosystem: "npm", name: "homeassistant" } }] })],
    [
      "a package that begins like ours",
      osv(FIXED, { affected: [{ package: { ...PACKAGE, name: "homeassistant-x" } }] }),
    ],
    ["a version that is not understood", osv([{ introduced: "0" }, { fixed: "2026.1.0rc1" }])],
    ["no version at all", osv([])],
    [
      "commits only",
      osv([], { affected: [{ package: PACKAGE, ranges: [{ type: "GIT", events: [{ introduced: "0" }] }] }] }),
    ],
  ])("is left out: %s", (_, record) => {
    expect(readOsv(record)).toEqual({ ok: false, error: "osv-unreadable" });
  });

  it("can't decide whether it blocks or where its link leads, and is cut to size", () => {
    const said = {
      database_specific: { blocks: true, severity: "SEVERE" },
      references: [{ url: "https://evil.example" }],
    };
    const advisory = read(osv(FIXED, { ...said, severity: [], summary: "x".repeat(9999) }));
    expect(advisory).toMatchObject({ blocks: false, link: "https://osv.dev/vulnerability/GHSA-1", shipped: false });
    expect(advisory.severity).toBeUndefined();
    expect(advisory.summary).toHaveLength(240);
  });

  it("blocks if it opens the instance, and only if there is a version to update to", () => {
    expect(read(osv(FIXED)).blocks).toBe(true);
    expect(read(osv([{ introduced: "2026.1.0" }])).blocks).toBe(false);
    expect(read(osv([{ introduced: "2026.1.0" }, { last_affected: "2026.2.0" }])).blocks).toBe(false);
  });
});

/** What is affected, as events of advisories of their own, and the first version that none of them covers. */
const ENDS: [what: string, all: object[][], of: string, fix: Fix | undefined][] = [
  [
    "ends with its last version",
    [[{ introduced: "0" }, { last_affected: "2026.2.0" }]],
    "2026.1.0",
    { after: "2026.2.0" },
  ],
  ["affects nothing later", [[{ introduced: "0" }, { last_affected: "2026.2.0" }]], "2026.2.1b0", undefined],
  ["ends with a beta", [[{ introduced: "0" }, { last_affected: "2026.2.0b3" }]], "2026.2.0b1", { after: "2026.2.0b3" }],
  [
    "ends in a range that another one fixes later",
    [
      [{ introduced: "0" }, { last_affected: "2026.2.0" }],
      [{ introduced: "0" }, { fixed: "2026.3.0" }],
    ],
    "2026.1.0",
    { from: "2026.3.0" },
  ],
  [
    "ends later than another one is fixed",
    [
      [{ introduced: "0" }, { last_affected: "2026.3.0" }],
      [{ introduced: "0" }, { fixed: "2026.3.0" }],
    ],
    "2026.1.0",
    { after: "2026.3.0" },
  ],
  [
    "ends where another one begins",
    [
      [{ introduced: "0" }, { last_affected: "2026.2.0" }],
      [{ introduced: "2026.2.0" }, { fixed: "2026.4.1" }],
    ],
    "2026.1.0",
    { from: "2026.4.1" },
  ],
  [
    "has one that never ends",
    [[{ introduced: "0" }, { last_affected: "2026.2.0" }], [{ introduced: "0" }]],
    "2026.1.0",
    undefined,
  ],
];
it.each(ENDS)("names the version that fixes what %s", (_, all, of, fix) => {
  expect(
    fixOf(
      all.map((events) => read(osv(events))),
      version(of),
    ),
  ).toEqual(fix);
});

const VECTORS: [opens: boolean, vectors: string[]][] = [
  [true, [OPEN]],
  [true, ["CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"]],
  [true, ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:H/VA:L/SC:N/SI:H/SA:L"]],
  [false, []],
  [false, ["CVSS:2.0/AV:N/AC:L/Au:N/C:C/I:C/A:C"]],
  [false, [OPEN.replace("AV:N", "AV:A")]],
  [false, [OPEN.replace("AC:L", "AC:H")]],
  [false, [OPEN.replace("PR:N", "PR:L")]],
  [false, [OPEN.replace("UI:N", "UI:R")]],
  [false, [OPEN.replace("C:H", "C:L")]],
  [false, ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"]],
  [false, ["CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:N/VI:H/VA:L/SC:N/SI:H/SA:L"]],
  [false, ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:H/SI:H/SA:L"]],
  [false, [OPEN, OPEN.replace("UI:N", "UI:R")]],
  [false, ["nonsense"]],
];
it.each(VECTORS)("opens the instance: %s for %j", (opens, vectors) => {
  expect(opensTheInstance(vectors)).toBe(opens);
});
