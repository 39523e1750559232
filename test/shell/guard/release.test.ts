import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HeldRequest, Secret } from "../../../src/shell/guard/held-request";
import type { PoolChecker, PoolGroup } from "../../../src/shell/guard/pool-check";
import { setLevel } from "../../../src/core/state/guard-level";
import { setGuard } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, type GuardLevel } from "../../../src/core/state/state";
import { createRelease } from "../../../src/shell/guard/release";
import { monotonicNow } from "../../../src/shell/monotonic-clock";
import { createStore } from "../../../src/shell/storage/store";
import { confirmed, INSTANCE } from "../../core/samples";
import { area, nothing } from "../storage/area";
import { secret } from "./held-secret";

/** In ms. */
const LIMIT = 7500;
/** After this many rounds without a release, the draw certainly lets nothing go. */
const MANY = 50;

/** Between the usual chance of a login, 1/8, and that on a slow line, 1/4. */
const DRAWN = 0.2;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(crypto, "getRandomValues").mockImplementation((drawn) => Object.assign(drawn, { 0: DRAWN * 2 ** 32 }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const heldOf = (more: Partial<HeldRequest>): HeldRequest => ({
  ...secret(INSTANCE, { sensitivity: "login" }),
  deadline: monotonicNow() + LIMIT,
  isOver: false,
  begin: nothing,
  end: nothing,
  ...more,
});

/**
 * @param durations - average duration of the checks after each of them, in ms; the last one stays. @returns rounds
 * until it left
 */
async function roundsOf(
  durations: readonly number[],
  more: Partial<HeldRequest> = {},
  store = createStore(area(), area(), nothing),
): Promise<number | "never"> {
  const held = heldOf(more);
  let rounds = 0;
  const left: number[] = [];
  const checker: PoolChecker = {
    durationOf: () => durations[Math.min(rounds, durations.length) - 1],
    check: (group: PoolGroup) => {
      group.checkedAt = monotonicNow();
      group.checkedFor = 1;
      if (++rounds === MANY) held.isOver = true;
      return Promise.resolve(false);
    },
    release: () => {
      if (!held.isOver) left.push(rounds);
      return Promise.resolve();
    },
  };
  const release = createRelease(store, checker, () => Promise.resolve(undefined));
  await release({ held: [held] });
  return left[0] ?? "never";
}

describe("the chance to leave after a round", () => {
  it.each<[string, readonly number[], number | "never"]>([
    ["is the usual one on a fast line", [20], "never"],
    ["is larger on a slow line", [400], 1],
    ["stays the usual one after a round that was slow", [20, 400], "never"],
  ])("%s", async (_, durations, rounds) => {
    expect(await roundsOf(durations)).toBe(rounds);
  });
});

type Draw = [level: GuardLevel, isPrivate: boolean, sensitivity: Secret["sensitivity"], drawn: number, rounds: number];
/** The number drawn after the first round. After later rounds, it is the lowest possible one. */
const DRAWS: Draw[] = [
  ["thorough", false, "login", 0.124, 1],
  ["thorough", false, "login", 0.126, 2],
  ["quick", false, "login", 0.499, 1],
  ["quick", false, "login", 0.501, 2],
  ["thorough", false, "secret", 0.499, 1],
  ["quick", false, "secret", 0.501, 2],
  // It was chosen in a private window, so the others stay as they were.
  ["quick", true, "login", 0.499, 1],
  ["thorough", true, "login", 0.499, 2],
];
it.each(DRAWS)("at level %s (private: %s), a %s for which %d is drawn goes after %d rounds", async (...row) => {
  const [level, isPrivate, sensitivity, drawn, rounds] = row;
  const store = createStore(area(), area(), nothing);
  await store.change((state) => {
    const stored = { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] };
    const guarded = setGuard({ ...state, stored }, INSTANCE, true);
    return setLevel(guarded, INSTANCE, isPrivate ? "quick" : level, isPrivate);
  });
  vi.spyOn(crypto, "getRandomValues")
    .mockImplementation((numbers) => numbers)
    .mockImplementationOnce((numbers) => Object.assign(numbers, { 0: drawn * 2 ** 32 }));
  expect(await roundsOf([20], { sensitivity, private: isPrivate && level === "quick" }, store)).toBe(rounds);
});

it("counts no more than 7.5 seconds of the time that a request may be held", async () => {
  // 400 ms: 18 rounds fit into 7.5 s, and 37 into 15 s. Then the chance would be the usual one.
  expect(await roundsOf([400], { deadline: monotonicNow() + 2 * LIMIT })).toBe(1);
});
