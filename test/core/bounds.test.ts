// An attacker opens any number of cloud addresses, with certificates, names and paths as long as he likes. What is kept
// for the browser's session stays far below Firefox's limit of 10 MB, and the user's own addresses stay in it.
import { describe, expect, it } from "vitest";
import type { Address } from "../../src/core/address";
import { boundChain, keepNewest, MAX_CHAIN, MAX_ENTRIES, MAX_EVIDENCE, MAX_UNDER_WAY } from "../../src/core/bounds";
import { noteCertificate, wantsCertificate } from "../../src/core/state/client-certificate";
import { forgetSecret, noteSecret } from "../../src/core/state/guard";
import { isOpen } from "../../src/core/incident/incident";
import { withoutSecrets, type Observation } from "../../src/core/tls/observation";
import { idlePools, notePools } from "../../src/core/state/pools";
import { closeIncident, observe, bypass } from "../../src/core/state/reduce";
import { readHandshake } from "../../src/core/tls/security-info";
import {
  EMPTY_STORED_STATE,
  EMPTY_SESSION,
  leanSession,
  SESSION,
  type Pool,
  type State,
} from "../../src/core/state/state";
import { keyOf } from "../../src/core/incident/incident";
import { ADDED, certificate, confirmed, handshake, INSTANCE, seenTls } from "./samples";

const MB = 1024 * 1024;
const other = (index: number): Address => `a${String(index)}.ui.nabu.casa` as Address;
const CHAIN = Array.from({ length: 4 }, () => "A".repeat(32 * 1024));
const pinned: State = {
  ...{
    stored: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] },
    session: EMPTY_SESSION,
    guarded: [],
    ctStates: [],
  },
};
const sizeOf = (value: unknown): number => JSON.stringify(value).length;
const after = (state: State, ...seen: readonly Observation[]): State =>
  seen.reduce((next, observation) => observe(next, observation).state, state);
const intercepted = (address: Address, more: Partial<Observation> = {}): Observation => ({
  ...seenTls(certificate("3", "X"), { address, chain: CHAIN, ...more }),
  seen: { kind: "tls", handshake: handshake(certificate("3", "X"), { anchor: { kind: "added", root: ADDED } }) },
});
const own = seenTls(certificate("1", "K"), { chain: ["leaf", "root"] });

it("keeps no chain of an address that is not pinned, and the leaf alone of one that is", () => {
  const many = Array.from({ length: 95 }, (_, index) =>
    seenTls(certificate("2", "X"), { address: other(index), chain: CHAIN }),
  );
  const { session } = after(pinned, own, ...many);
  expect(sizeOf(session)).toBeLessThan(MB / 4);
  expect(session.ordinary.checks.map(({ chain }) => chain).filter((chain) => chain.length > 0)).toEqual([["leaf"]]);
});

it.each<[string, Observation]>([
  ["a check", own],
  ["a failure", { ...own, seen: { kind: "nothing", reason: "cut-off" } }],
])("keeps %s of a pinned address, however many others are opened", (_, first) => {
  const many = Array.from({ length: 3 * MAX_ENTRIES }, (_none, index): Observation => {
    const seen = seenTls(certificate("2", "X"), { address: other(index) });
    return first.seen.kind === "nothing" ? { ...seen, seen: first.seen } : seen;
  });
  const { checks, failures } = after(pinned, first, ...many).session.ordinary;
  const list: readonly { address: Address }[] = first.seen.kind === "nothing" ? failures : checks;
  expect(list).toHaveLength(MAX_ENTRIES);
  expect(list.map(({ address }) => address)).toContain(INSTANCE);
  expect(list.map(({ address }) => address)).toContain(other(3 * MAX_ENTRIES - 1));
});

describe("what an attacker words himself", () => {
  const LONG = "x".repeat(MB);
  it("is cut in a certificate's names and number", () => {
    const certificates = [
      {
        ...{ subject: LONG, issuer: LONG, serialNumber: LONG },
        ...{ fingerprint: { sha1: "1".repeat(40), sha256: "1".repeat(64) } },
        subjectPublicKeyInfoDigest: { sha256: `${"K".repeat(43)}=` },
      },
    ];
    expect(sizeOf(readHandshake({ certificates }))).toBeLessThan(5000);
  });
  it("is cut in a URL, and still names the host", () => {
    expect(withoutSecrets(`https://${INSTANCE}/${LONG}?secret`).length).toBeLessThan(2000);
    expect(withoutSecrets(`https://${INSTANCE}/${LONG}`)).toContain(INSTANCE);
  });
  it("is cut in a method, in Firefox's words and in a chain", () => {
    const request = { type: "xmlhttprequest", method: LONG, url: `https://${INSTANCE}/` };
    const alarm = after(pinned, intercepted(INSTANCE, { request, chain: [...CHAIN, LONG] }));
    expect(sizeOf(alarm.stored.incidents)).toBeLessThan(MAX_CHAIN + 5000);
    const failed = after(pinned, { ...own, seen: { kind: "nothing", reason: "refused", words: LONG } });
    expect(sizeOf(failed.session)).toBeLessThan(5000);
  });
});

