import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { remember, summaryOf, undone, type Entry } from "../../../src/core/pin/history";
import type { Pin } from "../../../src/core/pin/pin";
import { confirmed, unconfirmed } from "../samples";

const OWN = "ha.example.org" as Address;
const AT = 1_795_000_000_000;
const [one, two] = [unconfirmed("1"), unconfirmed("2")];
const noted = unconfirmed("1", { note: "NGINX" });

const CHANGES: [what: string, old: Pin[], now: Pin[], entries: Pick<Entry, "before" | "after">[]][] = [
  ["a new pin", [one], [one, two], [{ before: [], after: [two] }]],
  ["a pin that is gone", [one, two], [two], [{ before: [one], after: [] }]],
  ["a pin that has changed", [one, two], [noted, two], [{ before: [one], after: [noted] }]],
  ["the same pins", [one, two], [one, two], []],
  ["the same pins in another order", [one, two], [two, one], []],
];
it.each(CHANGES)("remembers %s", (_, old, now, entries) => {
  expect(remember([], "changed", AT, old, now)).toEqual(
    entries.map((entry) => ({ at: AT, event: "changed", ...entry })),
  );
});

it("returns the same history when nothing has changed", () => {
  const history: readonly Entry[] = [];
  expect(remember(history, "changed", AT, [one], [one])).toBe(history);
});

const changed = (count: number, pins: Pin[]): readonly Entry[] =>
  Array.from({ length: count }, (_, at) => at).reduce<readonly Entry[]>(
    (history, at) => remember(history, "pinned", at, [], pins),
    [],
  );

it("keeps the last 2,000 changes, oldest first", () => {
  const times = changed(2050, [one]).map(({ at }) => at);
  expect(times).toEqual(Array.from({ length: 2000 }, (_, index) => index + 50));
});

it.each([
  ["the last 200 changes", 1, 250, 200],
  ["fewer if they are of a thousand pins each", 1000, 12, 2],
  ["the last change, however many pins it is of", 20_000, 3, 1],
])("keeps the pins of %s, and of older ones their addresses", (_, count, changes, kept) => {
  const hosts = Array.from({ length: count }, (_none, index) => `a${String(index)}.example.org` as Address);
  const pins = hosts.map((host) => unconfirmed("1", { hosts: [host] }));
  const history = changed(changes, pins);
  const old = history.slice(0, -kept);
  const summary = { hosts: hosts.slice(0, 5), more: Math.max(0, count - 5) };
  expect(history.slice(-kept).every(({ after }) => after.length === count)).toBe(true);
  expect(old).toEqual(old.map(({ at }) => ({ at, event: "pinned", before: [], after: [], summary })));
  expect(undone(old[0] ?? entry([], []), pins)).toBeUndefined();
  expect(old.map(summaryOf)).toEqual(old.map(() => summary));
});

const entry = (before: Pin[], after: Pin[]): Entry => ({ at: AT, event: "changed", before, after });

describe("undoing a change", () => {
  const learned = confirmed("1", "K");
  const UNDONE: [what: string, entry: Entry, pins: Pin[], undone: Pin[] | undefined][] = [
    ["an added pin, which goes", entry([], [two]), [one, two], [one]],
    ["a removed pin, which comes back", entry([two], []), [one], [one, two]],
    ["a replaced pin, which comes back", entry([one], [two]), [two], [one]],
    [
      "a note, and keeps what the pin has learned since",
      entry([one], [noted]),
      [{ ...learned, note: "NGINX" }],
      [learned],
    ],
    ["an added pin that has been removed since: nothing", entry([], [two]), [one], undefined],
    [
      "an added pin with one more address since: nothing",
      entry([], [two]),
      [unconfirmed("2", { hosts: [OWN] })],
      undefined,
    ],
    [
      "a note that has been written again since: nothing",
      entry([one], [noted]),
      [unconfirmed("1", { note: "Caddy" })],
      undefined,
    ],
    ["an added pin whose note was written since", entry([], [two]), [unconfirmed("2", { note: "Caddy" })], []],
    ["a removed pin that is pinned again: nothing", entry([one], []), [one], undefined],
  ];
  it.each(UNDONE)("takes back %s", (_, change, pins, expected) => {
    expect(undone(change, pins)).toEqual(expected);
  });
});
