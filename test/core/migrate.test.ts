import { describe, expect, it } from "vitest";
import { CT_STATES } from "../../src/core/ct/ct-state";
import { migrate } from "../../src/core/migrate";
import { EMPTY_SESSION, EMPTY_STORED_STATE, SESSION, STORED_STATE, TO_CLEAR } from "../../src/core/state/state";
import { EMPTY_VERSIONS, VERSION_STATE } from "../../src/core/version/version-state";
import { certificate, confirmed, INSTANCE, sha1 } from "./samples";

const AT = 1_795_000_000_000;
const { pinnedAt, ...others } = confirmed("1", "K");
const OLD_PIN = { ...others, toldAt: pinnedAt };
const PIN = confirmed("1", "K");

const incident = (names: object): object => ({
  address: INSTANCE,
  first: AT,
  last: AT,
  count: 1,
  samples: [],
  notifiedAt: AT,
  ...names,
});
/** Of an incident that no connection has shown. */
const logged = (type: string): object => ({
  at: AT,
  request: { type, method: "GET", url: "https://logs.example/" },
  chain: [],
});
const OLD_STATE = {
  version: 1,
  pins: [OLD_PIN],
  former: [],
  unwatched: [],
  dropped: 0,
  homes: ["http://homeassistant.local"],
  incidents: [
    incident({ voucher: "x", verdict: { kind: "unanswered", carried: "resent-probe" }, pins: [OLD_PIN] }),
    incident({
      voucher: "",
      samples: [logged("public-record")],
      verdict: { kind: "plaintext" },
      closed: { at: AT, how: "done" },
    }),
  ],
  history: [{ at: AT, event: "pinned", before: [], after: [OLD_PIN] }],
};
const STATE = {
  version: 2,
  pins: [PIN],
  former: [],
  unwatched: [],
  dropped: 0,
  localOrigins: ["http://homeassistant.local"],
  incidents: [
    incident({ trustAnchor: "x", verdict: { kind: "unanswered", carried: "restarted-probe" }, pins: [PIN] }),
    incident({
      trustAnchor: "",
      samples: [logged("public-logs")],
      verdict: { kind: "plaintext" },
      closed: { at: AT, how: "done" },
    }),
  ],
  history: [{ at: AT, event: "pinned", before: [], after: [PIN] }],
};

const check = { address: INSTANCE, at: AT, verdict: { kind: "match", pin: sha1("1") }, fresh: true, chain: [] };
const OLD_SESSION = {
  version: 1,
  ordinary: { checks: [{ ...check, blind: true }], failures: [{ address: INSTANCE, at: AT, reason: "resent" }] },
  private: { checks: [], failures: [] },
  privateBook: OLD_STATE,
  pending: [],
  anyway: [{ tabId: 7, address: INSTANCE }],
  pools: [],
  secrets: [],
  resent: [{ anything: 1 }],
};
const NEW_SESSION = {
  version: 2,
  ordinary: {
    checks: [{ ...check, inconclusive: true }],
    failures: [{ address: INSTANCE, at: AT, reason: "restarted" }],
  },
  private: { checks: [], failures: [] },
  privateStored: STATE,
  pending: [],
  bypassed: [{ tabId: 7, address: INSTANCE }],
  pools: [],
  secrets: [],
};

const seen = [{ address: INSTANCE, text: "2021.1.4", at: AT, from: "remote" }];
const override = { address: INSTANCE, at: AT, text: "2021.1.4", names: ["CVE-1"] };
const feed = EMPTY_VERSIONS.feed;
const entry = { at: AT, address: INSTANCE, text: "2021.1.4", ids: [] };
const monitoring = {
  address: INSTANCE,
  on: true,
  since: AT,
  failures: 0,
  dueAt: AT,
  wildcardRead: false,
  counts: { ours: 1, before: 0, beforeNew: 0, wildcard: 0, notOurs: 1 },
};

describe("data that version 0.1 saved gets today's names", () => {
  it.each([
    ["book", OLD_STATE, STATE, STORED_STATE],
    ["session", OLD_SESSION, NEW_SESSION, SESSION],
    [
      "toClear",
      { version: 1, houses: [{ address: INSTANCE, removed: false }], workers: [INSTANCE] },
      { version: 2, instances: [{ address: INSTANCE, removed: false }], workers: [INSTANCE] },
      TO_CLEAR,
    ],
    [
      "versions",
      {
        version: 1,
        seen,
        asked: [],
        overrides: [override],
        told: ["a"],
        feed,
        history: [{ ...entry, event: "told" }],
      },
      {
        version: 2,
        seen,
        asked: [],
        overrides: [override],
        notified: ["a"],
        feed,
        history: [{ ...entry, event: "reported" }],
      },
      VERSION_STATE,
    ],
    [
      "records",
      { version: 1, records: [{ ...monitoring, lookedAt: AT }] },
      { version: 2, records: [{ ...monitoring, reviewedAt: AT }] },
      CT_STATES,
    ],
  ] as const)("under the key %s, and nothing is lost", (key, old, now, schema) => {
    expect(migrate(key, old)).toEqual(now);
    expect(schema.safeParse(now)).toEqual({ success: true, data: now });
    expect(schema.safeParse(old).success).toBe(false);
  });
});

it.each([
  ["today's format", "book", EMPTY_STORED_STATE],
  ["today's session", "session", EMPTY_SESSION],
  ["a newer format", "book", { ...OLD_STATE, version: 3 }],
  ["another key", "guarded", { version: 1, voucher: "x" }],
  ["text", "book", "torn"],
  ["a list", "book", [{ version: 1, voucher: "x" }]],
  ["nothing", "book", null],
])("leaves %s as it is", (_, key, saved) => {
  expect(migrate(key, saved)).toEqual(saved);
});

it("changes no name that every object inherits", () => {
  const saved: unknown = JSON.parse('{"version":1,"constructor":"toString","toString":{"__proto__":1}}');
  expect(JSON.stringify(migrate("book", saved))).toBe(
    '{"version":2,"constructor":"toString","toString":{"__proto__":1}}',
  );
  expect(migrate("constructor", saved)).toBe(saved);
});

it("keeps a confirmed pin confirmed, with its certificate", () => {
  const state = STORED_STATE.parse(migrate("book", OLD_STATE));
  expect(state.pins[0]?.confirmed?.spki).toBe(certificate("1", "K").spki);
});
