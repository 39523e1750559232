// The rounds before secrets that leave together: they look like the group of connections in which the secrets leave.
import "../newer";
import { beforeEach, describe, expect, it } from "vitest";
import { createConnections } from "../../../src/shell/guard/connections";
import type { HeldRequest, Secret } from "../../../src/shell/guard/held-request";
import { createPoolChecker, poolGroupsOf, type PoolChecker } from "../../../src/shell/guard/pool-check";
import { createGate } from "../../../src/shell/probe/gate";
import type { Prober } from "../../../src/shell/probe/prober";
import type { Target } from "../../../src/shell/probe/target";
import { createStore } from "../../../src/shell/storage/store";
import { INSTANCE, sha1 } from "../../core/samples";
import { area, nothing } from "../storage/area";
import { secret } from "./held-secret";

/** What was probed, and how many secrets were released together. */
let targets: Target[];
let gone: number[];
/** The addresses at which the connection of a companion was used up. */
let usedUp: string[];
let checker: PoolChecker;

beforeEach(() => {
  [targets, gone, usedUp] = [[], [], []];
  const prober: Partial<Prober> = {
    probe: (target) => {
      targets.push(target);
      return Promise.resolve({
        kind: "judged",
        verdict: { kind: "match", pin: sha1("1") },
        from: "tab",
        isInconclusive: false,
      });
    },
    accompany: (_, secrets) => {
      gone.push(secrets);
      const gate = createGate(1);
      gate.open();
      return { gate, taken: Promise.resolve(undefined) };
    },
    useUp: ({ address }) => {
      usedUp.push(address);
      return Promise.resolve();
    },
  };
  checker = createPoolChecker(prober as Prober, createConnections(createStore(area(), area(), nothing)), () =>
    Promise.resolve(),
  );
});

const heldOf = (more: Partial<Secret> = {}): HeldRequest => {
  const held: HeldRequest = {
    ...secret(INSTANCE, more),
    deadline: Infinity,
    isOver: false,
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
  await release(heldOf({ over: () => over }));
  expect([gone, usedUp]).toEqual([[1], []]);
  end();
  await over;
  await Promise.resolve();
  await Promise.resolve();
  expect(usedUp).toEqual([INSTANCE]);
});
