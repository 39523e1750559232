import { describe, it, expect } from "vitest";
import type { State } from "../../../src/core/state/state";
import type { Observation } from "../../../src/core/tls/observation";
import { pin } from "../../../src/core/state/pins";
import type { Certificate } from "../../../src/core/tls/certificate";
import { observe, closeIncident, observeUnanswered, openIncidents } from "../../../src/core/state/reduce";
import { confirmed, seenTls, certificate, INSTANCE, unconfirmed, stateOf, SIGHT } from "../samples";
import type { Address } from "../../../src/core/address";
import { MAX_EVIDENCE } from "../../../src/core/bounds";
import { keyOf, isOpen, INCIDENT, MAX_SAMPLES, MAX_INCIDENTS } from "../../../src/core/incident/incident";
import { type Exposure, exposureOf } from "../../../src/core/request/exposure";
import { exposureLevelOf } from "../../../src/core/incident/exposure-level";
import { statusAt } from "../../../src/core/state/status";
import { after, CHAIN, intercepted, MB, other, sizeOf } from "../crowd";

const pinned = stateOf([confirmed("1", "K")]);
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

const answered = (more: Partial<Parameters<typeof exposureOf>[0]>): Exposure =>
  exposureOf({ type: "main_frame", tabId: 1, carried: [], stopped: false, ...more });

describe("an incident's exposure", () => {
  const pins = [confirmed("1", "K")];
  const state = stateOf(pins);
  const attack = seenTls(certificate("3", "X"));
  const after = (...exposed: (Exposure | undefined)[]): State =>
    exposed.reduce(
      (next, had) => observe(next, { ...attack, ...(had === undefined ? {} : { exposed: had }) }).state,
      state,
    );

  it("is the worst of all its answers, and keeps the pins of that time", () => {
    const [incident] = after(answered({ stopped: true }), answered({ type: "image", carried: ["cookie"] })).stored
      .incidents;
    expect(incident).toMatchObject({ exposed: { reach: "passive", carried: ["cookie"], unseen: false }, pins });
  });

  it("stays unknown if an older version kept nothing of it", () => {
    const [incident] = after(undefined, answered({ stopped: true })).stored.incidents;
    expect(incident && exposureLevelOf(incident)).toBe("unknown");
  });

  it("may be missing, as older versions wrote an incident", () => {
    const [incident] = after(answered({})).stored.incidents;
    const { exposed, pins: kept, ...older } = incident ?? {};
    expect([exposed, kept]).not.toContain(undefined);
    expect(INCIDENT.safeParse(older).success).toBe(true);
  });

  it("makes a warning of a stored script that runs first, though it repeats the certificate", () => {
    const stored = { ...attack, freshness: "cached", exposed: answered({ type: "script" }) } as const;
    const passive = after(answered({ type: "image" }));
    expect(observe(passive, stored).state.stored.incidents).toHaveLength(2);
    expect(observe(after(answered({})), stored).state.stored.incidents).toHaveLength(1);
  });
});

const DAY = 24 * 60 * 60 * 1000;
const AT = seenTls(certificate("1", "K")).at;
const state = (pins = [unconfirmed("1")]): State => stateOf(pins);
const instance = seenTls(certificate("1", "K"));
const attack = seenTls(certificate("3", "X"), { at: AT + 1 });

it("an incident keeps an answer of each certificate, however often another one answers in between", () => {
  const proxy = certificate("5", "N");
  const seen = (leaf: Certificate, type: string, at: number) =>
    seenTls(leaf, { at: AT + at, request: { ...attack.request, type } });
  const now = after(
    state([confirmed("1", "K")]),
    seen(proxy, "main_frame", 1),
    seen(certificate("3", "X"), "main_frame", 2),
    ...["script", "xmlhttprequest", "image", "font", "websocket"].map((type, index) => seen(proxy, type, 3 + index)),
  );
  const leaves = now.stored.incidents[0]?.samples.map(({ handshake }) => handshake?.leaf.spki);
  expect(leaves).toHaveLength(MAX_SAMPLES);
  expect(leaves).toContain(certificate("3", "X").spki);
  expect(leaves?.[0]).toBe(proxy.spki);
  const pinned = pin(now, {
    address: INSTANCE,
    fingerprint: proxy.sha1,
    source: "home",
    at: AT,
    private: false,
    compared: true,
  });
  expect(openIncidents(pinned, false)).toHaveLength(1);
});

