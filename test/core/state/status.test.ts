import { describe, it, expect } from "vitest";
import { seenTls, certificate, unconfirmed, INSTANCE, stateOf, SIGHT } from "../samples";
import { statusAt } from "../../../src/core/state/status";
import { type State, isWatched } from "../../../src/core/state/state";
import { observe, setWatched } from "../../../src/core/state/reduce";
import type { Observation } from "../../../src/core/tls/observation";

const AT = seenTls(certificate("1", "K")).at;
const state = (pins = [unconfirmed("1")]): State => stateOf(pins);
const instance = seenTls(certificate("1", "K"));
const attack = seenTls(certificate("3", "X"), { at: AT + 1 });
const after = (begin: State, ...seen: Parameters<typeof observe>[1][]): State =>
  seen.reduce((next, observation) => observe(next, observation).state, begin);

describe("what a tab shows", () => {
  it("is never green if the last check failed", () => {
    const cut = seenTls(certificate("1", "K"), { at: AT + 9, seen: { kind: "nothing", reason: "cut-off" } });
    expect(statusAt(after(state(), instance, cut), INSTANCE, SIGHT)).toMatchObject({ verdict: { kind: "unchecked" } });
    const back = seenTls(certificate("1", "K"), { at: AT + 10 });
    expect(statusAt(after(state(), instance, cut, back), INSTANCE, SIGHT)).toMatchObject({
      verdict: { kind: "match" },
    });
  });

  it("stays green if an older check ends without an answer after a newer one succeeded", () => {
    const probe = { ...instance.request, type: "probe" };
    const late = { ...instance, at: AT - 1, seen: { kind: "nothing", reason: "cut-off" } } as const;
    const verdictAfter = (...all: Observation[]): unknown => statusAt(after(state(), ...all), INSTANCE, SIGHT);
    expect(verdictAfter(instance, { ...late, request: probe })).toMatchObject({ verdict: { kind: "match" } });
    // A later check shows something new, and someone may have read a page's own request.
    for (const other of [{ ...late, request: probe, at: AT + 1 }, late])
      expect(verdictAfter(instance, other)).toMatchObject({ verdict: { kind: "unchecked", reason: "cut-off" } });
    // In another window, or after an attack, nothing has overtaken it.
    for (const other of [
      { ...instance, private: true },
      { ...attack, at: AT },
    ])
      expect(after(state(), other, { ...late, request: probe }).session.ordinary.failures).toHaveLength(1);
  });

  it("is not green for a probe over an old connection or for a cached answer", () => {
    for (const stale of [{ probe: "reused" }, { freshness: "cached" }] as const) {
      const seen = after(state(), { ...instance, ...stale });
      expect(statusAt(seen, INSTANCE, SIGHT).kind).toBe("not-yet");
    }
  });

  it("is not checked if the permission is gone or the saved data is damaged", () => {
    const good = after(state(), instance);
    expect(statusAt(good, INSTANCE, { ...SIGHT, origins: [] })).toMatchObject({
      verdict: { reason: "permission-gone" },
    });
    const damaged = after({ ...state(), damage: "no JSON" }, instance);
    expect(statusAt(damaged, INSTANCE, SIGHT)).toMatchObject({ verdict: { reason: "storage-damaged" } });
  });

  it("is nothing at an address that you don't watch", () => {
    const unwatched = setWatched(state(), INSTANCE, false, false);
    expect(isWatched(unwatched, INSTANCE, false)).toBe(false);
    expect(observe(unwatched, attack).notify).toBeUndefined();
    expect(statusAt(unwatched, INSTANCE, SIGHT)).toEqual({ kind: "not-watched" });
    expect(isWatched(setWatched(unwatched, INSTANCE, true, false), INSTANCE, false)).toBe(true);
  });
});
