import { it, expect } from "vitest";
import { unconfirmed, confirmed, INSTANCE, stateOf } from "../samples";
import type { Address } from "../../../src/core/address";
import { previewImport } from "../../../src/core/pin/import-preview";
import { takeImport } from "../../../src/core/state/pins";
import type { State } from "../../../src/core/state/state";

const AT = 1_795_000_000_000;
const OWN = "ha.example.org" as Address;
const state = (pins = [unconfirmed("1")]): State => stateOf(pins);

it("is shown as a difference, and taken whole", () => {
  const imported = [
    unconfirmed("1", { hosts: [OWN], note: "n", source: "home" }),
    unconfirmed("2", { source: "home" }),
  ];
  const changes = previewImport([confirmed("1", "K")], imported);
  expect(changes.map(({ kind }) => kind)).toEqual(["changed", "added"]);
  expect(changes[0]?.pin).toEqual(confirmed("1", "K", { hosts: [INSTANCE, OWN], note: "n" }));
  expect(changes[1]?.pin.source).toBe("imported");
  const taken = takeImport(state([confirmed("1", "K")]), changes, AT);
  expect(taken.stored.pins).toEqual(changes.map((change) => change.pin));
  expect(previewImport(taken.stored.pins, imported).map(({ kind }) => kind)).toEqual(["same", "same"]);
});

it("keeps a pin that was trusted on first use as weak as before", () => {
  expect(previewImport([], [unconfirmed("1", { source: "first-use" })])[0]?.pin.source).toBe("first-use");
});
