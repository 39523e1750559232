import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { advance, beginAfter, urlOf, type Cursor } from "../../../src/core/ct/paging";
import { lineOf, newCtState, type CtState as Kept, type CtLine } from "../../../src/core/ct/ct-state";
import { afterAnswer, afterFailure, isDue, retryAtOf } from "../../../src/core/schedule";
import { INSTANCE, PINNED } from "../samples";
import { fc, test } from "../properties";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

describe("an answer of several pages", () => {
  it("is asked for by the exact host, with wildcards, from the last id that is known", () => {
    const url = new URL(urlOf(beginAfter("abc.ui.nabu.casa:8443" as Address, "é&1")));
    expect(url.origin + url.pathname).toBe("https://api.certspotter.com/v1/issuances");
    expect(url.searchParams.get("domain")).toBe(INSTANCE);
    expect(url.searchParams.get("match_wildcards")).toBe("true");
    expect(url.searchParams.get("include_subdomains")).toBeNull();
    expect(url.searchParams.getAll("expand")).toEqual(["dns_names", "issuer", "revocation", "cert_der"]);
    expect(url.searchParams.get("after")).toBe("é&1");
    expect(new URL(urlOf(beginAfter(INSTANCE, undefined))).searchParams.has("after")).toBe(false);
  });

  const from = (after: string | undefined, ...more: string[]): Cursor =>
    more.reduce<Cursor>(
      (cursor, id) => {
        const step = advance(cursor, [id]);
        return step.kind === "next" ? step.cursor : cursor;
      },
      beginAfter(INSTANCE, after),
    );
  const STEPS: [what: string, cursor: Cursor, ids: string[], kind: string, after?: string][] = [
    ["nothing new", from("9"), [], "done"],
    ["nothing at all", from(undefined), [], "done"],
    ["a page", from(undefined), ["7", "3"], "next", "3"],
    ["a page after another", from("1", "2"), ["9", "5"], "next", "5"],
    ["ids that repeat within a page", from("1"), ["5", "4", "5"], "next", "5"],
    ["a page that ends where it began", from("9"), ["8", "9"], "circle"],
    ["a page that was there before", from("1", "2", "3"), ["2"], "circle"],
    [
      "the last page that is read at once",
      from(undefined, ...Array.from({ length: 49 }, (_, index) => String(index))),
      ["end"],
      "too-many",
      "end",
    ],
  ];
  it.each(STEPS)("%s", (_, cursor, ids, kind, after) => {
    const step = advance(cursor, ids);
    expect(step.kind).toBe(kind);
    expect("cursor" in step ? step.cursor.after : undefined).toBe(after);
  });
});

describe("when it is asked next", () => {
  it("is a day after an answer, and up to two hours", () => {
    expect(afterAnswer(1000, 0)).toBe(1000 + DAY);
    expect(afterAnswer(1000, 0.999)).toBeLessThan(1000 + DAY + 2 * HOUR);
  });

  const WAITS: [failures: number, random: number, minutes: number][] = [
    [1, 0.5, 15],
    [1, 0, 11.25],
    [2, 0.5, 30],
    [3, 0.5, 60],
    [6, 0.5, 480],
    [7, 0.5, 720],
    [8, 0.5, 720],
    [5000, 0.5, 720],
  ];
  it.each(WAITS)("after failure %i in a row (random %d) is %d minutes later", (failures, random, minutes) => {
    expect(afterFailure(0, failures, undefined, random)).toBe(minutes * 60_000);
  });

  it("is not before the service says", () => {
    expect(afterFailure(0, 1, 3 * HOUR, 0.5)).toBe(3 * HOUR);
    expect(afterFailure(0, 9, 3 * HOUR, 0.5)).toBe(12 * HOUR);
  });

  const NOW = Date.parse("2026-11-25T10:00:00Z");
  const HEADERS: [header: string | null, at: number | undefined][] = [
    ["120", NOW + 120_000],
    [" 7 ", NOW + 7000],
    ["Wed, 25 Nov 2026 10:10:00 GMT", NOW + 600_000],
    ["99999999999", NOW + DAY],
    ["Wed, 25 Nov 2099 10:10:00 GMT", NOW + DAY],
    ["0", undefined],
    ["-5", undefined],
    ["Wed, 25 Nov 2026 09:00:00 GMT", undefined],
    ["soon", undefined],
    ["", undefined],
    [null, undefined],
  ];
  it.each(HEADERS)("reads Retry-After: %s", (header, at) => {
    expect(retryAtOf(header, NOW)).toBe(at);
  });

  const DUE: [what: string, dueAt: number, due: boolean][] = [
    ["its time has come", NOW, true],
    ["a day was missed", NOW - 3 * DAY, true],
    ["it was just switched on", 0, true],
    ["its time has not come", NOW + 1, false],
    ["its time is tomorrow", NOW + 26 * HOUR, false],
    ["the clock was set back", NOW + 60 * DAY, true],
  ];
  it.each(DUE)("is now where %s", (_, dueAt, due) => {
    expect(isDue(dueAt, NOW)).toBe(due);
  });
});

describe("what the record says in one line", () => {
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
    ["to be looked through", { ...clean, counts: { ...counts, before: 2, beforeNew: 1 } }, "look"],
    ["looked through", { ...clean, counts: { ...counts, before: 2 } }, "clean"],
    ["a wildcard", { ...clean, counts: { ...counts, wildcard: 1 } }, "wildcard"],
    ["a wildcard that was explained", { ...clean, counts: { ...counts, wildcard: 1 }, wildcardRead: true }, "clean"],
  ];
  it.each(LINES)("%s", (_, record, line) => {
    expect(lineOf(record, NOW)).toBe(line);
  });

  test(
    "is never clean by failing, and never red by failing",
    [
      fc.record({
        notOurs: fc.nat(3),
        wildcard: fc.nat(3),
        beforeNew: fc.nat(3),
        age: fc.nat({ max: 9 * DAY }),
        answered: fc.boolean(),
      }),
    ],
    (told) => {
      const { age, answered, ...some } = told;
      const record: Kept = {
        ...fresh,
        counts: { ...counts, ...some },
        ...(answered ? { answeredAt: NOW - age } : {}),
      };
      const [before, after] = [lineOf(record, NOW), lineOf({ ...record, failure }, NOW)];
      expect(after).not.toBe("clean");
      expect(after === "not-ours").toBe(before === "not-ours");
    },
  );
});
