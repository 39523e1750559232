import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import {
  acceptFirefox,
  guardLimit,
  guardLimitAt,
  isFirefoxKnown,
  mayCheckThrough,
  noteFirefox,
  noteLimit,
  noteProxy,
  PROVEN_FIREFOX,
} from "../../../src/core/state/guard-limit";
import { observe, setGuard } from "../../../src/core/state/reduce";
import { statusAt } from "../../../src/core/state/status";
import { DIRECT, routeOf } from "../../../src/core/probe/route";
import { EMPTY_SESSION, SESSION, type State } from "../../../src/core/state/state";
import { buttonStateOf } from "../../../src/core/view/button-state";
import { headline, uncheckedText } from "../../../src/core/view/texts";
import { certificate, confirmed, INSTANCE, seenTls, stateOf, SIGHT } from "../samples";

const watched = stateOf([confirmed("1", "K")]);
const guarded = setGuard(watched, INSTANCE, true);

const { oldest, newest } = PROVEN_FIREFOX;
it.each<[version: string | undefined, isKnown: boolean]>([
  [`${String(oldest)}.7.0`, true],
  [`${String(newest)}.0.1`, true],
  [`${String(newest + 1)}.0`, false],
  [`${String(oldest - 1)}.0`, false],
  ["", false],
  ["a fork", false],
  [undefined, false],
])("Guard works with Firefox %s: %s", (version, isKnown) => {
  const state = noteFirefox(guarded, version);
  expect(isFirefoxKnown(state)).toBe(isKnown);
  expect(guardLimit(state, false)).toBe(isKnown ? undefined : "unproven-firefox");
});

describe("an untested version of Firefox", () => {
  const untested = noteFirefox(guarded, `${String(newest + 1)}.0`);
  it("is accepted if you choose so, until the next version", () => {
    const accepted = acceptFirefox(untested);
    expect(isFirefoxKnown(accepted)).toBe(true);
    expect(isFirefoxKnown(noteFirefox(accepted, `${String(newest + 2)}.0`))).toBe(false);
  });
  it("doesn't matter while Guard is off", () => {
    expect(guardLimitAt({ ...untested, guarded: [] }, INSTANCE, false)).toBeUndefined();
    expect(guardLimitAt(untested, INSTANCE, false)).toBe("unproven-firefox");
  });
});

describe("what a round shows about the browser", () => {
  const limited = noteLimit(guarded, "coarse-clock", false);
  const seen = seenTls(certificate("1", "K"), { at: 1_795_000_000_000 });
  it("keeps an address from being verified while Guard is on, even after a good check", () => {
    expect(statusAt(observe(limited, seen).state, INSTANCE, SIGHT)).toMatchObject({
      kind: "checked",
      verdict: { kind: "unchecked", reason: "coarse-clock" },
    });
  });
  it("doesn't matter while Guard is off", () => {
    const off = { ...observe(limited, seen).state, guarded: [] };
    expect(statusAt(off, INSTANCE, SIGHT)).toMatchObject({ kind: "checked", verdict: { kind: "match" } });
  });
  it("holds for windows of its kind, until a round can check", () => {
    expect(guardLimit(limited, true)).toBeUndefined();
    expect(guardLimit(noteLimit(limited, undefined, false), false)).toBeUndefined();
    expect(noteLimit(limited, "coarse-clock", false)).toBe(limited);
  });
});

