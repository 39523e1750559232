import { describe, expect, it } from "vitest";
import { lineOf, newCtState, type CtState as Kept, type CtLine } from "../../../src/core/ct/ct-state";
import { INSTANCE, PINNED } from "../samples";
import { fc, test } from "../properties";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

describe("what log monitoring says in one line", () => {
  const NOW = PINNED + 30 * DAY;
  const fresh = newCtState(INSTANCE, PINNED);
  const counts = { ours: 3, before: 0, beforeNew: 0, wildcard: 0, notOurs: 0 };
  const clean: Kept = { ...fresh, counts, answeredAt: NOW - HOUR };
  const failure = { at: NOW, reason: "timeout" } as const;
  const foreign = { counts: { ...counts, notOurs: 1 } };
  const LINES: [what: string, record: Kept | "off" | "unknown", line: CtLine][] = [
    ["switched off", "off", "off"],
    ["not to be read", "unknown", "unknown"],
    ["just switched on", fresh, "waiting"],
    ["failed at the first try", { ...fresh, failure }, "failed"],
    ["failed after pages that had nothing", { ...fresh, counts, failure }, "failed"],
    ["read to its end", clean, "clean"],
    ["read, then failed", { ...clean, failure }, "stale"],
    ["read three days ago", { ...clean, answeredAt: NOW - 3 * DAY }, "stale"],
    ["read three days ago, failing since", { ...clean, answeredAt: NOW - 3 * DAY, failure }, "stale"],
    ["not ours", { ...clean, ...foreign }, "not-ours"],
    ["not ours, failing since", { ...clean, ...foreign, failure }, "not-ours"],
    ["not ours on a page before it failed", { ...fresh, ...foreign, failure }, "not-ours"],
    ["to be reviewed", { ...clean, counts: { ...counts, before: 2, beforeNew: 1 } }, "review"],
    ["reviewed", { ...clean, counts: { ...counts, before: 2 } }, "clean"],
    ["a wildcard", { ...clean, counts: { ...counts, wildcard: 1 } }, "wildcard"],
    ["a wildcard that was explained", { ...clean, counts: { ...counts, wildcard: 1 }, wildcardRead: true }, "clean"],
  ];
  it.each(LINES)("%s", (_, ctState, line) => {
    expect(lineOf(ctState, NOW)).toBe(line);
  });

  test(
    "is never clean and never red because of a failure",
    [
      fc.record({
        notOurs: fc.nat(3),
        wildcard: fc.nat(3),
        beforeNew: fc.nat(3),
        age: fc.nat({ max: 9 * DAY }),
        answered: fc.boolean(),
      }),
    ],
    (fields) => {
      const { age, answered, ...some } = fields;
      const ctState: Kept = {
        ...fresh,
        counts: { ...counts, ...some },
        ...(answered ? { answeredAt: NOW - age } : {}),
      };
      const [before, after] = [lineOf(ctState, NOW), lineOf({ ...ctState, failure }, NOW)];
      expect(after).not.toBe("clean");
      expect(after === "not-ours").toBe(before === "not-ours");
    },
  );
});
