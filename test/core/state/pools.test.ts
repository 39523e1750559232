import { describe, it, expect } from "vitest";
import { MAX_ENTRIES, MAX_UNDER_WAY } from "../../../src/core/bounds";
import { type Pool, EMPTY_SESSION, SESSION } from "../../../src/core/state/state";
import { notePools, idlePools } from "../../../src/core/state/pools";
import { confirmed, INSTANCE, stateOf } from "../samples";
import { MB, other, sizeOf } from "../crowd";

const pinned = stateOf([confirmed("1", "K")]);
const pool = (address: string, more: Partial<Pool> = {}): Pool => ({
  name: `${address} firefox-default`,
  keptAt: 0,
  underWay: [],
  tabs: [],
  ...more,
});

describe("pools of connections", () => {
  it("of pinned addresses stay, and the time when others were dropped is recorded", () => {
    const many = Array.from({ length: 2 * MAX_ENTRIES }, (_, index) => pool(other(index)));
    const { session } = notePools(pinned, [pool(INSTANCE), ...many], 77);
    expect(session.pools).toHaveLength(MAX_ENTRIES);
    expect(session.pools[0]).toEqual(pool(INSTANCE));
    expect(session.poolsLostAt).toBe(77);
    expect(SESSION.safeParse(session).success).toBe(true);
  });
  it("keep no more requests than the limit, and say so", () => {
    const underWay = Array.from({ length: MAX_UNDER_WAY + 1 }, (_, index) => ({ id: String(index), tabId: 1 }));
    const { session } = notePools(pinned, [pool(INSTANCE, { underWay })], 77);
    expect(session.pools[0]?.underWay).toEqual(underWay.slice(1));
    expect(session.poolsLostAt).toBe(77);
  });
  it("take at most 2 MB of the session's 10", () => {
    const underWay = Array.from({ length: MAX_UNDER_WAY }, (_, index) => ({
      id: String(10_000_000 + index),
      tabId: 9999,
    }));
    const tabs = Array.from({ length: 10 }, (_, index) => 9000 + index);
    const many = Array.from({ length: 10 * MAX_ENTRIES }, (_, index) =>
      pool(`${"x".repeat(63)}.${"y".repeat(63)}.a${String(index)}.ui.nabu.casa`, { underWay, tabs }),
    );
    expect(sizeOf(notePools(pinned, many, 77).session)).toBeLessThan(2 * MB);
  });
  it("that are idle are forgotten if there are many, except those of pinned addresses", () => {
    const idle = Array.from({ length: MAX_ENTRIES }, (_, index) => pool(other(index)));
    const busy = pool("busy.ui.nabu.casa", { underWay: [{ id: "1", tabId: 1 }] });
    const recent = pool("recent.ui.nabu.casa", { keptAt: 90 });
    const names = idle.map(({ name }) => name);
    expect(idlePools(pinned, [pool(INSTANCE), busy, recent, ...idle], 50)).toEqual(names);
    expect(idlePools(pinned, idle, 50)).toEqual([]);
  });
  it("stay as they are if there are few", () => {
    const { session } = notePools(pinned, [pool(INSTANCE), pool("not an address")], 77);
    expect(session).toEqual({ ...EMPTY_SESSION, pools: [pool(INSTANCE), pool("not an address")] });
  });
});
