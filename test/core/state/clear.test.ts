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
import type { State } from "../../../src/core/state/state";
import { INSTANCE, sha1, stateOf } from "../samples";

const nothing = stateOf([]);
const asked = askClear(nothing, INSTANCE);
const OTHER = "other.ui.nabu.casa" as Address;

it("goes from requested to removed to done", () => {
  expect(toClearAt(nothing, INSTANCE)).toBeUndefined();
  expect(toClearAt(asked, INSTANCE)).toEqual({ address: INSTANCE, removed: false });
  const removed = storageRemoved(askClear(asked, OTHER), INSTANCE);
  expect(toClearAt(removed, INSTANCE)).toEqual({ address: INSTANCE, removed: true });
  expect(toClearAt(removed, OTHER)).toEqual({ address: OTHER, removed: false });
  expect(toClearAt(endClear(removed, INSTANCE), INSTANCE)).toBeUndefined();
  expect(toClearAt(endClear(removed, INSTANCE), OTHER)).toBeDefined();
});

it("doesn't start again if the instance's page arrives before Firefox is done", () => {
  const done = endClear(asked, INSTANCE);
  expect(storageRemoved(done, INSTANCE)).toBe(done);
  expect(endClear(nothing, INSTANCE)).toBe(nothing);
});

it("removes the workers of pinned, imported and guarded addresses, and no others", () => {
  const typed = { address: INSTANCE, fingerprint: sha1("1"), source: "typed", at: 0, private: false } as const;
  const pinned = pin(nothing, typed);
  expect(pinned.workersToClear).toEqual([INSTANCE]);
  expect(pin(nothing, { ...typed, private: true }).workersToClear).toBeUndefined(); // not even the address is saved
  expect(takeImport(nothing, previewImport([], pinned.stored.pins), 0).workersToClear).toEqual([INSTANCE]);
  const removed = endWorkers(pinned, INSTANCE);
  expect("workersToClear" in removed).toBe(false);
  expect(endWorkers(removed, INSTANCE)).toBe(removed);
  expect(setGuard(removed, INSTANCE, true).workersToClear).toEqual([INSTANCE]);
  expect(setGuard(removed, INSTANCE, false).workersToClear).toBeUndefined();
  const both = askWorkers(askWorkers(pinned, OTHER), OTHER);
  expect(both.workersToClear).toEqual([INSTANCE, OTHER]);
  expect(endWorkers(both, INSTANCE).workersToClear).toEqual([OTHER]);
});

type Answer = Parameters<typeof clearsWith>[1];
const good: Answer = {
  type: "main_frame",
  address: INSTANCE,
  private: false,
  freshness: "live",
  verdict: { kind: "match", pin: sha1("1") },
};
const ANSWERS: [what: string, state: State, answer: Answer, does: ReturnType<typeof clearsWith>][] = [
  ["the instance's page", asked, good, "order"],
  ["the instance's page after a renewal", asked, { ...good, verdict: { kind: "renewed", pin: sha1("1") } }, "order"],
  [
    "the page of an instance trusted on first use",
    asked,
    { ...good, verdict: { kind: "unchanged", pin: sha1("1") } },
    "order",
  ],
  ["an instance that nobody asked to clear", nothing, good, "nothing"],
  ["another instance", asked, { ...good, address: OTHER }, "nothing"],
  [
    "an image of the instance, whose worker may be the attacker's",
    storageRemoved(asked, INSTANCE),
    { ...good, type: "image" },
    "remove-again",
  ],
  ["an image before Firefox was allowed to", asked, { ...good, type: "image" }, "nothing"],
  ["a page out of the cache", asked, { ...good, freshness: "cached" }, "nothing"],
  ["a page in a private window, which has its own storage", asked, { ...good, private: true }, "nothing"],
  ["someone else's page", asked, { ...good, verdict: { kind: "mismatch", cause: "other-key" } }, "nothing"],
  ["a page without a pin", asked, { ...good, verdict: { kind: "unpinned" } }, "nothing"],
  [
    "a page that couldn't be checked",
    asked,
    { ...good, verdict: { kind: "unchecked", reason: "not-fresh" } },
    "nothing",
  ],
  ["a page without a verdict", asked, { ...good, verdict: undefined }, "nothing"],
];
it.each(ANSWERS)("clears only at the instance's own page, checked with %s: %#", (_, state, answer, does) => {
  expect(clearsWith(state, answer)).toBe(does);
});

it("adds the order to what the instance sent, once", () => {
  const sent = [
    { name: "Content-Type", value: "text/html" },
    { name: "clear-site-data", value: '"cookies"' },
  ];
  const order = (value: string) => [sent[0], { name: "Clear-Site-Data", value }];
  expect(clearing(sent, "everything")).toEqual(order('"*"'));
  expect(clearing(sent, "copies")).toEqual(order('"cache"'));
});
