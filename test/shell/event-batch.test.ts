import { expect, it } from "vitest";
import { createEventBatches } from "../../src/shell/event-batch";

it("is one batch until its task is over, and another after", async () => {
  const currentBatch = createEventBatches();
  const batch = currentBatch();
  expect(currentBatch()).toBe(batch);
  await batch.whole;
  expect(currentBatch()).not.toBe(batch);
});

it("reports that something waits in it, to listeners added before and after", () => {
  const batch = createEventBatches()();
  const reported: string[] = [];
  batch.whenHeld(() => reported.push("before"));
  expect(batch.isHeld()).toBe(false);
  expect(reported).toEqual([]);
  batch.hold();
  batch.hold();
  batch.whenHeld(() => reported.push("after"));
  expect(batch.isHeld()).toBe(true);
  expect(reported).toEqual(["before", "after"]);
});

it("is settled when nothing in it waits any more", async () => {
  const batch = createEventBatches()();
  const order: string[] = [];
  batch.hold(Promise.resolve().then(() => order.push("waited for")));
  await batch.settled();
  order.push("settled");
  expect(order).toEqual(["waited for", "settled"]);
});
