import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createGate, inTurn, type Gate } from "../../../src/shell/probe/gate";

/** Longer than it takes its members to go when it is open, in ms. */
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

/** Answers a request when its gate lets it go, as a listener does. */
const answered = (gate: Gate, how: "arrive" | "join", way = 0): Promise<object> =>
  Promise.resolve(
    inTurn(async () => {
      await gate[how]();
      for (let step = 0; step < way; step++) await Promise.resolve();
      return gate.leave({});
    })({}),
  );

describe("answers", () => {
  it("go in random order, however long their ways are", async () => {
    const rounds = 200;
    let isSecretFirst = 0;
    for (let round = 0; round < rounds; round++) {
      const gate = createGate(1);
      const order: string[] = [];
      // A secret's answer passes through more promises than a probe's.
      void answered(gate, "join", 20).then(() => order.push("secret"));
      void answered(gate, "arrive").then(() => order.push("probe"));
      await vi.advanceTimersByTimeAsync(TURNS);
      if (order[0] === "secret") isSecretFirst++;
    }
    expect(isSecretFirst).toBeGreaterThan(60);
    expect(isSecretFirst).toBeLessThan(140);
  });

  it("wait until all are there, but no longer than 20 ms, and not for a stand-in's", async () => {
    const gate = createGate(3);
    const gone: string[] = [];
    void answered(gate, "arrive").then(() => gone.push("first"));
    void gate.arrive(false);
    void gate.arrive();
    await vi.advanceTimersByTimeAsync(19);
    expect(gone).toEqual([]);
    await vi.advanceTimersByTimeAsync(1 + TURNS);
    expect(gone).toEqual(["first"]);
    const late = gate.leave({});
    expect(await inTurn(() => Promise.resolve(late))({})).toBe(late);
  });

  it("of a group with a stand-in go at once", async () => {
    const gate = createGate(2);
    const gone: object[] = [];
    void answered(gate, "arrive").then((answer) => gone.push(answer));
    void gate.arrive(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(gone).toEqual([{}]);
  });

  it("of other requests pass at once, and so does an answer that is no promise", async () => {
    const answer = {};
    expect(inTurn(() => answer)({})).toBe(answer);
    expect(await inTurn(() => Promise.resolve(answer))({})).toBe(answer);
  });
});

describe("a request that joins", () => {
  it("prepares when the first of the others arrives", async () => {
    const gate = createGate(2);
    const prepare = vi.fn();
    void gate.join(prepare);
    await vi.advanceTimersByTimeAsync(100);
    expect(prepare).not.toHaveBeenCalled();
    void gate.arrive();
    expect(prepare).toHaveBeenCalledOnce();
    void gate.arrive();
    await vi.advanceTimersByTimeAsync(TURNS);
    expect(prepare).toHaveBeenCalledOnce();
  });

  it("prepares at once if the gate is open already", () => {
    const gate = createGate(1);
    gate.open();
    const prepare = vi.fn();
    void gate.join(prepare);
    expect(prepare).toHaveBeenCalledOnce();
  });
});
