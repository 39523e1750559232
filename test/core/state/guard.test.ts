import { describe, expect, it } from "vitest";
import {
  closing,
  guardAt,
  isOtherPort,
  forgetSecret,
  noteLeft,
  noteSecret,
  suspectedMissesAt,
  mayGuard,
  mayPass,
  UNKNOWN_TAB,
  withoutAlternative,
  withoutReferrerPath,
  type GuardState,
} from "../../../src/core/state/guard";
import { placeOf, type Address } from "../../../src/core/address";
import type { Header } from "../../../src/core/request/header";
import { type Incident, keyOf, withoutEvidence } from "../../../src/core/incident/incident";
import { unpin } from "../../../src/core/state/pins";
import { closeIncident, observeUnanswered, bypass, setGuard, tabClosed, observe } from "../../../src/core/state/reduce";
import { STORED_STATE, EMPTY_STORED_STATE, EMPTY_SESSION, type State } from "../../../src/core/state/state";
import { certificate, confirmed, INSTANCE, seenTls, sha1, stateOf } from "../samples";

const AT = 1_795_000_000_000;
const DAY = 24 * 60 * 60 * 1000;
const url = (path: string): string => `https://${INSTANCE}${path}`;
const guarded: State = setGuard(stateOf([confirmed("1", "K")]), INSTANCE, true);
const unanswered = (state: State, at: number, carried: "probe" | "secret" = "probe"): State =>
  observeUnanswered(
    state,
    {
      address: INSTANCE,
      at,
      private: false,
      freshness: "live",
      seen: { kind: "nothing", reason: "cut-off" },
      request: { type: "probe", method: "POST", url: url("/") },
    },
    carried,
  ).state;
const attacked = observe(guarded, seenTls(certificate("2", "X"), { at: AT })).state;
const keyIn = ({ stored }: State): string => keyOf(stored.incidents[0] as Incident);

const BASIC: Header = { name: "Authorization", value: "Basic dTpw" };

const STATES: [what: string, state: State, tabId: number, guard: GuardState][] = [
  ["a guarded instance", guarded, 1, "on"],
  ["its worker", guarded, -1, "on"],
  ["switched off", setGuard(guarded, INSTANCE, false), 1, "off"],
  ["its pin removed", unpin(guarded, INSTANCE, sha1("1")), 1, "off"],
  ["after someone else's answer", attacked, 1, "quarantine"],
  ["after you closed its warning", closeIncident(attacked, keyIn(attacked), "done", AT), 1, "on"],
  ["opened anyway in this tab", bypass(attacked, 1, INSTANCE), 1, "off"],
  ["its worker then", bypass(attacked, 1, INSTANCE), -1, "off"],
  ["another tab then", bypass(attacked, 1, INSTANCE), 2, "quarantine"],
  ["a document without a known tab then", bypass(attacked, 1, INSTANCE), UNKNOWN_TAB, "quarantine"],
  ["a document without a known tab", guarded, UNKNOWN_TAB, "on"],
  ["that tab closed", tabClosed(bypass(attacked, 1, INSTANCE), 1), -1, "quarantine"],
  ["one connection closed without a response", unanswered(guarded, AT), 1, "on"],
  ["two of them", unanswered(unanswered(guarded, AT), AT), 1, "paused"],
  ["a probe and a secret", unanswered(unanswered(guarded, AT), AT, "secret"), 1, "paused"],
  ["two of them, a day apart", unanswered(unanswered(guarded, AT - 2 * DAY), AT), 1, "on"],
  ["pins that cannot be read", { ...guarded, stored: EMPTY_STORED_STATE, damage: "torn" }, 1, "damaged"],
  ["a list that cannot be read", { ...guarded, guarded: "unknown" }, 1, "damaged"],
  ["pins that cannot be read, without Guard", { ...guarded, guarded: [], damage: "torn" }, 1, "off"],
];
it.each(STATES)("%s", (_, state, tabId, guard) => {
  expect(guardAt(state, INSTANCE, false, tabId, AT)).toBe(guard);
});

