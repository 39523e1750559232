import { describe, expect, it } from "vitest";
import { guardAt } from "../../../src/core/state/guard";
import { isOpen, MAX_SAMPLES, keyOf } from "../../../src/core/incident/incident";
import { MAX_ISSUANCES, type Issuance } from "../../../src/core/ct/issuance";
import { pin, unpin } from "../../../src/core/state/pins";
import { ctStateIn, type CtState as Kept } from "../../../src/core/ct/ct-state";
import {
  activeMonitors,
  answered,
  begun,
  consentChanged,
  failed,
  forgetLastId,
  markReviewed,
  mayMonitor,
  reclassify,
  setMonitoring,
  takePage,
  wildcardRead,
  withoutUnpinned,
} from "../../../src/core/state/ct-reduce";
import { closeIncident, observe, setGuard } from "../../../src/core/state/reduce";
import type { State } from "../../../src/core/state/state";
import { statusAt } from "../../../src/core/state/status";
import {
  certificate,
  confirmed,
  INSTANCE,
  issuance,
  PINNED,
  seenTls,
  sha1,
  sha256,
  spki,
  unconfirmed,
  stateOf,
  SIGHT,
} from "../samples";
import type { Sha256 } from "../../../src/core/tls/digest";

const DAY = 24 * 60 * 60 * 1000;
const NOW = PINNED + 30 * DAY;
const state = (pins = [confirmed("1", "K")]): State => stateOf(pins);
const on = setMonitoring(state(), INSTANCE, true);
const ctStateOf = ({ ctStates }: State): Kept => {
  const ctState = ctStateIn(ctStates, INSTANCE);
  if (ctState === undefined) throw new Error("logs are not monitored");
  return ctState;
};
const take = (from: State, found: Issuance[], more: Partial<Parameters<typeof takePage>[1]> = {}) =>
  takePage(from, { address: INSTANCE, known: [], found, lastId: "last", at: NOW, ...more });
const OURS = issuance("2", "K");
const FOREIGN = issuance("3", "X", { der: "AAAA" });

describe("a certificate of another pin", () => {
  const NGINX = issuance("4", "N");
  const typed5 = { address: INSTANCE, fingerprint: sha1("5"), source: "typed", at: NOW, private: false } as const;
  it("opens no warning in the logs once a connection has matched the pin", () => {
    const beside = observe(pin(on, typed5), seenTls(certificate("5", "N"), { at: NOW })).state;
    const taken = take(beside, [NGINX, OURS]);
    expect(taken.notify).toEqual([]);
    expect(ctStateOf(taken.state).counts).toMatchObject({ ours: 2, notOurs: 0 });
  });

  it("doesn't end the warning if the saved certificates are lost", () => {
    const warned = take(on, [NGINX]);
    const beside = observe(pin(warned.state, typed5), seenTls(certificate("5", "N"), { at: NOW })).state;
    for (const left of [[], [OURS]])
      expect(reclassify(beside, INSTANCE, left, NOW + 1).stored.incidents.map(isOpen)).toEqual([true]);
  });

  it("ends the warning that its renewal had opened", () => {
    const warned = take(on, [NGINX]);
    expect(warned.notify).toHaveLength(1);
    const beside = observe(pin(warned.state, typed5), seenTls(certificate("5", "N"), { at: NOW })).state;
    const settled = reclassify(beside, INSTANCE, warned.issuances, NOW + 1);
    expect(settled.stored.incidents.map((incident) => incident.closed?.how)).toEqual(["new-certificate"]);
  });
});

