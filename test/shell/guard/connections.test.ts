import { expect, it } from "vitest";
import { createConnections, type Connections } from "../../../src/shell/guard/connections";
import { createStore } from "../../../src/shell/storage/store";
import { area, nothing } from "../storage/area";
import { INSTANCE } from "../../core/samples";

const POOL = `${INSTANCE} firefox-default`;

it.each<[how: string, end: (connections: Connections, id: string, tabId: number) => void]>([
  [
    "it is over",
    ({ ended }, id) => {
      ended(id);
    },
  ],
  [
    "it is answered: a camera's pictures may go on for hours",
    ({ answered }, id) => {
      answered(id);
    },
  ],
  [
    "its tab is closed",
    ({ tabClosed }, _, tabId) => {
      tabClosed(tabId);
    },
  ],
])("knows that a secret waits until %s", async (_, end) => {
  const connections = createConnections(createStore(area(), area(), nothing));
  connections.begin("secret", POOL, 1);
  connections.begin("other", POOL, 2);
  let isOver = false;
  const over = connections.over("secret").then(() => (isOver = true));
  end(connections, "other", 2);
  await Promise.resolve();
  expect([isOver, connections.isWaiting(POOL)]).toEqual([false, true]);
  end(connections, "secret", 1);
  expect([await over, connections.isWaiting(POOL)]).toEqual([true, false]);
});

it("keeps no connection of a pool from which a secret is about to be released", () => {
  const connections = createConnections(createStore(area(), area(), nothing));
  connections.begin("secret", POOL, 1);
  expect(connections.keep("picture", POOL, 1)).toBe(false);
  connections.ended("secret");
  expect(connections.keep("picture", POOL, 1)).toBe(true);
  expect(connections.allAnswered(POOL)).toBeDefined();
  connections.answered("picture");
  expect(connections.allAnswered(POOL)).toBeUndefined();
});

it("knows that a probe may have left a connection behind", () => {
  const connections = createConnections(createStore(area(), area(), nothing));
  expect(connections.mayBeLeft(POOL)).toBe(false);
  connections.left(POOL);
  expect(connections.mayBeLeft(POOL)).toBe(true);
});
