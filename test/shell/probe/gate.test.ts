import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createGate, type Gate } from "../../../src/shell/probe/gate";

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
    await vi.advanceTimersByTimeAsync(0);
    expect([...seen, ...other]).toEqual([true, true]);
  });

  it("doesn't count those that join, and lets them go with the others", async () => {
    const gate = createGate(1);
    const joined = see(gate, ["join", "join"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(joined).toEqual([undefined, undefined]);
    const arrived = see(gate, ["arrive"]);
    await vi.advanceTimersByTimeAsync(0);
    expect([...joined, ...arrived]).toEqual([true, true, true]);
  });

  it("opens a while after the first arrival, even if others are missing", async () => {
    const seen = see(createGate(3), ["arrive", "join"]);
    await vi.advanceTimersByTimeAsync(149);
    expect(seen).toEqual([undefined, undefined]);
    await vi.advanceTimersByTimeAsync(1);
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
    await vi.advanceTimersByTimeAsync(0);
    expect([...seen, ...late]).toEqual([goes, goes]);
  });
});
