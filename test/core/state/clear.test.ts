import { expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import {
  askClear,
  askWorkers,
  clearing,
  clearsWith,
  endClear,
  endWorkers,
  storageRemoved,
  toClearAt,
} from "../../../src/core/state/clear";
import { previewImport } from "../../../src/core/pin/import-preview";
import { pin, takeImport } from "../../../src/core/state/pins";
import { setGuard } from "../../../src/core/state/reduce";
import { EMPTY_BOOK, EMPTY_SESSION, type State } from "../../../src/core/state/state";
import { HOUSE, sha1 } from "../samples";

const nothing: State = { book: EMPTY_BOOK, session: EMPTY_SESSION, guarded: [], records: [] };
const asked = askClear(nothing, HOUSE);
const OTHER = "other.ui.nabu.casa" as Address;

it("goes from asked for to removed to done", () => {
  expect(toClearAt(nothing, HOUSE)).toBeUndefined();
  expect(toClearAt(asked, HOUSE)).toEqual({ address: HOUSE, removed: false });
  const removed = storageRemoved(askClear(asked, OTHER), HOUSE);
  expect(toClearAt(removed, HOUSE)).toEqual({ address: HOUSE, removed: true });
  expect(toClearAt(removed, OTHER)).toEqual({ address: OTHER, removed: false });
  expect(toClearAt(endClear(removed, HOUSE), HOUSE)).toBeUndefined();
  expect(toClearAt(endClear(removed, HOUSE), OTHER)).toBeDefined();
});

it("does not begin anew where the house's page came before Firefox was done", () => {
  const done = endClear(asked, HOUSE);
  expect(storageRemoved(done, HOUSE)).toBe(done);
  expect(endClear(nothing, HOUSE)).toBe(nothing);
});

it("removes the workers of what is pinned, imported or guarded, and of nothing else", () => {
  const typed = { address: HOUSE, fingerprint: sha1("1"), source: "typed", at: 0, private: false } as const;
  const pinned = pin(nothing, typed);
  expect(pinned.workersToClear).toEqual([HOUSE]);
  expect(pin(nothing, { ...typed, private: true }).workersToClear).toBeUndefined(); // not even the address is kept
  expect(takeImport(nothing, previewImport([], pinned.book.pins), 0).workersToClear).toEqual([HOUSE]);
  const removed = endWorkers(pinned, HOUSE);
  expect("workersToClear" in removed).toBe(false);
  expect(endWorkers(removed, HOUSE)).toBe(removed);
  expect(setGuard(removed, HOUSE, true).workersToClear).toEqual([HOUSE]);
  expect(setGuard(removed, HOUSE, false).workersToClear).toBeUndefined();
  const both = askWorkers(askWorkers(pinned, OTHER), OTHER);
  expect(both.workersToClear).toEqual([HOUSE, OTHER]);
  expect(endWorkers(both, HOUSE).workersToClear).toEqual([OTHER]);
});

type Answer = Parameters<typeof clearsWith>[1];
const good: Answer = {
  ...{ type: "main_frame", address: HOUSE, private: false, freshness: "live" },
  verdict: { kind: "match", pin: sha1("1") },
};
const ANSWERS: [what: string, state: State, answer: Answer, does: ReturnType<typeof clearsWith>][] = [
  ["the house's page", asked, good, "order"],
  ["the house's page after a renewal", asked, { ...good, verdict: { kind: "renewed", pin: sha1("1") } }, "order"],
  ["the page of a house taken on trust", asked, { ...good, verdict: { kind: "unchanged", pin: sha1("1") } }, "order"],
  ["a house that nobody asked to clear", nothing, good, "nothing"],
  ["another house", asked, { ...good, address: OTHER }, "nothing"],
  [
    "an image of the house, whose worker may be his",
    storageRemoved(asked, HOUSE),
    { ...good, type: "image" },
    "remove-again",
  ],
  ["an image before Firefox was allowed to", asked, { ...good, type: "image" }, "nothing"],
  ["a page out of the cache", asked, { ...good, freshness: "cached" }, "nothing"],
  ["a page in a private window, which has a storage of its own", asked, { ...good, private: true }, "nothing"],
  ["somebody else's page", asked, { ...good, verdict: { kind: "mismatch", cause: "other-key" } }, "nothing"],
  ["a page without a pin", asked, { ...good, verdict: { kind: "unpinned" } }, "nothing"],
  [
    "a page that could not be looked at",
    asked,
    { ...good, verdict: { kind: "unchecked", reason: "not-fresh" } },
    "nothing",
  ],
  ["a page that says nothing", asked, { ...good, verdict: undefined }, "nothing"],
];
it.each(ANSWERS)("does what %s lets it: %#", (_, state, answer, does) => {
  expect(clearsWith(state, answer)).toBe(does);
});

it("adds the order to what the house sent, once", () => {
  const sent = [
    { name: "Content-Type", value: "text/html" },
    { name: "clear-site-data", value: '"cookies"' },
  ];
  const order = (value: string) => [sent[0], { name: "Clear-Site-Data", value }];
  expect(clearing(sent, "everything")).toEqual(order('"*"'));
  expect(clearing(sent, "copies")).toEqual(order('"cache"'));
});
