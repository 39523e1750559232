import { describe, it, expect, vi } from "vitest";
import type { Area } from "../../../src/shell/storage/area";
import { createDisk } from "../../../src/shell/storage/disk";
import { area, nothing, PINNED } from "./area";
import { sha1, INSTANCE, confirmed, seenTls, certificate } from "../../core/samples";
import { createStore } from "../../../src/shell/storage/store";
import { pin } from "../../../src/core/state/pins";
import { setGuard, visit, observe } from "../../../src/core/state/reduce";
import { askClear } from "../../../src/core/state/clear";
import { EMPTY_STORED_STATE } from "../../../src/core/state/state";

describe("a full disk", () => {
  const full = (local: Area): Area => ({ ...local, set: () => Promise.reject(new Error("QuotaExceededError")) });

  it("is reported, and loses nothing: it is kept over a suspension, and saved once there is room", async () => {
    const local = area();
    const session = area();
    const reported: (string | undefined)[] = [];
    const report = (why: string | undefined): void => void reported.push(why);
    await createStore(createDisk(full(local), session, report), session, nothing).change((state) =>
      pin(state, { ...PINNED, private: false }),
    );
    await expect.poll(() => reported.at(-1)).toContain("QuotaExceededError");
    expect(local.kept["book"]).toBeUndefined();
    const woken = createStore(createDisk(full(local), session, report), session, nothing);
    expect((await woken.read()).stored.pins).toHaveLength(1);
    const emptied = createStore(createDisk(local, session, report), session, nothing);
    await expect.poll(() => local.kept["book"]).toMatchObject({ pins: [{ fingerprint: sha1("1") }] });
    expect(reported.at(-1)).toBeUndefined();
    expect(session.kept["unsaved"]).toEqual({});
    expect((await emptied.read()).stored.pins).toHaveLength(1);
  });

  it("is tried again by itself", async () => {
    vi.useFakeTimers();
    try {
      const local = area();
      let disk = full(local);
      const reported: (string | undefined)[] = [];
      const written = createDisk({ get: (key) => local.get(key), set: (items) => disk.set(items) }, area(), (why) =>
        reported.push(why),
      );
      await written.set({ book: 1 });
      disk = local;
      await written.set({ guarded: 2 });
      expect(local.kept).toMatchObject({ book: 1, guarded: 2 });
      disk = full(local);
      await written.set({ book: 3 });
      disk = local;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(local.kept).toMatchObject({ book: 3, guarded: 2 });
      expect(reported.at(-1)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it("loses nothing while the background lives, even if the session's storage is full, too", async () => {
    const words = vi.spyOn(console, "error").mockImplementation(nothing);
    const disk = createDisk(full(area()), full(area()), nothing);
    await disk.set({ book: 1 });
    expect(await disk.get("book")).toEqual({ book: 1 });
    expect(words).toHaveBeenCalledOnce();
    words.mockRestore();
  });
});

type Set = Area["set"];
const WRONG: [string, Set][] = [
  ["is refused", () => Promise.reject(new Error("QuotaExceededError"))],
  ["hangs", () => new Promise<void>(nothing)],
  [
    "throws",
    () => {
      throw new Error("storage");
    },
  ],
];

describe.each(WRONG)("a write that %s", (_, wrong) => {
  /** Makes changes whose writes reach the disk at once: no timer runs. */
  const kept = async (local: Area, session: Area): Promise<void> => {
    vi.useFakeTimers();
    const words = vi.spyOn(console, "error").mockImplementation(nothing);
    try {
      const store = createStore(createDisk(local, session, nothing), session, nothing);
      await store.change((state) => pin(state, { ...PINNED, private: false }));
      await store.change((state) => setGuard(state, INSTANCE, true));
      await store.change((state) => visit(state, INSTANCE, false));
      await store.change((state) => askClear(state, INSTANCE));
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    } finally {
      words.mockRestore();
      vi.useRealTimers();
    }
  };
  const BOOK = { pins: [{ fingerprint: sha1("1") }] };

  it("to the session doesn't prevent saving the pins and Guard's switches", async () => {
    const local = area();
    await kept(local, { ...area(), set: wrong });
    expect(local.kept).toMatchObject({ book: BOOK, guarded: { addresses: [INSTANCE] }, toClear: { version: 2 } });
  });

  it.each(["book", "guarded", "toClear"])("of %s prevents no other write to the disk or the session", async (key) => {
    const local = area();
    const session = area();
    const set: Set = (items) => (key in items ? wrong(items) : local.set(items));
    await kept({ get: (name) => local.get(name), set }, session);
    const others = ["book", "guarded", "toClear"].filter((name) => name !== key);
    expect(Object.keys(local.kept).sort()).toEqual([...others, "written"]);
    expect(session.kept["session"]).toMatchObject({ ordinary: { visited: INSTANCE } });
  });
});

/** The same with room for 1,000 characters at a time. */
const smallOf = (full: Area): Area => ({
  ...full,
  set: (items) =>
    JSON.stringify(items).length > 1000 ? Promise.reject(new Error("QuotaExceededError")) : full.set(items),
});

it("writes a session that is too large without the checks that show an address as safe", async () => {
  const words = vi.spyOn(console, "error").mockImplementation(nothing);
  const session = area();
  const store = createStore(
    area({ book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } }),
    smallOf(session),
    nothing,
  );
  await store.change((state) => observe(state, seenTls(certificate("1", "K"))));
  await expect.poll(() => session.kept["session"]).toMatchObject({ ordinary: { checks: [] } });
  words.mockRestore();
});

it("keeps a warning in a session that is too small for everything that the full disk refused", async () => {
  const words = vi.spyOn(console, "error").mockImplementation(nothing);
  const session = area();
  const refusing: Area = { ...area(), set: () => Promise.reject(new Error("QuotaExceededError")) };
  const disk = createDisk(refusing, smallOf(session), nothing);
  await disk.set({ "record x": "x".repeat(2000), book: 1 });
  await expect.poll(() => session.kept["unsaved"]).toEqual({ book: 1 });
  words.mockRestore();
});
