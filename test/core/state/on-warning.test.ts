// One click never pins a certificate that a warning shows as evidence, wherever it comes from.
import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { keyOf, type Closing } from "../../../src/core/incident/incident";
import { previewImport } from "../../../src/core/pin/import-preview";
import { isOnWarning, takesFromWarning } from "../../../src/core/state/on-warning";
import { pin, takeImport, trust, type NewPin } from "../../../src/core/state/pins";
import { closeIncident, observe, openIncidents } from "../../../src/core/state/reduce";
import { STORED_STATE, EMPTY_STORED_STATE, EMPTY_SESSION, PENDING, type State } from "../../../src/core/state/state";
import {
  ADDED,
  certificate,
  confirmed,
  handshake,
  INSTANCE,
  issuance,
  seenTls,
  sha1,
  sha256,
  spki,
  unconfirmed,
} from "../samples";

const AT = 1_795_000_000_000;
const OTHER = "def.ui.nabu.casa" as Address;
const empty = (pins = [confirmed("1", "K")]): State => ({
  stored: { ...EMPTY_STORED_STATE, pins },
  session: EMPTY_SESSION,
  guarded: [],
  ctStates: [],
});
/** The attacker has presented a certificate at the remote address. */
const ATTACKERS = certificate("5", "X");
const warned = (isPrivate = false, pins = [confirmed("1", "K")]): State => {
  const anchor = { kind: "added", root: ADDED } as const;
  const seen = { kind: "tls", handshake: handshake(ATTACKERS, { anchor }) } as const;
  return observe(empty(pins), seenTls(ATTACKERS, { at: AT, private: isPrivate, seen })).state;
};
const closed = (how: Closing): State => {
  const [incident] = openIncidents(warned(), false);
  if (incident === undefined) throw new Error("a warning is open");
  return closeIncident(warned(), keyOf(incident), how, AT + 1);
};
const logged: State = {
  ...empty(),
  stored: {
    ...empty().stored,
    incidents: [
      {
        address: INSTANCE,
        verdict: { kind: "logged", issuer: "CN=R11" },
        trustAnchor: "CN=R11",
        first: AT,
        last: AT,
        count: 1,
        notifiedAt: AT,
        pins: [],
        samples: [
          { at: AT, request: { type: "record", method: "GET", url: "" }, logged: issuance("5", "X"), chain: [] },
        ],
      },
    ],
  },
};

const HOME = { source: "home" } as const;
const GIVEN: [what: string, state: State, given: Parameters<typeof isOnWarning>[2], address: Address, is: boolean][] = [
  ["its SHA-1", warned(), { fingerprint: sha1("5") }, INSTANCE, true],
  ["its SHA-256", warned(), { fingerprint: sha256("5") }, INSTANCE, true],
  ["its SHA-1 with another SHA-256", warned(), { fingerprint: sha256("6"), sha1: sha1("5") }, INSTANCE, true],
  ["another certificate with its key", warned(), { fingerprint: sha256("6"), spki: spki("X") }, INSTANCE, true],
  ["another certificate", warned(), { fingerprint: sha256("6"), spki: spki("L") }, INSTANCE, false],
  ["its SHA-1, at another address", warned(), { fingerprint: sha1("5") }, OTHER, false],
  ["its SHA-1, if nothing is pinned", warned(false, []), { fingerprint: sha1("5") }, INSTANCE, true],
  ["its SHA-1, of a private window", warned(true), { fingerprint: sha1("5") }, INSTANCE, true],
  ["its SHA-1, once it was closed as an attack", closed("done"), { fingerprint: sha1("5") }, INSTANCE, true],
  ["its SHA-1, once it was only understood", closed("understood"), { fingerprint: sha1("5") }, INSTANCE, true],
  ["its SHA-1, once it turned out to be new", closed("new-certificate"), { fingerprint: sha1("5") }, INSTANCE, false],
  ["the SHA-256 of a logged certificate", logged, { fingerprint: sha256("5") }, INSTANCE, true],
  ["a local page's SHA-1, while a logged one isn't known", logged, { fingerprint: sha1("5"), ...HOME }, INSTANCE, true],
  ["a typed SHA-1, while a logged one isn't known", logged, { fingerprint: sha1("5") }, INSTANCE, false],
  ["a local page's SHA-1 that is pinned", logged, { fingerprint: sha1("1"), ...HOME }, INSTANCE, false],
  [
    "a SHA-1 with another SHA-256 than the logged one's",
    logged,
    { fingerprint: sha256("6"), sha1: sha1("6") },
    INSTANCE,
    false,
  ],
  ["another certificate with a logged key", logged, { fingerprint: sha256("6"), spki: spki("X") }, INSTANCE, true],
  ["its SHA-1, without a warning", empty(), { fingerprint: sha1("5") }, INSTANCE, false],
];
it.each(GIVEN)("a warning shows %s", (_, state, given, address, is) => {
  expect(isOnWarning(state, address, given)).toBe(is);
});