describe("the switch", () => {
  it("is offered once a connection has matched the pin, and makes a query due at once", () => {
    expect(mayMonitor(state([unconfirmed("1")]), INSTANCE)).toBe(false);
    expect(setMonitoring(state([unconfirmed("1")]), INSTANCE, true).ctStates).toEqual([]);
    expect(ctStateOf(on)).toMatchObject({ on: true, dueAt: 0, since: PINNED });
  });

  it("keeps the known certificates and the date of the pin when you switch it off", () => {
    const known = take(on, [OURS]).state;
    const off = setMonitoring(known, INSTANCE, false);
    expect(ctStateOf(off)).toEqual({ ...ctStateOf(known), on: false });
    const later = {
      ...off,
      stored: { ...off.stored, pins: [confirmed("1", "K", { pinnedAt: "2026-12-24T00:00:00Z" })] },
    };
    expect(ctStateOf(setMonitoring(later, INSTANCE, true))).toMatchObject({ on: true, since: PINNED, lastId: "last" });
  });

  it("isn't needed to classify certificates: you can ask a second service without it", () => {
    const old = issuance("3", "X", { notBefore: PINNED - DAY });
    const { state: next } = take(state(), [old, OURS]);
    expect(next).toEqual(state());
    expect(take(state(), [FOREIGN]).notify).toHaveLength(1);
  });

  it("is not due before the time that the service has named", () => {
    const until = NOW + DAY;
    const limited = failed(on, INSTANCE, { at: NOW, reason: "rate-limited", retryAt: until }, 0);
    expect(ctStateOf(setMonitoring(setMonitoring(limited, INSTANCE, false), INSTANCE, true)).dueAt).toBe(until);
  });

  it("switches off with the last pin, and not with another instance’s", () => {
    const gone = withoutUnpinned(unpin(on, INSTANCE, sha1("1")));
    expect(ctStateOf(gone).on).toBe(false);
    expect(withoutUnpinned(on)).toBe(on);
    const replaced = { ...on, stored: { ...on.stored, pins: [unconfirmed("9")] } };
    expect(withoutUnpinned(replaced)).toBe(replaced);
    expect(activeMonitors(replaced)).toEqual([]);
    expect(activeMonitors(on)).toHaveLength(1);
    expect(activeMonitors(setMonitoring(on, INSTANCE, false))).toEqual([]);
  });

  it("starts from scratch if the settings can't be read", () => {
    const lost: State = { ...state(), ctStates: "unknown" };
    expect(withoutUnpinned(lost)).toBe(lost);
    expect(failed(lost, INSTANCE, { at: NOW, reason: "timeout" }, 0)).toBe(lost);
    expect(ctStateOf(setMonitoring(lost, INSTANCE, true)).on).toBe(true);
    expect(setMonitoring(lost, INSTANCE, false).ctStates).toEqual([]);
  });
});

describe("a page of logged certificates", () => {
  it("opens no warning if all of them are yours", () => {
    const { state: next, issuances, notify } = take(on, [OURS, issuance("1", "K")]);
    expect(next.stored).toBe(on.stored);
    expect(notify).toEqual([]);
    expect(issuances).toHaveLength(2);
    expect(ctStateOf(next)).toMatchObject({ lastId: "last", counts: { ours: 2, notOurs: 0 } });
  });

  it("opens a warning for a certificate that isn't yours, with its evidence, and notifies you once", () => {
    const first = take(on, [OURS, FOREIGN]);
    expect(first.notify).toHaveLength(1);
    const [incident] = first.state.stored.incidents;
    expect(incident).toMatchObject({
      address: INSTANCE,
      verdict: { kind: "logged", issuer: "Let’s Encrypt" },
      trustAnchor: "CN=R11",
      count: 1,
      samples: [{ at: NOW, chain: ["AAAA"], logged: { sha256: sha256("3"), spki: spki("X") } }],
    });
    expect(statusAt(first.state, INSTANCE, SIGHT).kind).toBe("incident");
    const again = take(first.state, [FOREIGN], { known: first.issuances, at: NOW + 2 * DAY });
    expect(again.notify).toEqual([]);
    expect(again.state.stored).toBe(first.state.stored);
  });

  it("adds no evidence if the saved certificates were lost and the same one is found again", () => {
    const [incident] = take(take(on, [FOREIGN]).state, [{ ...FOREIGN, id: "another" }]).state.stored.incidents;
    expect(incident?.samples).toHaveLength(1);
  });

  it("opens one warning for each authority, for any number of certificates", () => {
    const many = Array.from("3456789abc").map((digit) => issuance(digit, "X"));
    const { state: next, notify } = take(on, [...many, issuance("d", "Y", { issuer: "CN=Other" })]);
    expect(next.stored.incidents.map(({ trustAnchor: trustAnchor, count }) => [trustAnchor, count])).toEqual([
      ["CN=R11", 10],
      ["CN=Other", 1],
    ]);
    expect(next.stored.incidents[0]?.samples).toHaveLength(MAX_SAMPLES);
    expect(notify).toHaveLength(2);
  });

  it("opens no warning for a wildcard or for a certificate from before the pin", () => {
    const old = issuance("3", "X", { notBefore: PINNED - DAY });
    const wild = issuance("4", "X", { names: ["*.ui.nabu.casa"] });
    const { state: next } = take(on, [old, wild]);
    expect(next.stored.incidents).toEqual([]);
    expect(ctStateOf(next).counts).toMatchObject({ beforeNew: 1, wildcard: 1, notOurs: 0 });
    const reviewed = markReviewed(next, INSTANCE, [old, wild], old.foundAt);
    expect(ctStateOf(reviewed).counts).toMatchObject({ before: 1, beforeNew: 0 });
    expect(ctStateOf(wildcardRead(reviewed, INSTANCE)).wildcardRead).toBe(true);
  });

  it("opens the warning again for another certificate of the same authority", () => {
    const first = take(on, [FOREIGN]);
    const [incident] = first.state.stored.incidents;
    const closed = closeIncident(first.state, incident === undefined ? "" : keyOf(incident), "done", NOW + 1);
    const { notify, state: next } = take(closed, [issuance("4", "Y")], { known: first.issuances, at: NOW + 2 });
    expect(notify).toHaveLength(1);
    expect(next.stored.incidents.filter(isOpen)).toHaveLength(1);
  });

  it("puts nothing in quarantine: Guard does that for a certificate that a server presents", () => {
    const guarded = setGuard(take(on, [FOREIGN]).state, INSTANCE, true);
    expect(guardAt(guarded, INSTANCE, false, 1, NOW)).toBe("on");
    const attacked = observe(guarded, seenTls(certificate("3", "X"))).state;
    expect(guardAt(attacked, INSTANCE, false, 1, NOW)).toBe("quarantine");
  });
});

