import { describe, expect, it } from "vitest";
import { askClear, askWorkers, endClear, endWorkers } from "../../../src/core/state/clear";
import { versionsOf } from "../../../src/core/state/version-advice";
import type { Pin } from "../../../src/core/pin/pin";
import { pin } from "../../../src/core/state/pins";
import { activeMonitors, setMonitoring } from "../../../src/core/state/ct-reduce";
import { setWatched, startAgain, setGuard } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type State } from "../../../src/core/state/state";
import { EMPTY_VERSIONS } from "../../../src/core/version/version-state";
import { noteVersion } from "../../../src/core/state/version-steps";
import type { Area } from "../../../src/shell/storage/area";
import { createStore } from "../../../src/shell/storage/store";
import { confirmed, INSTANCE, sha1, unconfirmed } from "../../core/samples";
import { area, nothing, PINNED } from "./area";
import { levelAt, setLevel } from "../../../src/core/state/guard-level";
import { guardAt } from "../../../src/core/state/guard";

const at = (pins: Pin[]): State => ({
  stored: { ...EMPTY_STORED_STATE, pins },
  session: EMPTY_SESSION,
  guarded: [],
  ctStates: [],
});

it("starts empty if nothing was saved, and saves changes", async () => {
  const local = area();
  const store = createStore(local, area(), nothing);
  await store.change((state) => pin(state, { ...PINNED, private: false }));
  await expect.poll(() => local.kept["book"]).toMatchObject({ pins: [{ fingerprint: sha1("1") }] });
});

it("reads what it saved", async () => {
  const store = createStore(area({ book: { ...EMPTY_STORED_STATE, pins: [unconfirmed("1")] } }), area(), nothing);
  const { state } = await store.change((current) => current);
  expect(state.stored.pins).toEqual([unconfirmed("1")]);
  expect(state.damage).toBeUndefined();
});

const DAMAGED: [string, unknown][] = [
  ["another type", "text"],
  ["a pin without a fingerprint", { ...EMPTY_STORED_STATE, pins: [{ hosts: [INSTANCE] }] }],
  [
    "a fingerprint in capitals",
    { ...EMPTY_STORED_STATE, pins: [{ ...unconfirmed("1"), fingerprint: "A".repeat(40) }] },
  ],
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

it("puts damaged bytes aside when you start again", async () => {
  const local = area({ book: "torn" });
  const store = createStore(local, area(), nothing);
  await store.putDamagedAside(0);
  await store.change(startAgain);
  expect(local.kept["damaged 1970-01-01T00:00:00.000Z"]).toBe("torn");
  expect(local.kept["book"]).toEqual(EMPTY_STORED_STATE);
});

it("keeps versions under their own key", async () => {
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

it("keeps pins of private windows away from the disk", async () => {
  const local = area();
  const session = area();
  const store = createStore(local, session, nothing);
  await store.change((state) => pin(state, { ...PINNED, private: true }));
  await expect.poll(() => session.kept["session"]).toMatchObject({ privateStored: { pins: [{ hosts: [INSTANCE] }] } });
  expect(local.kept["book"]).toBeUndefined();
});

it("keeps the addresses to clear under their own key, until they are cleared", async () => {
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

it("keeps the addresses whose workers are to be removed, and reads what older versions wrote", async () => {
  const local = area({ toClear: { version: 1, houses: [] } });
  const store = createStore(local, area(), nothing);
  await store.change((state) => askWorkers(state, INSTANCE));
  await expect.poll(() => local.kept["toClear"]).toEqual({ version: 2, instances: [], workers: [INSTANCE] });
  const again = createStore(local, area(), nothing);
  expect((await again.read()).workersToClear).toEqual([INSTANCE]);
  await again.change((state) => endWorkers(state, INSTANCE));
  await expect.poll(() => local.kept["toClear"]).toEqual({ version: 2, instances: [] });
});

it("reads a damaged list of addresses to clear as empty, and everything else as usual", async () => {
  const local = area({ toClear: "torn", book: { ...EMPTY_STORED_STATE, pins: [unconfirmed("1")] } });
  const { toClear, stored, damage } = await createStore(local, area(), nothing).read();
  expect({ toClear, pins: stored.pins, damage }).toEqual({
    toClear: undefined,
    pins: [unconfirmed("1")],
    damage: undefined,
  });
});

describe("the consents to log monitoring", () => {
  const agreed = setMonitoring(at([confirmed("1", "K")]), INSTANCE, true).ctStates;
  it("are kept apart from the pins, and read back", async () => {
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
  it.each(TORN)("are unknown, not none and not given, if %s is saved instead", async (_, records) => {
    const local = area({ records, book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } });
    const store = createStore(local, area(), nothing);
    expect((await store.read()).ctStates).toBe("unknown");
    expect(activeMonitors(await store.read())).toEqual([]);
    await store.change((state) => setWatched(state, INSTANCE, false, false));
    await expect.poll(() => local.kept["book"]).toMatchObject({ unwatched: [INSTANCE] });
    expect(local.kept["records"]).toEqual(records);
  });
});

describe("Guard's level", () => {
  const open = (local: Area, session: Area) => createStore(local, session, nothing);
  const pinned = (): ReturnType<typeof area> => area({ book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } });
  const isQuick = async (local: Area, session: Area, isPrivate: boolean): Promise<boolean> =>
    levelAt(await open(local, session).read(), INSTANCE, isPrivate) === "quick";

  it("is saved on the disk, and leaves no trace when it is thorough again", async () => {
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
