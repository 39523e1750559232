// Keys that are missing from a disk. store.test.ts tests the rest of the store.
import { describe, expect, it, vi } from "vitest";
import { area, nothing } from "./area";
import { EMPTY_STORED_STATE, type State } from "../../../src/core/state/state";
import { confirmed, INSTANCE, unconfirmed } from "../../core/samples";
import { createStore } from "../../../src/shell/storage/store";
import type { Area } from "../../../src/shell/storage/area";
import { createDisk } from "../../../src/shell/storage/disk";
import { setGuard, startAgain } from "../../../src/core/state/reduce";
import { noteVersion } from "../../../src/core/state/version-steps";
import { setMonitoring } from "../../../src/core/state/ct-reduce";
import { guardAt } from "../../../src/core/state/guard";

describe("a key that is missing", () => {
  /** A disk as Latchkey leaves it after guarding a pinned instance. */
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
    // The list itself is missing, too, as on a disk of an earlier version.
    [["written"], "on", "known"],
    [["written", "book"], "damaged", "known"],
    [["written", "book", "guarded"], "damaged", "known"],
  ])("%j is damage, not emptiness: no secret leaves", async (missing, guard, records) => {
    const state = await reading(await without(...missing));
    expect(guardAt(state, INSTANCE, false, 1, 0)).toBe(guard);
    expect(state.ctStates === "unknown" ? "unknown" : "known").toBe(records);
    expect(state.damage !== undefined).toBe(missing.includes("book"));
  });

  it("of versions counts as lost, and Latchkey asks for them again", async () => {
    expect((await reading(await without("versions"))).versions).toBe("unknown");
  });

  it("is no damage on a new disk, or on one of an earlier version that never guarded anything", async () => {
    expect(await reading(area())).toMatchObject({ stored: EMPTY_STORED_STATE, guarded: [], ctStates: [] });
    const old = area({ book: { ...EMPTY_STORED_STATE, pins: [unconfirmed("1")] } });
    const state = await reading(old);
    expect(state).toMatchObject({ stored: { pins: [unconfirmed("1")] }, guarded: [] });
    expect(state.damage).toBeUndefined();
    // From then on, the list says which keys exist.
    await expect.poll(() => old.kept["written"]).toEqual(["book"]);
    expect((await reading(area({ written: ["book"] }))).damage).toContain("missing");
  });

  it("starts empty again if you choose so", async () => {
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

  it("doesn't count as missing while the disk refused it", async () => {
    const words = vi.spyOn(console, "error").mockImplementation(nothing);
    const local = area();
    const full: Area = { ...local, set: () => Promise.reject(new Error("QuotaExceededError")) };
    await createDisk(full, area(), nothing).set({ book: EMPTY_STORED_STATE });
    expect(await reading(local)).toMatchObject({ stored: EMPTY_STORED_STATE });
    expect(local.kept).toEqual({});
    words.mockRestore();
  });
});