it("cuts a page of logged certificates to the limit, other keys’ certificates last, and says so", () => {
  const many = Array.from({ length: MAX_ISSUANCES + 5 }, (_, index) =>
    issuance("2", "K", { tbs: index.toString(16).padStart(64, "0") as Sha256, der: "AAAA" }),
  );
  const { issuances, isFull } = take(on, [...many, { ...FOREIGN, notBefore: PINNED }]);
  expect(isFull).toBe(true);
  expect(issuances).toHaveLength(MAX_ISSUANCES);
  const whole = issuances.filter(({ der }) => der !== undefined);
  expect(whole).toHaveLength(300);
  expect(whole.some(({ spki: key }) => key === spki("X"))).toBe(true);
});

describe("an answer and a failure", () => {
  const clean = answered(take(on, [OURS]).state, INSTANCE, NOW, 0);
  it("keep the time of the last complete reading, and its age while queries fail", () => {
    expect(ctStateOf(clean)).toMatchObject({ answeredAt: NOW, dueAt: NOW + DAY, failures: 0 });
    let now = clean;
    for (let day = 1; day <= 3; day++)
      now = failed(now, INSTANCE, { at: NOW + day * DAY, reason: "status", status: 502 }, 0.5);
    expect(ctStateOf(now)).toMatchObject({
      answeredAt: NOW,
      failures: 3,
      dueAt: NOW + 3 * DAY + 60 * 60_000,
      counts: { ours: 1, notOurs: 0 },
      failure: { at: NOW + 3 * DAY, reason: "status", status: 502 },
    });
    const back = ctStateOf(answered(now, INSTANCE, NOW + 4 * DAY, 0));
    expect(back).toMatchObject({ answeredAt: NOW + 4 * DAY, failures: 0, dueAt: NOW + 5 * DAY });
    expect(back.failure).toBeUndefined();
  });

  it("make an interrupted query wait like a failed one", () => {
    const ended = ctStateOf(begun(clean, INSTANCE, NOW + DAY, 0.5));
    expect(ended).toEqual({ ...ctStateOf(clean), dueAt: NOW + DAY + 15 * 60_000 });
  });

  it("make a query due at once when the permission comes back, and not if it was never gone", () => {
    const gone = consentChanged(clean, false, NOW + 1);
    expect(ctStateOf(gone)).toMatchObject({ failure: { reason: "permission-gone" }, answeredAt: NOW });
    expect(ctStateOf(consentChanged(gone, true, NOW + 2)).dueAt).toBe(0);
    expect(consentChanged(clean, true, NOW + 2)).toBe(clean);
    expect(consentChanged(on, false, NOW + 2)).toBe(on);
  });

  it("ask for everything again if the known certificates are lost", () => {
    expect(ctStateOf(forgetLastId(clean, INSTANCE)).lastId).toBeUndefined();
  });
});

describe("when the pins change", () => {
  const alarmed = take(on, [OURS, FOREIGN, issuance("4", "Y", { issuer: "CN=Other" })]);
  const both = (key: string): State => ({
    ...alarmed.state,
    stored: { ...alarmed.state.stored, pins: [confirmed("1", "K"), confirmed("9", key)] },
  });
  it("the warning about an authority ends if it has issued nothing else, and no other warning", () => {
    const next = reclassify(both("X"), INSTANCE, alarmed.issuances, NOW + 1);
    expect(next.stored.incidents.filter(isOpen).map(({ trustAnchor: trustAnchor }) => trustAnchor)).toEqual([
      "CN=Other",
    ]);
    expect(ctStateOf(next).counts).toMatchObject({ ours: 2, notOurs: 1 });
  });

  it("nothing ends for a pin of another key or an unconfirmed pin", () => {
    expect(reclassify(both("Q"), INSTANCE, alarmed.issuances, NOW + 1).stored.incidents.filter(isOpen)).toHaveLength(2);
    const typed = { address: INSTANCE, fingerprint: sha1("3"), source: "typed", at: NOW, private: false } as const;
    const next = reclassify(pin(alarmed.state, typed), INSTANCE, alarmed.issuances, NOW + 1);
    expect(next.stored.incidents.filter(isOpen)).toHaveLength(2);
  });
});