describe("evidence", () => {
  it("stays within its limit; closed incidents and those of addresses without a pin give way first", () => {
    let state = after(pinned, intercepted(INSTANCE, { at: 1, private: true }));
    for (let index = 0; index < 150; index++)
      state = after(state, intercepted(other(index), { at: index + 2, private: true }));
    const { incidents } = state.session.privateStored;
    expect(incidents).toHaveLength(151);
    expect(sizeOf(state.session)).toBeLessThan(MAX_EVIDENCE + MB);
    expect(incidents.find(({ address }) => address === INSTANCE)?.samples[0]?.chain).toEqual(CHAIN);
    expect(incidents.find(({ address }) => address === other(0))?.samples).toMatchObject([{ chain: [] }]);
    expect(incidents.find(({ address }) => address === other(149))?.samples[0]?.chain).toEqual(CHAIN);
  });

  it("of a closed incident gives way before that of an open one", () => {
    const first = after(pinned, intercepted(INSTANCE, { at: 1 }));
    const [incident] = first.stored.incidents;
    let state = closeIncident(first, incident === undefined ? "" : keyOf(incident), "understood", 2);
    for (let index = 0; index < 15; index++) state = after(state, intercepted(other(index), { at: index + 3 }));
    const { incidents } = state.stored;
    expect(incidents.filter(({ samples }) => samples[0]?.chain.length === 0).map(isOpen)).toEqual([false]);
  });
});

const pool = (address: string, more: Partial<Pool> = {}): Pool => ({
  ...{ name: `${address} firefox-default`, keptAt: 0, underWay: [], tabs: [] },
  ...more,
});
describe("pools of connections", () => {
  it("of pinned addresses stay, and when others had to go is written down", () => {
    const many = Array.from({ length: 2 * MAX_ENTRIES }, (_, index) => pool(other(index)));
    const { session } = notePools(pinned, [pool(INSTANCE), ...many], 77);
    expect(session.pools).toHaveLength(MAX_ENTRIES);
    expect(session.pools[0]).toEqual(pool(INSTANCE));
    expect(session.poolsLostAt).toBe(77);
    expect(SESSION.safeParse(session).success).toBe(true);
  });
  it("keep no more requests than the limit, and say so", () => {
    const underWay = Array.from({ length: MAX_UNDER_WAY + 1 }, (_, index) => ({ id: String(index), tabId: 1 }));
    const { session } = notePools(pinned, [pool(INSTANCE, { underWay })], 77);
    expect(session.pools[0]?.underWay).toEqual(underWay.slice(1));
    expect(session.poolsLostAt).toBe(77);
  });
  it("take at most 2 MB of the session's 10", () => {
    const underWay = Array.from({ length: MAX_UNDER_WAY }, (_, index) => ({
      id: String(10_000_000 + index),
      tabId: 9999,
    }));
    const tabs = Array.from({ length: 10 }, (_, index) => 9000 + index);
    const many = Array.from({ length: 10 * MAX_ENTRIES }, (_, index) =>
      pool(`${"x".repeat(63)}.${"y".repeat(63)}.a${String(index)}.ui.nabu.casa`, { underWay, tabs }),
    );
    expect(sizeOf(notePools(pinned, many, 77).session)).toBeLessThan(2 * MB);
  });
  it("that are idle are forgotten when there are many, but for those of pinned addresses", () => {
    const idle = Array.from({ length: MAX_ENTRIES }, (_, index) => pool(other(index)));
    const busy = pool("busy.ui.nabu.casa", { underWay: [{ id: "1", tabId: 1 }] });
    const recent = pool("recent.ui.nabu.casa", { keptAt: 90 });
    const names = idle.map(({ name }) => name);
    expect(idlePools(pinned, [pool(INSTANCE), busy, recent, ...idle], 50)).toEqual(names);
    expect(idlePools(pinned, idle, 50)).toEqual([]);
  });
  it("that are few are kept as they are", () => {
    const { session } = notePools(pinned, [pool(INSTANCE), pool("not an address")], 77);
    expect(session).toEqual({ ...EMPTY_SESSION, pools: [pool(INSTANCE), pool("not an address")] });
  });
});

it("remembers the client certificate of a pinned address, however many others ask for one", () => {
  let state = noteCertificate(pinned, INSTANCE, true);
  for (let index = 0; index < 3 * MAX_ENTRIES; index++) state = noteCertificate(state, other(index), true);
  expect(state.session.clientCertificates).toHaveLength(MAX_ENTRIES);
  expect(wantsCertificate(state, INSTANCE)).toBe(true);
});

it("keeps a limited number of secrets and of tabs that are opened without protection", () => {
  let state = pinned;
  for (let index = 0; index < 3000; index++) state = bypass(noteSecret(state, String(index), 1), index, INSTANCE);
  expect(sizeOf(state.session)).toBeLessThan(60_000);
  expect(forgetSecret(state, "2999").session.secrets).toHaveLength(999);
});

it("leaves checks and evidence out of a session that is too large, and nothing else", () => {
  const full = after(pinned, own, intercepted(INSTANCE, { private: true }));
  const lean = leanSession(full.session);
  expect(lean.ordinary.checks).toEqual([]);
  expect(lean.privateStored.incidents).toMatchObject([{ address: INSTANCE, samples: [{ chain: [] }] }]);
  expect(SESSION.safeParse(lean).success).toBe(true);
});

it.each<[readonly number[], number, readonly number[]]>([
  [[1, 2, 3], 3, [1, 2, 3]],
  [[1, 2, 3], 2, [1, 3]], // 1 is pinned
  [[1, 2, 3], 1, [1]],
  [[1, 2, 3], 0, []],
])("of %j keeps at most %i", (entries, max, kept) => {
  expect(keepNewest(entries, (entry) => entry === 1, max)).toEqual(kept);
});

it.each<[readonly string[], number, readonly string[]]>([
  [["aa", "bb"], 4, ["aa", "bb"]],
  [["aa", "bb", "c"], 3, ["aa"]],
  [["aaaa"], 3, []],
  [[], 3, []],
])("of the chain %j keeps at most %i characters", (chain, max, kept) => {
  expect(boundChain(chain, max)).toEqual(kept);
});
