import { expect, it } from "vitest";
import { createTurns } from "../../src/shell/turns";

it("is one turn until its task is over, and another after", async () => {
  const turnNow = createTurns();
  const turn = turnNow();
  expect(turnNow()).toBe(turn);
  await turn.whole;
  expect(turnNow()).not.toBe(turn);
});

it("tells that something waits in it, whichever was first", () => {
  const turn = createTurns()();
  const told: string[] = [];
  turn.whenHeld(() => told.push("before"));
  expect(turn.isHeld()).toBe(false);
  expect(told).toEqual([]);
  turn.hold();
  turn.hold();
  turn.whenHeld(() => told.push("after"));
  expect(turn.isHeld()).toBe(true);
  expect(told).toEqual(["before", "after"]);
});

it("is settled when all is there that was waited for", async () => {
  const turn = createTurns()();
  const order: string[] = [];
  turn.hold(Promise.resolve().then(() => order.push("waited for")));
  await turn.settled();
  order.push("settled");
  expect(order).toEqual(["waited for", "settled"]);
});
