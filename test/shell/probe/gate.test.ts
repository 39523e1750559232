import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createGate, type Gate } from "../../../src/shell/probe/gate";

/** Longer than its members take to go one after the other, in ms. */
const TURNS = 10;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** For each member of a gate, whether it may go; `undefined` while it waits. */
const see = (gate: Gate, members: readonly ("arrive" | "join")[]): (boolean | undefined)[] => {
  const seen: (boolean | undefined)[] = members.map(() => undefined);
  for (const [index, how] of members.entries())
    void gate[how]().then((mayGo) => {
      seen[index] = mayGo;
    });
  return seen;
};

describe("a gate", () => {
  it("opens when all are there", async () => {
    const gate = createGate(2);
    const seen = see(gate, ["arrive"]);
    await vi.advanceTimersByTimeAsync(100);
    expect(seen).toEqual([undefined]);
    const other = see(gate, ["arrive"]);
    await vi.advanceTimersByTimeAsync(TURNS);
    expect([...seen, ...other]).toEqual([true, true]);
  });

  it("doesn't count those that join, and lets them go with the others", async () => {
    const gate = createGate(1);
    const joined = see(gate, ["join", "join"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(joined).toEqual([undefined, undefined]);
    const arrived = see(gate, ["arrive"]);
    await vi.advanceTimersByTimeAsync(TURNS);
    expect([...joined, ...arrived]).toEqual([true, true, true]);
  });

  it("opens a while after the first arrival, even if others are missing", async () => {
    const seen = see(createGate(3), ["arrive", "join"]);
    await vi.advanceTimersByTimeAsync(149);
    expect(seen).toEqual([undefined, undefined]);
    await vi.advanceTimersByTimeAsync(1 + TURNS);
    expect(seen).toEqual([true, true]);
  });

  it.each([
    [false, false],
    [true, true],
  ])("that is abandoned (patient: %s) lets members go that are there or come later: %s", async (isPatient, goes) => {
    const gate = createGate(2, isPatient);
    const seen = see(gate, ["arrive"]);
    gate.abandon();
    const late = see(gate, ["arrive"]);
    await vi.advanceTimersByTimeAsync(TURNS);
    expect([...seen, ...late]).toEqual([goes, goes]);
  });
});

it("lets its members go in random order, however long their ways are", async () => {
  vi.useRealTimers();
  const rounds = 200;
  let isSameOrder = 0;
  for (let round = 0; round < rounds; round++) {
    const gate = createGate(1);
    const order: string[] = [];
    // A secret's answer passes through more promises than a probe's.
    const secret = gate
      .join()
      .then(() => undefined)
      .then(() => undefined)
      .then(() => order.push("secret"));
    await Promise.all([secret, gate.arrive().then(() => order.push("probe"))]);
    if (order[0] === "secret") isSameOrder++;
  }
  expect(isSameOrder).toBeGreaterThan(60);
  expect(isSameOrder).toBeLessThan(140);
});

it("gives a stand-in no turn", async () => {
  const gate = createGate(2);
  const order: string[] = [];
  void gate.arrive(false).then(() => order.push("stand-in"));
  void gate.arrive().then(() => order.push("probe"));
  await Promise.resolve();
  await Promise.resolve();
  expect(order).toEqual(["stand-in"]);
});
