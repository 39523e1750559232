import { describe, expect, it, vi } from "vitest";
import { askClear, askWorkers, endClear, endWorkers } from "../../../src/core/state/clear";
import { guardAt } from "../../../src/core/state/guard";
import { levelAt, setLevel } from "../../../src/core/state/guard-level";
import { versionsOf } from "../../../src/core/state/version-advice";
import type { Pin } from "../../../src/core/pin/pin";
import { pin } from "../../../src/core/state/pins";
import { activeRecords, setMonitoring } from "../../../src/core/state/ct-reduce";
import { observe, setGuard, setWatched, startAgain, visit } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type State } from "../../../src/core/state/state";
import { EMPTY_VERSIONS } from "../../../src/core/version/version-state";
import { noteVersion } from "../../../src/core/state/version-steps";
import { createDisk } from "../../../src/shell/storage/disk";
import { createCtStore } from "../../../src/shell/storage/ct-store";
import type { Area } from "../../../src/shell/storage/area";
import { createStore } from "../../../src/shell/storage/store";
import { certificate, confirmed, INSTANCE, issuance, seenTls, sha1, told } from "../../core/samples";

/** Stands for Firefox's storage: keeps what is set, as a copy. */
function area(kept: Record<string, unknown> = {}): Area & { readonly kept: Record<string, unknown> } {
  return {
    kept,
    get: (key) => Promise.resolve(key in kept ? { [key]: structuredClone(kept[key]) } : {}),
    set: (items) => {
      Object.assign(kept, structuredClone(items));
      return Promise.resolve();
    },
  };
}
const at = (pins: Pin[]): State => ({
  ...{ stored: { ...EMPTY_STORED_STATE, pins }, session: EMPTY_SESSION, guarded: [], ctStates: [] },
});
const nothing = (): void => undefined;
const PINNED = { address: INSTANCE, fingerprint: sha1("1"), source: "typed", at: 0 } as const;

it("begins empty where nothing was saved, and saves what changes", async () => {
  const local = area();
  const store = createStore(local, area(), nothing);
  await store.change((state) => pin(state, { ...PINNED, private: false }));
  await expect.poll(() => local.kept["book"]).toMatchObject({ pins: [{ fingerprint: sha1("1") }] });
});

it("reads what it saved", async () => {
  const store = createStore(area({ book: { ...EMPTY_STORED_STATE, pins: [told("1")] } }), area(), nothing);
  const { state } = await store.change((current) => current);
  expect(state.stored.pins).toEqual([told("1")]);
  expect(state.damage).toBeUndefined();
});