it("counts suspected misses of the last day, except those that you closed", () => {
  const twice = unanswered(unanswered(guarded, AT), AT);
  expect(suspectedMissesAt(twice, INSTANCE, false, AT)).toBe(2);
  expect(suspectedMissesAt(twice, INSTANCE, false, AT + DAY)).toBe(0);
  expect(suspectedMissesAt(closeIncident(twice, keyIn(twice), "understood", AT), INSTANCE, false, AT)).toBe(0);
});

describe("a secret that was noted", () => {
  const noted = noteSecret(stateOf([]), "7", 10);
  const secretsIn = ({ session }: State): unknown => session.secrets;
  it("has the age of the moment it left", () => {
    expect(secretsIn(noteLeft(noted, "7", 20))).toEqual([{ id: "7", at: 20 }]);
  });
  it("stays over if it ended before it was noted", () => {
    expect(secretsIn(noteLeft(forgetSecret(noted, "7"), "7", 20))).toEqual([]);
    expect(secretsIn(noteLeft(noted, "8", 20))).toEqual([{ id: "7", at: 10 }]);
  });
});

it("offers Guard if a connection has matched a saved pin", () => {
  expect(mayGuard(guarded, INSTANCE)).toBe(true);
  expect(mayGuard({ ...guarded, stored: { ...EMPTY_STORED_STATE, pins: [] } }, INSTANCE)).toBe(false);
});

it("lets only the instance's own answers pass", () => {
  expect(mayPass({ kind: "match", pin: sha1("1") })).toBe(true);
  expect(mayPass(undefined)).toBe(false);
  expect(mayPass({ kind: "unpinned" })).toBe(false);
  expect(mayPass({ kind: "unchecked", reason: "no-certificate" })).toBe(false);
  expect(mayPass({ kind: "mismatch", cause: "other-key" })).toBe(false);
});

describe("headers", () => {
  it("close every connection but a WebSocket's", () => {
    expect(closing([{ name: "connection", value: "keep-alive" }])).toEqual([{ name: "Connection", value: "close" }]);
    const handshake = [
      { name: "Connection", value: "Upgrade" },
      { name: "Upgrade", value: "websocket" },
    ];
    expect(closing(handshake)).toEqual(handshake);
  });
  const REFERRERS: [sent: string, becomes: string | undefined | null][] = [
    [`https://${INSTANCE}/?auth_callback=1&code=abc`, `https://${INSTANCE}/`],
    [`https://${INSTANCE}/lovelace/0`, `https://${INSTANCE}/`],
    [`https://${INSTANCE}:8123/?code=abc`, `https://${INSTANCE}:8123/`],
    ["https://elsewhere.example/?code=abc", "https://elsewhere.example/"],
    // Latchkey doesn't rewrite headers that need no change.
    [`https://${INSTANCE}/`, undefined],
    [`https://${INSTANCE}`, undefined],
    ["", undefined],
    // A referrer without an origin names no page, and is removed.
    ["about:client", null],
    ["a?code=abc", null],
  ];
  it.each(REFERRERS)("reduce the referrer %s to its origin: %s", (sent, becomes) => {
    const others = [
      { name: "Accept", value: "*/*" },
      { name: "X-Referer", value: sent },
    ];
    for (const name of ["Referer", "referer"])
      expect(withoutReferrerPath([...others, { name, value: sent }])).toEqual(
        becomes === undefined ? undefined : [...others, ...(becomes === null ? [] : [{ name, value: becomes }])],
      );
    expect(withoutReferrerPath(others)).toBeUndefined();
  });
  it("forget every other way to the instance", () => {
    const cleared = [{ name: "Alt-Svc", value: "clear" }];
    for (const type of ["main_frame", "image", "xmlhttprequest"])
      expect(withoutAlternative(type, [{ name: "alt-svc", value: 'h3=":1"' }])).toEqual(cleared);
    expect(withoutAlternative("main_frame", [])).toEqual(cleared);
    expect(withoutAlternative("xmlhttprequest", [])).toEqual(cleared);
    expect(withoutAlternative("image", [{ name: "Server", value: "" }])).toBeUndefined();
  });
});

const COOKIE: Header = { name: "Cookie", value: "ingress_session=1" };
const OWN = "ha.example.org" as Address;
const at = (address: string): State =>
  setGuard(stateOf([confirmed("1", "K", { hosts: [address as Address] })]), address as Address, true);
