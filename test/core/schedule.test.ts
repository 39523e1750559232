import { describe, it, expect } from "vitest";
import { hasPassed, afterAnswer, afterFailure, retryAtOf, isDue } from "../../src/core/schedule";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

describe("the time of the next query", () => {
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

  it("is not before the time that the service names", () => {
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
  it.each(DUE)("is now if %s", (_, dueAt, due) => {
    expect(isDue(dueAt, NOW)).toBe(due);
  });
});

it.each([
  ["just now", 1000, false],
  ["a moment short of it", 1000 - DAY + 1, false],
  ["a day ago", 1000 - DAY, true],
  ["so far in the future that the clock was set back since", 1000 + DAY, true],
  ["a little in the future", 1000 + DAY - 1, false],
])("a day has passed or not since a moment %s", (_, since, has) => {
  expect(hasPassed(since, DAY, 1000)).toBe(has);
});