describe("a full disk", () => {
  const full = (local: Area): Area => ({ ...local, set: () => Promise.reject(new Error("QuotaExceededError")) });

  it("is told of, and keeps nothing from being remembered over a suspension, or from being saved once there is room", async () => {
    const local = area();
    const session = area();
    const told: (string | undefined)[] = [];
    const tell = (why: string | undefined): void => void told.push(why);
    await createStore(createDisk(full(local), session, tell), session, nothing).change((state) =>
      pin(state, { ...PINNED, private: false }),
    );
    await expect.poll(() => told.at(-1)).toContain("QuotaExceededError");
    expect(local.kept["book"]).toBeUndefined();
    const woken = createStore(createDisk(full(local), session, tell), session, nothing);
    expect((await woken.read()).stored.pins).toHaveLength(1);
    const emptied = createStore(createDisk(local, session, tell), session, nothing);
    await expect.poll(() => local.kept["book"]).toMatchObject({ pins: [{ fingerprint: sha1("1") }] });
    expect(told.at(-1)).toBeUndefined();
    expect(session.kept["unsaved"]).toEqual({});
    expect((await emptied.read()).stored.pins).toHaveLength(1);
  });

  it("is tried again by itself", async () => {
    vi.useFakeTimers();
    try {
      const local = area();
      let disk = full(local);
      const told: (string | undefined)[] = [];
      const written = createDisk({ get: (key) => local.get(key), set: (items) => disk.set(items) }, area(), (why) =>
        told.push(why),
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
      expect(told.at(-1)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it("loses nothing to a browser's session that takes nothing either, as long as the background lives", async () => {
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
  /** What reaches the disk at once: no timer runs. */
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

  it("to the session keeps neither the pins nor Guard's switches from the disk", async () => {
    const local = area();
    await kept(local, { ...area(), set: wrong });
    expect(local.kept).toMatchObject({ book: BOOK, guarded: { addresses: [INSTANCE] }, toClear: { version: 2 } });
  });

  it.each(["book", "guarded", "toClear"])("of %s keeps no other from the disk, nor the session", async (key) => {
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

it("writes a session that is too large without what shows an address as safe", async () => {
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

it("keeps an alarm in the session that is too small for all that a full disk would not take", async () => {
  const words = vi.spyOn(console, "error").mockImplementation(nothing);
  const session = area();
  const refusing: Area = { ...area(), set: () => Promise.reject(new Error("QuotaExceededError")) };
  const disk = createDisk(refusing, smallOf(session), nothing);
  await disk.set({ "record x": "x".repeat(2000), book: 1 });
  await expect.poll(() => session.kept["unsaved"]).toEqual({ book: 1 });
  words.mockRestore();
});

const DAMAGED: [string, unknown][] = [
  ["another type", "text"],
  ["a pin without a fingerprint", { ...EMPTY_STORED_STATE, pins: [{ hosts: [INSTANCE] }] }],
  ["a fingerprint in capitals", { ...EMPTY_STORED_STATE, pins: [{ ...told("1"), fingerprint: "A".repeat(40) }] }],
  ["a newer version", { ...EMPTY_STORED_STATE, version: 3 }],
  ["null", null],
];
it.each(DAMAGED)("calls %s damaged, not empty, and leaves it as it is", async (_, stored) => {
  const local = area({ book: stored });
  const store = createStore(local, area(), nothing);
  const { state } = await store.change((current) => pin(current, { ...PINNED, private: false }));
  expect(state.damage).toBeDefined();
  await store.change((current) => pin(current, { ...PINNED, fingerprint: sha1("2"), private: false }));
  expect(local.kept["book"]).toEqual(stored);
});

it("calls a storage that cannot be read damaged", async () => {
  const broken: Area = { ...area(), get: () => Promise.reject(new Error("disk")) };
  const { state } = await createStore(broken, area(), nothing).change((current) => current);
  expect(state.damage).toContain("disk");
});

describe("a key that is missing", () => {
  /** A disk as Latchkey leaves it when a pinned instance was guarded. */
  async function left(): Promise<ReturnType<typeof area>> {
    const local = area({ book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } });
    const store = createStore(createDisk(local, area(), nothing), area(), nothing);
    await store.change((state) => setGuard(state, INSTANCE, true));
    await store.change((state) => noteVersion(state, { address: INSTANCE, text: "2026.11.0", at: 1, from: "remote" }));
    await store.change((state) => setMonitoring(state, INSTANCE, true));
    await expect
      .poll(() => Object.keys(local.kept).sort())
      .toEqual(expect.arrayContaining(["book", "guarded", "records", "versions", "written"]));
    return local;
  }
  const without = async (...missing: string[]): Promise<ReturnType<typeof area>> =>
    area(Object.fromEntries(Object.entries((await left()).kept).filter(([key]) => !missing.includes(key))));
  const reading = (local: Area): Promise<State> => {
    const session = area();
    return createStore(createDisk(local, session, nothing), session, nothing).read();
  };

  it.each<[missing: string[], guard: string, records: string]>([
    [[], "on", "known"],
    [["book"], "damaged", "known"],
    [["guarded"], "damaged", "known"],
    [["book", "guarded"], "damaged", "known"],
    [["records"], "on", "unknown"],
    // The list itself is gone, too, as it is in a disk of a version before it.
    [["written"], "on", "known"],
    [["written", "book"], "damaged", "known"],
    [["written", "book", "guarded"], "damaged", "known"],
  ])("%j is damage, not emptiness: no secret leaves", async (missing, guard, records) => {
    const state = await reading(await without(...missing));
    expect(guardAt(state, INSTANCE, false, 1, 0)).toBe(guard);
    expect(state.ctStates === "unknown" ? "unknown" : "known").toBe(records);
    expect(state.damage !== undefined).toBe(missing.includes("book"));
  });

  it("of versions counts as lost, so that they are asked for again", async () => {
    expect((await reading(await without("versions"))).versions).toBe("unknown");
  });

  it("is none on a new disk, or on one of an earlier version that never guarded anything", async () => {
    expect(await reading(area())).toMatchObject({ stored: EMPTY_STORED_STATE, guarded: [], ctStates: [] });
    const old = area({ book: { ...EMPTY_STORED_STATE, pins: [told("1")] } });
    const state = await reading(old);
    expect(state).toMatchObject({ stored: { pins: [told("1")] }, guarded: [] });
    expect(state.damage).toBeUndefined();
    // From then on it is known what is there.
    await expect.poll(() => old.kept["written"]).toEqual(["book"]);
    expect((await reading(area({ written: ["book"] }))).damage).toContain("missing");
  });

  it("is begun again as the user says", async () => {
    const local = await without("book");
    const session = area();
    const store = createStore(createDisk(local, session, nothing), session, nothing);
    expect((await store.read()).damage).toBeDefined();
    expect(await store.readDamaged()).toBe("null");
    await store.putDamagedAside(0);
    await store.change(startAgain);
    await expect.poll(() => local.kept).toMatchObject({ book: EMPTY_STORED_STATE, guarded: { addresses: [] } });
    expect((await reading(local)).damage).toBeUndefined();
  });

  it("is not taken for missing while the disk would not take it", async () => {
    const words = vi.spyOn(console, "error").mockImplementation(nothing);
    const local = area();
    const full: Area = { ...local, set: () => Promise.reject(new Error("QuotaExceededError")) };
    await createDisk(full, area(), nothing).set({ book: EMPTY_STORED_STATE });
    expect(await reading(local)).toMatchObject({ stored: EMPTY_STORED_STATE });
    expect(local.kept).toEqual({});
    words.mockRestore();
  });
});

describe("Guard's level", () => {
  const open = (local: Area, session: Area) => createStore(local, session, nothing);
  const pinned = (): ReturnType<typeof area> => area({ book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } });
  const isQuick = async (local: Area, session: Area, isPrivate: boolean): Promise<boolean> =>
    levelAt(await open(local, session).read(), INSTANCE, isPrivate) === "quick";

  it("is kept on the disk, and leaves no trace when it is thorough again", async () => {
    const local = pinned();
    const store = open(local, area());
    await store.change((state) => setGuard(state, INSTANCE, true));
    await expect.poll(() => local.kept["guarded"]).toEqual({ version: 1, addresses: [INSTANCE] });
    await store.change((state) => setLevel(state, INSTANCE, "quick", false));
    const levels = [{ address: INSTANCE, level: "quick" }];
    await expect.poll(() => local.kept["guarded"]).toEqual({ version: 1, addresses: [INSTANCE], levels });
    expect(await isQuick(local, area(), false)).toBe(true);
    await store.change((state) => setLevel(state, INSTANCE, "thorough", false));
    await expect.poll(() => local.kept["guarded"]).toEqual({ version: 1, addresses: [INSTANCE] });
  });

  it("of private windows never reaches the disk, and outlives a suspension but not the browser", async () => {
    const local = pinned();
    const session = area();
    const store = open(local, session);
    await store.change((state) => setGuard(state, INSTANCE, true));
    await store.change((state) => setLevel(state, INSTANCE, "quick", true));
    await expect.poll(() => JSON.stringify(session.kept)).toContain("quick");
    expect(JSON.stringify(local.kept)).not.toContain("quick");
    expect(await isQuick(local, session, true)).toBe(true);
    expect(await isQuick(local, session, false)).toBe(false);
    expect(await isQuick(local, area(), true)).toBe(false);
  });

  it.each([["quick"], [[{ address: INSTANCE, level: "instant" }]], [null]])(
    "that is stored as %j leaves Guard on, thoroughly",
    async (levels) => {
      const local = pinned();
      await local.set({ guarded: { version: 1, addresses: [INSTANCE], firefox: 159, levels } });
      const session = area({ session: { ...EMPTY_SESSION, privateLevels: levels } });
      const state = await open(local, session).read();
      expect(guardAt(state, INSTANCE, false, 1, 0)).toBe("on");
      expect(state.acceptedFirefox).toBe(159);
      for (const isPrivate of [false, true]) expect(levelAt(state, INSTANCE, isPrivate)).toBe("thorough");
    },
  );
});

it("puts damaged bytes aside when the user starts again", async () => {
  const local = area({ book: "torn" });
  const store = createStore(local, area(), nothing);
  await store.putDamagedAside(0);
  await store.change(startAgain);
  expect(local.kept["damaged 1970-01-01T00:00:00.000Z"]).toBe("torn");
  expect(local.kept["book"]).toEqual(EMPTY_STORED_STATE);
});

it("keeps versions under a key of their own", async () => {
  const local = area({ book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } });
  const store = createStore(local, area(), nothing);
  await store.change((state) => noteVersion(state, { address: INSTANCE, text: "2026.11.0", at: 1, from: "remote" }));
  await expect.poll(() => local.kept["versions"]).toMatchObject({ version: 2, seen: [{ text: "2026.11.0" }] });
  const { state } = await createStore(local, area(), nothing).change((current) => current);
  expect(versionsOf(state).seen).toMatchObject([{ text: "2026.11.0" }]);
});

it.each([["text"], [null], [{ ...EMPTY_VERSIONS, version: 3 }], [{ ...EMPTY_VERSIONS, notified: [7] }]])(
  "calls versions that are %j unknown, not empty, and leaves the pins alone",
  async (versions) => {
    const local = area({ book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] }, versions });
    const { state } = await createStore(local, area(), nothing).change((current) => current);
    expect(state.versions).toBe("unknown");
    expect(state.damage).toBeUndefined();
    expect(state.stored.pins).toHaveLength(1);
    expect(local.kept["versions"]).toEqual(versions);
  },
);

it("keeps what private windows add away from the disk", async () => {
  const local = area();
  const session = area();
  const store = createStore(local, session, nothing);
  await store.change((state) => pin(state, { ...PINNED, private: true }));
  await expect.poll(() => session.kept["session"]).toMatchObject({ privateStored: { pins: [{ hosts: [INSTANCE] }] } });
  expect(local.kept["book"]).toBeUndefined();
});

it("keeps what is to be cleared under a key of its own, until it is done", async () => {
  const local = area();
  const store = createStore(local, area(), nothing);
  await store.change((state) => askClear(state, INSTANCE));
  await expect
    .poll(() => local.kept["toClear"])
    .toEqual({ version: 2, instances: [{ address: INSTANCE, removed: false }] });
  const again = createStore(local, area(), nothing);
  expect((await again.read()).toClear).toEqual([{ address: INSTANCE, removed: false }]);
  await again.change((state) => endClear(state, INSTANCE));
  await expect.poll(() => local.kept["toClear"]).toEqual({ version: 2, instances: [] });
});

it("keeps whose workers are to be removed, until they are, and reads what older versions wrote", async () => {
  const local = area({ toClear: { version: 1, houses: [] } });
  const store = createStore(local, area(), nothing);
  await store.change((state) => askWorkers(state, INSTANCE));
  await expect.poll(() => local.kept["toClear"]).toEqual({ version: 2, instances: [], workers: [INSTANCE] });
  const again = createStore(local, area(), nothing);
  expect((await again.read()).workersToClear).toEqual([INSTANCE]);
  await again.change((state) => endWorkers(state, INSTANCE));
  await expect.poll(() => local.kept["toClear"]).toEqual({ version: 2, instances: [] });
});

it("reads a torn list of what is to be cleared as empty, and everything else all the same", async () => {
  const local = area({ toClear: "torn", book: { ...EMPTY_STORED_STATE, pins: [told("1")] } });
  const { toClear, stored, damage } = await createStore(local, area(), nothing).read();
  expect({ toClear, pins: stored.pins, damage }).toEqual({ toClear: undefined, pins: [told("1")], damage: undefined });
});

describe("the consents to the public record", () => {
  const agreed = setMonitoring(at([confirmed("1", "K")]), INSTANCE, true).ctStates;
  it("are kept apart from the book, and read back", async () => {
    const local = area({ book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } });
    await createStore(local, area(), nothing).change((state) => setMonitoring(state, INSTANCE, true));
    await expect.poll(() => local.kept["records"]).toEqual({ version: 2, records: agreed });
    expect((await createStore(local, area(), nothing).read()).ctStates).toEqual(agreed);
  });

  const TORN: [string, unknown][] = [
    ["text", "text"],
    ["a newer version", { version: 3, records: [] }],
    ["one without its address", { version: 2, records: [{ on: true }] }],
  ];
  it.each(TORN)("are unknown, not none and not given, where %s stands in their place", async (_, records) => {
    const local = area({ records, book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } });
    const store = createStore(local, area(), nothing);
    expect((await store.read()).ctStates).toBe("unknown");
    expect(activeRecords(await store.read())).toEqual([]);
    await store.change((state) => setWatched(state, INSTANCE, false, false));
    await expect.poll(() => local.kept["book"]).toMatchObject({ unwatched: [INSTANCE] });
    expect(local.kept["records"]).toEqual(records);
  });

  it("are of certificates that are damaged, or none, each told from the other", async () => {
    const key = `record ${INSTANCE}`;
    expect(await createCtStore(area()).read(INSTANCE)).toEqual({ kind: "empty" });
    expect(await createCtStore(area({ [key]: { version: 1, issuances: [{}] } })).read(INSTANCE)).toMatchObject({
      kind: "damaged",
    });
    const local = area();
    await createCtStore(local).write(INSTANCE, [issuance("1", "K")]);
    expect(await createCtStore(local).read(INSTANCE)).toEqual({ kind: "value", value: [issuance("1", "K")] });
  });
});
