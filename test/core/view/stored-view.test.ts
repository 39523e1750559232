import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { MAX_HISTORY } from "../../../src/core/bounds";
import { observe } from "../../../src/core/state/reduce";
import type { State } from "../../../src/core/state/state";
import { remembered, setNote, takeImport } from "../../../src/core/state/pins";
import { EMPTY_VERSIONS, type VersionEntry } from "../../../src/core/version/version-state";
import { HISTORY_SHOWN, PINS_SHOWN, storedViewOf, type StoredQuery } from "../../../src/core/view/stored-view";
import { certificate, confirmed, seenTls, sha1, stateOf, unconfirmed } from "../samples";

const FIRST: StoredQuery = { find: "", pinsFrom: 0, historyFrom: 0 };
const AT = 1_795_000_000_000;
const HOST = (index: number): Address => `a${String(index)}.ui.nabu.casa` as Address;
const fingerprint = (index: number) => index.toString(16).padStart(40, "0") as ReturnType<typeof sha1>;
const pins = Array.from({ length: 50 }, (_, index) =>
  unconfirmed("1", { hosts: [HOST(index)], fingerprint: fingerprint(index), note: index === 30 ? "Caddy" : "" }),
);
const many = stateOf(pins);
const noted = (state: State, count: number, from = 0): State =>
  Array.from({ length: count }, (_, index) => from + index).reduce(
    (next, at) => remembered(next, "noted", at, (now) => setNote(now, fingerprint(0), String(at), false)),
    state,
  );

describe("the pins that the options page shows", () => {
  it("are a part of the list, with how many there are", () => {
    const { pins: shown, pinCount } = storedViewOf(many, { ...FIRST, pinsFrom: 40 });
    expect(shown.items.map(({ pin }) => pin)).toEqual(pins.slice(40));
    expect(shown).toMatchObject({ from: 40, total: 50, size: PINS_SHOWN });
    expect(pinCount).toBe(50);
  });

  it.each<[string, string, readonly number[]]>([
    ["an address", "a49.ui", [49]],
    ["an address in capitals, with a space behind it", "A49.UI ", [49]],
    ["a note", "caddy", [30]],
    ["a fingerprint with colons", "00:00:00:31", [49]],
    ["a fingerprint with spaces", "0000 0031", [49]],
    ["too few digits of a fingerprint", "031", []],
    ["nothing that is there", "nowhere", []],
  ])("are found by %s", (_, find, found) => {
    const { pins: shown, pinCount } = storedViewOf(many, { ...FIRST, find });
    expect(shown.items.map(({ pin }) => pin.hosts[0])).toEqual(found.map(HOST));
    expect(pinCount).toBe(50);
  });

  it("have the certificate that the instance presented, if it is its own", () => {
    const pinned = stateOf([confirmed("1", "K")]);
    const own = observe(pinned, seenTls(certificate("1", "K"))).state;
    const other = observe(pinned, seenTls(certificate("2", "X"))).state;
    const leafOf = (state: State) => storedViewOf(state, FIRST).pins.items[0]?.leaf;
    expect(leafOf(own)).toEqual(certificate("1", "K"));
    expect([leafOf(pinned), leafOf(other)]).toEqual([undefined, undefined]);
  });
});

describe("the history that the options page shows", () => {
  it("has changes of pins and of versions, the newest first, and says which can be taken back", () => {
    const reported: VersionEntry = { at: 5, event: "reported", address: HOST(1), text: "2026.11.0", ids: [] };
    const withReport: State = { ...noted(many, 2), versions: { ...EMPTY_VERSIONS, history: [reported] } };
    const { history } = storedViewOf(noted(withReport, 1, 9), FIRST);
    expect(history.items.map(({ kind, at }) => [kind, at])).toEqual([
      ["pins", 9],
      ["version", 5],
      ["pins", 1],
      ["pins", 0],
    ]);
    expect(history.items.flatMap((row) => (row.kind === "pins" ? [row.isUndoable] : []))).toEqual([true, false, false]);
  });

  it("names five addresses of an import of many pins, and says how many more there are", () => {
    const imported = takeImport(
      stateOf([]),
      pins.map((pin) => ({ kind: "added", pin })),
      AT,
    );
    expect(storedViewOf(imported, FIRST).history.items).toMatchObject([
      { event: "imported", about: { hosts: [0, 1, 2, 3, 4].map(HOST), more: 45 }, isUndoable: true },
    ]);
  });

  it("says how many entries had to make room", () => {
    const full = noted(stateOf(pins.slice(0, 1)), MAX_HISTORY);
    expect(storedViewOf(full, FIRST)).toMatchObject({ forgotten: 0, history: { total: MAX_HISTORY } });
    const over = noted(full, 3, MAX_HISTORY);
    const { forgotten, history } = storedViewOf(over, { ...FIRST, historyFrom: MAX_HISTORY });
    expect(forgotten).toBe(3);
    expect(history).toMatchObject({ from: MAX_HISTORY - HISTORY_SHOWN, total: MAX_HISTORY });
    expect(history.items.at(-1)?.at).toBe(3);
  });

  it("is of the pins alone while what is known of versions can't be read", () => {
    const view = storedViewOf({ ...noted(many, 1), versions: "unknown" }, FIRST);
    expect(view).toMatchObject({ feed: "unknown", forgotten: 0, history: { total: 1 } });
  });
});
