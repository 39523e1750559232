import { expect, it } from "vitest";
import { createConnections } from "../../../src/shell/guard/connections";
import { createStore } from "../../../src/shell/storage/store";
import { area, nothing } from "../storage/area";
import { INSTANCE } from "../../core/samples";

const POOL = `${INSTANCE} firefox-default`;

it("knows that a secret waits until it is over", async () => {
  const connections = createConnections(createStore(area(), area(), nothing));
  connections.begin("secret", POOL);
  connections.begin("other", POOL);
  let isOver = false;
  const over = connections.over("secret").then(() => (isOver = true));
  connections.ended("other");
  await Promise.resolve();
  expect([isOver, connections.isWaiting(POOL)]).toEqual([false, true]);
  connections.ended("secret");
  expect([await over, connections.isWaiting(POOL)]).toEqual([true, false]);
});

it("keeps no connection of a pool from which a secret is about to be released", () => {
  const connections = createConnections(createStore(area(), area(), nothing));
  connections.begin("secret", POOL);
  expect(connections.keep("picture", POOL, 1)).toBe(false);
  connections.ended("secret");
  expect(connections.keep("picture", POOL, 1)).toBe(true);
  expect(connections.allAnswered(POOL)).toBeDefined();
  connections.answered("picture");
  expect(connections.allAnswered(POOL)).toBeUndefined();
});