const pinBeside = (state: State, address: string): State => ({
  ...state,
  stored: { ...state.stored, pins: [...state.stored.pins, confirmed("2", "L", { hosts: [address as Address] })] },
});
/** Cookies have no ports. */
const PORTS: [
  what: string,
  state: State,
  url: string,
  method: string,
  headers: readonly Header[],
  isStopped: boolean,
][] = [
  ["a cookie to another port", at(OWN), "https://ha.example.org:8443/", "GET", [COOKIE], true],
  ["a cookie to another port without encryption", at(OWN), "http://ha.example.org:8123/", "GET", [COOKIE], true],
  ["a cookie to another port of a cloud host", at(INSTANCE), `https://${INSTANCE}:8443/`, "GET", [COOKIE], true],
  ["a cookie from another port to 443", at("ha.example.org:8443"), "https://ha.example.org/", "GET", [COOKIE], true],
  ["a token to another port", at(OWN), "https://ha.example.org:8443/", "GET", [BASIC], true],
  ["a signed path to another port", at(OWN), "https://ha.example.org:8443/x?authSig=1", "GET", [], true],
  ["a login to another port", at(OWN), "https://ha.example.org:8443/auth/token", "POST", [], true],
  ["nothing of it to another port", at(OWN), "https://ha.example.org:8443/", "GET", [], false],
  ["a form of another port without a cookie", at(OWN), "https://ha.example.org:8443/", "POST", [], false],
  ["a cookie to the guarded port", at(OWN), "https://ha.example.org/", "GET", [COOKIE], false],
  ["a cookie to another host", at(OWN), "https://example.org:8443/", "GET", [COOKIE], false],
  [
    "a cookie, while nothing is guarded",
    setGuard(at(OWN), OWN, false),
    "https://ha.example.org:8443/",
    "GET",
    [COOKIE],
    false,
  ],
  [
    "a cookie, while the list of guarded addresses can't be read",
    { ...at(OWN), guarded: "unknown" },
    "https://ha.example.org:8443/",
    "GET",
    [COOKIE],
    true,
  ],
  [
    "a cookie to a port that is pinned itself",
    pinBeside(at(OWN), "ha.example.org:8443"),
    ...(["https://ha.example.org:8443/", "GET", [COOKIE], false] as const),
  ],
  [
    "a cookie in a tab in which you opened it anyway",
    bypass(at(OWN), 7, "ha.example.org:8443" as Address),
    ...(["https://ha.example.org:8443/", "GET", [COOKIE], false] as const),
  ],
];
it.each(PORTS)("decides about %s by the ports that are pinned", (_, state, place, method, headers, isStopped) => {
  const address = placeOf(place)?.address as Address;
  expect(isOtherPort(state, { method, url: place, headers }, address, false, 7)).toBe(isStopped);
});

describe("a suspected wrong guess of an attacker", () => {
  const counts = (state: State, isPrivate: boolean): number => suspectedMissesAt(state, INSTANCE, isPrivate, AT + 1000);
  const twice = unanswered(unanswered(guarded, AT), AT + 1);

  it("is still counted after a restart of the browser", () => {
    // Only the saved state outlives it.
    const stored = STORED_STATE.parse(JSON.parse(JSON.stringify(twice.stored)));
    const restarted: State = { ...twice, stored, session: EMPTY_SESSION };
    expect(counts(restarted, false)).toBe(2);
    expect(guardAt(restarted, INSTANCE, false, 1, AT + 1000)).toBe("paused");
  });

  it("is counted in private windows only if it happened there, and until the browser closes", () => {
    const observation = { ...seenTls(certificate("1", "K"), { at: AT, private: true }) };
    const state = observeUnanswered(
      observeUnanswered(guarded, observation, "secret").state,
      observation,
      "probe",
    ).state;
    expect(counts(state, true)).toBeGreaterThan(0);
    expect(counts(state, false)).toBe(0);
    expect(state.stored).toBe(guarded.stored);
    expect(counts({ ...state, session: EMPTY_SESSION }, true)).toBe(0);
  });

  it("is still counted when evidence has to make room, on disk or in the session", () => {
    const [incident] = twice.stored.incidents;
    const lean = { ...twice, stored: { ...twice.stored, incidents: [withoutEvidence(incident as Incident)] } };
    expect(counts(lean, false)).toBe(2);
  });
});
