import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HeldRequest } from "../../../src/shell/guard/held-request";
import type { PoolChecker, PoolGroup } from "../../../src/shell/guard/pool-check";
import { createRelease } from "../../../src/shell/guard/release";
import { monotonicNow } from "../../../src/shell/monotonic-clock";
import { createStore } from "../../../src/shell/storage/store";
import { INSTANCE } from "../../core/samples";
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

const login = (): HeldRequest => ({
  ...secret(INSTANCE, { sensitivity: "login" }),
  deadline: monotonicNow() + LIMIT,
  isOver: false,
  end: nothing,
});

/**
 * @param durations - average duration of the checks after each of them, in ms; the last one stays. @returns rounds
 * until it left
 */
async function roundsOf(durations: readonly number[]): Promise<number | "never"> {
  const held = login();
  let rounds = 0;
  const left: number[] = [];
  const checker: PoolChecker = {
    durationOf: () => durations[Math.min(rounds, durations.length) - 1],
    check: (group: PoolGroup) => {
      group.checkedAt = monotonicNow();
      if (++rounds === MANY) held.isOver = true;
      return Promise.resolve(false);
    },
    release: () => {
      if (!held.isOver) left.push(rounds);
      return Promise.resolve();
    },
  };
  const release = createRelease(createStore(area(), area(), nothing), checker, () => Promise.resolve(undefined));
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
