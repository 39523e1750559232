import { expect, it } from "vitest";
import { createEventBatches } from "../../src/shell/event-batch";

it("is one batch until its task is over, and another after", async () => {
  const currentBatch = createEventBatches();
  const batch = currentBatch();
  expect(currentBatch()).toBe(batch);
  await batch.whole;
  expect(currentBatch()).not.toBe(batch);
});

it("tells that something waits in it, whichever was first", () => {
  const batch = createEventBatches()();
  const told: string[] = [];
  batch.whenHeld(() => told.push("before"));
  expect(batch.isHeld()).toBe(false);
  expect(told).toEqual([]);
  batch.hold();
  batch.hold();
  batch.whenHeld(() => told.push("after"));
  expect(batch.isHeld()).toBe(true);
  expect(told).toEqual(["before", "after"]);
});

it("is settled when all is there that was waited for", async () => {
  const batch = createEventBatches()();
  const order: string[] = [];
  batch.hold(Promise.resolve().then(() => order.push("waited for")));
  await batch.settled();
  order.push("settled");
  expect(order).toEqual(["waited for", "settled"]);
});
