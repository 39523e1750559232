// The rounds before secrets that leave together: they look like the group of connections in which the secrets leave.
import "../newer";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createConnections, type Connections } from "../../../src/shell/guard/connections";
import type { HeldRequest, Secret } from "../../../src/shell/guard/held-request";
import { createPoolChecker, poolGroupsOf, type PoolChecker } from "../../../src/shell/guard/pool-check";
import type { Outcome } from "../../../src/core/probe/probe-outcome";
import type { Prober } from "../../../src/shell/probe/prober";
import type { Target } from "../../../src/shell/probe/target";
import { createStore } from "../../../src/shell/storage/store";
import { INSTANCE, sha1 } from "../../core/samples";
import { area, nothing } from "../storage/area";
import { openGate, secret } from "./held-secret";

/** What was probed, and how many secrets were released together. */
let targets: Target[];
let gone: number[];
/** The addresses at which the connection of a companion was used up. */
let usedUp: string[];
/** What was reported as taken. */
let odd: string[];
let outcome: Outcome;
let checker: PoolChecker;
let connections: Connections;

beforeEach(() => {
  [targets, gone, usedUp, odd] = [[], [], [], []];
  outcome = VERIFIED;
  const prober: Partial<Prober> = {
    probe: (target) => {
      targets.push(target);
      return Promise.resolve(outcome);
    },
    accompany: (_, secrets) => {
      gone.push(secrets);
      return { gate: openGate(), taken: Promise.resolve(undefined) };
    },
    useUp: ({ address }) => {
      usedUp.push(address);
      return Promise.resolve();
    },
  };
  connections = createConnections(createStore(area(), area(), nothing));
  checker = createPoolChecker(prober as Prober, connections, (_, carried) => {
    odd.push(carried);
    return Promise.resolve();
  });
});

const VERIFIED: Outcome = {
  kind: "judged",
  verdict: { kind: "match", pin: sha1("1") },
  from: "tab",
  isInconclusive: false,
};
const heldOf = (more: Partial<Secret> = {}): HeldRequest => {
  const held: HeldRequest = {
    ...secret(INSTANCE, { over: () => Promise.resolve(), ...more }),
    deadline: Infinity,
    isOver: false,
    begin: nothing,
    end: () => {
      held.isOver = true;
    },
  };
  return held;
};

/** Checks once, then releases. */
async function release(...all: HeldRequest[]): Promise<void> {
  for (const group of poolGroupsOf({ held: all })) {
    await checker.check(group);
    await checker.release(group);
  }
}

describe("a round before secrets", () => {
  it.each<[secrets: number, sensitivity: Secret["sensitivity"], width: number, closing: number]>([
    [1, "secret", 2, 1],
    [2, "secret", 3, 2],
    [3, "secret", 4, 3],
    [4, "secret", 4, 3], // one connection is always used again
    [1, "login", 2, 1],
    [5, "login", 6, 5],
  ])("of %d (%s) has %d POSTs, %d of which end their connections", async (count, sensitivity, width, closing) => {
    await release(...Array.from({ length: count }, () => heldOf({ sensitivity })));
    expect(targets).toMatchObject([{ width, closing }]);
    expect(gone).toEqual([count]);
  });

  it("has the length that all the secrets get when they leave", async () => {
    const lengths: [number, number][] = [];
    await release(...[500, 1500].map((head) => heldOf({ head, padTo: (to) => lengths.push([head, to]) })));
    expect(lengths).toEqual([
      [500, 1536],
      [1500, 1536],
    ]);
    expect(targets).toMatchObject([{ head: 1536 }]);
  });
});

it("uses up the connection of a companion when the secret is over, and not before", async () => {
  let end = (): void => undefined;
  const over = new Promise<void>((done) => {
    end = done;
  });
  const released = release(heldOf({ over: () => over }));
  await vi.waitFor(() => {
    expect(gone).toEqual([1]);
  });
  expect(usedUp).toEqual([]);
  end();
  await released;
  expect(usedUp).toEqual([INSTANCE]);
});

it("doesn't make the parts of a camera's stream wait for each other's answers", async () => {
  await release(heldOf({ isStream: true, over: () => new Promise(() => undefined) }));
  expect(gone).toEqual([1]);
});

const UNANSWERED = { kind: "unanswered", reason: "probe-unanswered" } as const;
it.each<[what: string, before: Outcome[], last: Outcome, odd: string[]]>([
  ["was taken", [], { ...UNANSWERED, isTaken: true }, ["probe"]],
  ["was kept waiting before any round", [], { ...UNANSWERED, isStalled: true }, []],
  ["was kept waiting after a round", [VERIFIED], { ...UNANSWERED, isStalled: true }, ["probe"]],
  ["couldn't be sent", [VERIFIED], UNANSWERED, []],
  ["was retried", [], { kind: "unanswered", reason: "restarted" }, ["restarted-probe"]],
])("reports a probe that %s", async (_, before, last, is) => {
  const [group] = poolGroupsOf({ held: [heldOf()] });
  for (outcome of [...before, last]) if (group !== undefined) await checker.check(group);
  expect(odd).toEqual(is);
});

it("counts only those that still wait", async () => {
  const [one, other] = [heldOf(), heldOf()];
  const [group] = poolGroupsOf({ held: [one, other] });
  if (group === undefined) throw new Error("no group");
  await checker.check(group);
  one.end(undefined);
  await checker.check(group);
  expect(targets).toMatchObject([
    { width: 3, closing: 2 },
    { width: 2, closing: 1 },
  ]);
});

it.each<[what: string, outcome: Outcome, isLeft: boolean]>([
  ["a round that is conclusive uses up", VERIFIED, false],
  ["a check without a response may leave behind", UNANSWERED, true],
])("connections that %s", async (_, last, isLeft) => {
  outcome = last;
  const [group] = poolGroupsOf({ held: [heldOf()] });
  if (group !== undefined) await checker.check(group);
  expect(connections.mayBeLeft(secret().pool)).toBe(isLeft);
});

it("counts a companion's connection as left behind", async () => {
  await release(heldOf());
  expect(connections.mayBeLeft(secret().pool)).toBe(true);
});