describe("a proxy on the way to an address", () => {
  const proxied = noteProxy(guarded, INSTANCE, false, true);
  const seen = seenTls(certificate("1", "K"), { at: 1_795_000_000_000 });
  const OTHER = "def.ui.nabu.casa" as Address;
  const limitOf = (state: State, isPrivate = false): unknown => guardLimitAt(state, INSTANCE, isPrivate);
  const failed = (state: State, at: number): State =>
    observe(state, { ...seen, at, seen: { kind: "nothing", reason: "proxy" } }).state;

  it("keeps an address from being verified while Guard is on, and accuses nobody", () => {
    const status = statusAt(observe(proxied, seen).state, INSTANCE, SIGHT);
    expect(status).toMatchObject({ kind: "checked", verdict: { kind: "unchecked", reason: "proxy" } });
    expect(buttonStateOf(status, []).title.key).toBe("titleUncheckedGuardProxy");
    expect(headline({ kind: "unchecked", reason: "proxy" }).key).toBe("headGuardProxy");
    expect(uncheckedText("proxy").key).toBe("sayGuardProxy");
  });
  it("doesn't hide a warning", () => {
    const red = observe(proxied, seenTls(certificate("2", "X"))).state;
    expect(statusAt(red, INSTANCE, SIGHT)).toMatchObject({
      kind: "incident",
      incident: { verdict: { kind: "mismatch" } },
    });
  });
  it("doesn't matter while Guard is off", () => {
    const off = { ...observe(proxied, seen).state, guarded: [] };
    expect(statusAt(off, INSTANCE, SIGHT)).toMatchObject({ kind: "checked", verdict: { kind: "match" } });
  });
  it("holds for that address and windows of its kind, until a request goes without it", () => {
    expect(limitOf(proxied)).toBe("proxy");
    expect(limitOf(proxied, true)).toBeUndefined();
    expect(guardLimitAt({ ...proxied, guarded: [INSTANCE, OTHER] }, OTHER, false)).toBeUndefined();
    expect(limitOf(noteProxy(proxied, INSTANCE, false, false))).toBeUndefined();
    expect(noteProxy(proxied, INSTANCE, false, false)).toEqual(guarded);
  });
  it("changes nothing if it is known already", () => {
    expect(noteProxy(proxied, INSTANCE, false, true)).toBe(proxied);
    expect(noteProxy(guarded, INSTANCE, false, false)).toBe(guarded);
  });
  it("is kept for pinned addresses only: an attacker may open any number of others", () => {
    expect(noteProxy(guarded, OTHER, false, true)).toBe(guarded);
  });
  it("gives way to an untested version of Firefox", () => {
    expect(limitOf(noteFirefox(proxied, `${String(newest + 1)}.0`))).toBe("unproven-firefox");
  });
  it("is reported if a check met it on one of its routes, until the next one that doesn't, or until Guard is off", () => {
    const met = failed(guarded, 1_795_000_000_000);
    expect(statusAt(met, INSTANCE, SIGHT)).toMatchObject({ verdict: { kind: "unchecked", reason: "proxy" } });
    const checked = observe(met, { ...seen, at: 1_795_000_001_000 }).state;
    expect(statusAt(checked, INSTANCE, SIGHT)).toMatchObject({ verdict: { kind: "match" } });
    const off = { ...failed(observe(guarded, seen).state, 1_795_000_001_000), guarded: [] };
    expect(statusAt(off, INSTANCE, SIGHT)).toMatchObject({ verdict: { kind: "match" } });
  });
  it("is read again from a session, and a session of an earlier version has none", () => {
    expect(SESSION.parse(JSON.parse(JSON.stringify(proxied.session)))).toEqual(proxied.session);
    expect(SESSION.parse(JSON.parse(JSON.stringify(EMPTY_SESSION)))).toEqual(EMPTY_SESSION);
  });
});

const through = (type: string) => routeOf({ type, host: "127.0.0.1", port: 1080 });
const PROVEN = String(newest);
const LATER = String(newest + 1);
it.each([
  ["directly", DIRECT, PROVEN, true],
  ["directly", DIRECT, LATER, true],
  ["through SOCKS", through("socks"), PROVEN, true],
  ["through SOCKS", through("socks"), LATER, false],
  ["through an HTTP proxy", through("http"), PROVEN, false],
  ["through an HTTPS proxy", through("https"), PROVEN, false],
  ["through an HTTP proxy", through("http"), LATER, false],
])("Guard checks requests %s (%o) on Firefox %s, its version accepted: %s", (_, route, version, may) => {
  expect(mayCheckThrough(acceptFirefox(noteFirefox(guarded, version)), route)).toBe(may);
});
