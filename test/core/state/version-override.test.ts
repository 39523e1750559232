// The life of an override. version-steps.test.ts has everything else about versions.
import { describe, it, expect } from "vitest";
import type { State } from "../../../src/core/state/state";
import { guardAt } from "../../../src/core/state/guard";
import { MAX_HISTORY } from "../../../src/core/bounds";
import { INSTANCE } from "../samples";
import { AT, DAY, guard, instance, listed, lists, OTHER, reports } from "./reported-version";
import { adviceAt, versionsOf } from "../../../src/core/state/version-advice";
import { override, noteFeed, setFeed, protectAgain } from "../../../src/core/state/version-steps";
import { startAgain } from "../../../src/core/state/reduce";

const overrides = (state: State): State => {
  const advice = adviceAt(state, INSTANCE);
  const ids = (advice?.advisories ?? []).map(({ id }) => id);
  return override(state, INSTANCE, advice?.seen.text ?? "", ids, AT + 1);
};
const events = (state: State): string[] =>
  versionsOf(state).history.map(({ event, ids }) => [event, ...ids].join(" ").slice(0, 40));

const insecure = reports(instance, "2021.1.5");
const overridden = overrides(insecure);

it("keeps the last 2,000 events, and how many older ones are gone", () => {
  const reportsOn = (state: State, count: number): State =>
    Array.from({ length: count }, (_, index) => index).reduce(
      (next, index) => reports(next, `2026.11.${String(index % 2)}`),
      state,
    );
  const full = versionsOf(reportsOn(instance, MAX_HISTORY));
  expect(full.history).toHaveLength(MAX_HISTORY);
  expect(full.forgotten).toBeUndefined();
  const over = versionsOf(reportsOn(instance, MAX_HISTORY + 3));
  expect(over.history).toEqual([...full.history.slice(3), ...over.history.slice(-3)]);
  expect(over.forgotten).toBe(3);
});

const NEW = listed("GHSA-new");
const OWN = listed("GHSA-own", { ranges: [{ fixed: "2026.12.1" }] });
const ownOnly = overrides(lists(reports(instance, "2026.11.2"), OWN));
const LIFE: [what: string, state: State, guard: string, last: string][] = [
  ["a new advisory re-arms, and says which", lists(overridden, NEW), "insecure", "re-armed GHSA-new"],
  [
    "one that does not block re-arms, too",
    lists(overridden, listed("GHSA-new", { blocks: false })),
    "insecure",
    "re-armed GHSA-new",
  ],
  [
    "a new one for other versions does not",
    lists(overridden, { ...NEW, ranges: [{ introduced: "2026.1.0" }] }),
    "on",
    "",
  ],
  [
    "a range that is widened to this version re-arms",
    lists(overridden, listed("CVE-2025-62172")),
    "insecure",
    "re-armed CVE-2025-62172",
  ],
  ["a range that changes and covers it as before does not", lists(overridden, listed("CVE-2023-27482")), "on", ""],
  [
    "a new name for a known one does not",
    lists(overridden, listed("PYSEC-1", { aliases: ["CVE-2023-27482"] })),
    "on",
    "",
  ],
  [
    "one that the list withdraws stays, and so does the override",
    lists(overridden, listed("CVE-2023-27482", { withdrawn: "2026" })),
    "on",
    "",
  ],
  [
    "withdrawn again after it re-armed, it stays on",
    lists(lists(overridden, NEW), { ...NEW, withdrawn: "2026" }),
    "insecure",
    "re-armed GHSA-new",
  ],
  ["the same version again changes nothing", reports(overridden, "2021.1.5", AT + DAY), "on", ""],
  ["a newer version that blocks, too, re-arms", reports(overridden, "2022.1.0", AT + DAY), "insecure", "re-armed"],
  ["an older version re-arms", reports(overridden, "2021.1.4", AT + DAY), "insecure", "re-armed NABUCASA-2021-01-23"],
  [
    "a version that is not understood re-arms, but blocks nothing",
    reports(overridden, "garbage", AT + DAY),
    "on",
    "re-armed",
  ],
  [
    "and the old version after it finds the protection on",
    reports(reports(overridden, "garbage", AT + DAY), "2021.1.5", AT + 2 * DAY),
    "insecure",
    "reported",
  ],
  ["an update that fixes all ends it", reports(overridden, "2026.11.2", AT + DAY), "on", "cleared"],
  [
    "and going back finds the protection on",
    reports(reports(overridden, "2026.11.2", AT + DAY), "2021.1.5", AT + 2 * DAY),
    "insecure",
    "reported",
  ],
  ["you take it back", protectAgain(overridden, INSTANCE, AT + 2), "insecure", "taken-back"],
  [
    "an advisory that only the list had is withdrawn: it ends",
    lists(ownOnly, { ...OWN, withdrawn: "2026" }),
    "on",
    "cleared",
  ],
  [
    "the list is switched off: it ends for advisories that only the list had",
    setFeed(ownOnly, false, AT + 2),
    "on",
    "cleared",
  ],
  [
    "the list can't be reached: nothing changes",
    noteFeed(ownOnly, { ok: false, error: "feed-unreachable" }, AT + 2),
    "on",
    "",
  ],
  [
    "a store that is damaged: the version is unknown, and asked again",
    { ...overridden, versions: "unknown" },
    "on",
    "",
  ],
  [
    "and reported again: the protection is on, and the history says why",
    reports({ ...overridden, versions: "unknown" }, "2021.1.5"),
    "insecure",
    "reported",
  ],
  [
    "the saved pins started again, with the same pins",
    { ...startAgain(overridden), stored: overridden.stored, guarded: overridden.guarded },
    "on",
    "",
  ],
];

describe("an override", () => {
  it("opens the instance for the advisories that you saw, and is in the history", () => {
    expect(guard(overridden)).toBe("on");
    expect(adviceAt(overridden, INSTANCE)?.overridden).toBe(true);
    expect(events(overridden)[1]).toMatch(/^overridden CVE-2023-27482/u);
    expect(guardAt(overridden, OTHER, false, 1, AT)).toBe("on");
  });

  it.each([
    ["another version", "2021.1.4", ["CVE-2023-27482"]],
    ["fewer advisories", "2021.1.5", ["CVE-2023-27482"]],
    ["none", "2021.1.5", []],
  ])("is refused for %s than the known ones", (_, text, ids) => {
    expect(override(insecure, INSTANCE, text, ids, AT)).toBe(insecure);
  });

  it("is refused if nothing blocks", () => {
    const state = reports(instance, "2024.3.3");
    expect(overrides(state)).toBe(state);
  });
  it.each(LIFE)("%s", (_, state, expected, last) => {
    expect(guard(state)).toBe(expected);
    if (last === "") expect(events(state).at(-1) ?? "overridden").toMatch(/^overridden/u);
    else expect(events(state).at(-1)).toContain(last);
  });

  it("names the advisories that ended it, until you decide again", () => {
    const state = lists(overridden, NEW);
    expect(adviceAt(state, INSTANCE)?.override?.ended?.ids).toEqual(["GHSA-new"]);
    const again = overrides(state);
    expect(guard(again)).toBe("on");
    expect(versionsOf(again).overrides).toHaveLength(1);
  });
});