describe.each(["home", "typed", "imported", "first-use"] as const)(
  "the source of a pin for a certificate on a warning: %s",
  (source) => {
    const asked: NewPin = { address: INSTANCE, fingerprint: sha1("5"), source, at: AT + 5, private: false };
    it.each([
      ["replacing", { replaces: sha1("1") }],
      ["beside", {}],
      ["in a private window", { private: true }],
      ["by its key", { fingerprint: sha256("6"), spki: spki("X") }],
    ])("is refused, %s, and the warning stays open", (_way, more) => {
      const state = warned();
      expect(pin(state, { ...asked, ...more })).toBe(state);
    });

    it("is made once you confirm that you compared it, and remembers that a warning showed it", () => {
      const after = pin(warned(), { ...asked, replaces: sha1("1"), compared: true });
      expect(openIncidents(after, false)).toEqual([]);
      expect(after.stored.pins).toMatchObject([{ fingerprint: sha1("5"), wasOnWarning: true }]);
      expect(STORED_STATE.safeParse(after.stored).success).toBe(true);
    });

    it("is an ordinary pin without a warning, with or without your confirmation", () => {
      expect(pin(empty(), { ...asked, compared: true }).stored.pins[1]).not.toHaveProperty("wasOnWarning");
      expect(pin(warned(), { ...asked, fingerprint: sha1("6") }).stored.pins).toHaveLength(2);
    });
  },
);

it("is not trusted because the server presents it", () => {
  const [check] = observe(empty([]), seenTls(ATTACKERS, { at: AT })).state.session.ordinary.checks;
  const state = warned(false, []);
  const checks = check === undefined ? [] : [check];
  const seen = { ...state, session: { ...state.session, ordinary: { ...state.session.ordinary, checks } } };
  expect(check?.verdict.kind).toBe("unpinned");
  expect(trust(seen, INSTANCE, AT, false)).toEqual(seen);
});

describe("a file of pins", () => {
  it.each([
    ["its fingerprint", unconfirmed("5")],
    ["its fingerprint at one of several addresses", unconfirmed("5", { hosts: [OTHER, INSTANCE] })],
    ["another fingerprint, confirmed with its key", confirmed("6", "X")],
    [
      "another fingerprint, confirmed with its certificate",
      unconfirmed("6", { confirmed: { spki: spki("L"), leaves: [sha256("6"), sha256("5")] } }),
    ],
  ])("leaves out what has %s, and takes the rest", (_, attackers) => {
    const state = warned();
    const changes = previewImport(state.stored.pins, [attackers, unconfirmed("9", { hosts: [OTHER] })]);
    const after = takeImport(state, changes, AT);
    expect(after.stored.pins.map(({ fingerprint }) => fingerprint)).toEqual([sha1("1"), sha1("9")]);
    expect(openIncidents(after, false)).toHaveLength(1);
    expect(takesFromWarning(state, changes)).toEqual([INSTANCE]);
  });

  it("ignores a pin that changes nothing", () => {
    expect(takesFromWarning(warned(), previewImport([confirmed("1", "K")], [confirmed("1", "K")]))).toEqual([]);
  });
});

it("reads a waiting pin and a pin that earlier versions wrote", () => {
  const waiting = { address: INSTANCE, fingerprint: sha1("5"), source: "home", private: false, at: AT };
  expect(PENDING.safeParse(waiting)).toEqual({ success: true, data: waiting });
  expect(PENDING.safeParse({ ...waiting, compared: true }).success).toBe(true);
});