describe("an incident", () => {
  it("stays open, and the tab red, when the instance is back", () => {
    const back = after(state([confirmed("1", "K")]), attack, seenTls(certificate("1", "K"), { at: AT + 2 }));
    expect(statusAt(back, INSTANCE, SIGHT).kind).toBe("incident");
  });

  it("is one, with one notification, for an attacker with a new leaf and key on every connection", () => {
    let notifications = 0;
    let now = state([confirmed("1", "K")]);
    for (const [index, digit] of ["2", "3", "4", "5", "6", "9"].entries()) {
      const step = observe(now, seenTls(certificate(digit, "XYZWVU".charAt(index)), { at: AT + index }));
      now = step.state;
      if (step.notify !== undefined) notifications++;
    }
    expect(now.stored.incidents).toHaveLength(1);
    expect(now.stored.incidents[0]).toMatchObject({ count: 6 });
    expect(now.stored.incidents[0]?.samples).toHaveLength(MAX_SAMPLES);
    expect(notifications).toBe(1);
  });

  it("notifies you again after a day, and when it comes back after you closed it", () => {
    const first = observe(state(), attack).state;
    expect(observe(first, { ...attack, at: AT + DAY - 1 }).notify).toBeUndefined();
    expect(observe(first, { ...attack, at: AT + 1 + DAY }).notify).toBeDefined();
    const [incident] = first.stored.incidents;
    const closed = closeIncident(first, incident === undefined ? "" : keyOf(incident), "done", AT + 2);
    const again = observe(closed, { ...attack, at: AT + 3 });
    expect(again.notify).toBeDefined();
    expect(again.state.stored.incidents.filter(isOpen)).toHaveLength(1);
  });

  it("doesn't notify you again if the attacker's files come out of the cache again, unless they run", () => {
    const stored = { ...attack, at: AT + 5, freshness: "cached" } as const;
    const attacked = after(state([confirmed("1", "K")]), attack);
    expect(observe(attacked, stored)).toEqual({ state: attacked });
    const [incident] = attacked.stored.incidents;
    const closed = closeIncident(attacked, incident === undefined ? "" : keyOf(incident), "done", AT + 2);
    expect(observe(closed, stored)).toEqual({ state: closed });
    const other = { ...stored, seen: seenTls(certificate("4", "Y")).seen };
    const running: Observation = { ...stored, exposed: { reach: "active", carried: [], unseen: false } };
    for (const more of [other, running])
      expect(observe(closed, more).notify?.verdict).toMatchObject({ kind: "mismatch", cause: "cached" });
  });

  it("is another one for a rejected probe than for one closed without a response", () => {
    const cut: Observation = { ...instance, seen: { kind: "nothing", reason: "cut-off" } };
    const once = observeUnanswered(state(), cut, "probe").state;
    expect(observeUnanswered(once, cut, "probe").state.stored.incidents).toHaveLength(1);
    expect(observeUnanswered(once, cut, "restarted-probe").state.stored.incidents).toHaveLength(2);
  });

  it("remains one of a taken secret when a probe is taken later, and notifies you again when it becomes one", () => {
    const cut: Observation = { ...instance, seen: { kind: "nothing", reason: "cut-off" } };
    const first = observeUnanswered(state(), cut, "probe");
    const worse = observeUnanswered(first.state, cut, "secret");
    expect(worse.notify?.verdict).toEqual({ kind: "unanswered", carried: "secret" });
    const after = observeUnanswered(worse.state, cut, "probe");
    expect(after.notify).toBeUndefined();
    expect(after.state.stored.incidents.map(({ verdict }) => verdict)).toEqual([
      { kind: "unanswered", carried: "secret" },
    ]);
  });

  it("makes room for other incidents, and the dropped ones are counted", () => {
    let now = state([]);
    for (let index = 0; index <= MAX_INCIDENTS; index++) {
      const address = `h${String(index)}.ui.nabu.casa` as Address;
      now = observe(now, { ...attack, address, seen: { kind: "plaintext" } }).state;
    }
    expect(now.stored.incidents).toHaveLength(MAX_INCIDENTS);
    expect(now.stored.dropped).toBe(1);
  });

  it("of a private window never reaches the disk", () => {
    const attacked = after(state(), { ...attack, private: true });
    expect(attacked.stored).toEqual(state().stored);
    expect(attacked.session.privateStored.incidents).toHaveLength(1);
  });
});
