import { expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { keyOf } from "../../../src/core/incident/incident";
import { closeIncident, observe } from "../../../src/core/state/reduce";
import type { State } from "../../../src/core/state/state";
import { incidentsViewOf, incidentViewOf, WARNINGS_SHOWN } from "../../../src/core/view/incidents-view";
import { certificate, confirmed, INSTANCE, sha256, seenTls, stateOf, unconfirmed } from "../samples";

const OTHER = "def.ui.nabu.casa" as Address;
const attacked = (state: State, address: Address, at: number): State =>
  observe(state, seenTls(certificate("3", "X"), { address, at, chain: ["leaf", "root"] })).state;
const both = stateOf([confirmed("1", "K", { hosts: [INSTANCE, OTHER] })]);
const warned = attacked(attacked(both, INSTANCE, 1), OTHER, 2);
const [own] = warned.stored.incidents;
const key = own === undefined ? "" : keyOf(own);

it("lists open warnings before closed ones, and then the newest first", () => {
  const newer = attacked(warned, INSTANCE, 20);
  const closed = closeIncident(newer, key, "done", 21);
  const addresses = (state: State) => incidentsViewOf(state, false, 0).incidents.items.map(({ address }) => address);
  expect(addresses(newer)).toEqual([INSTANCE, OTHER]);
  expect(addresses(warned)).toEqual([OTHER, INSTANCE]);
  expect(addresses(closed)).toEqual([OTHER, INSTANCE]);
});

it("lists a part of them, without their evidence", () => {
  const hosts = Array.from({ length: 50 }, (_, index) => `a${String(index)}.ui.nabu.casa` as Address);
  const many = hosts.reduce((state, host, at) => attacked(state, host, at), stateOf([confirmed("1", "K", { hosts })]));
  const { incidents } = incidentsViewOf(many, false, 40);
  expect(incidents).toMatchObject({ from: 40, total: 50, size: WARNINGS_SHOWN });
  expect(incidents.items.map(({ address }) => address)).toEqual(hosts.slice(0, 10).reverse());
  expect(JSON.stringify(incidents)).not.toContain("samples");
});

it("says what was pinned instead of a fingerprint, which only the evidence shows", () => {
  const root = unconfirmed("7", { fingerprint: sha256("7") });
  const { incidents } = incidentsViewOf(attacked(stateOf([root]), INSTANCE, 1), false, 0);
  expect(incidents.items).toMatchObject([{ verdict: { kind: "mismatch" }, mistaken: "authority" }]);
});

it("shows one warning with its evidence and what belongs to its address, while it is there", () => {
  const view = incidentViewOf(warned, false, key);
  expect(view).toMatchObject({ incident: own, pins: both.stored.pins, check: { address: INSTANCE } });
  expect(view?.incident.samples[0]?.chain).toEqual(["leaf", "root"]);
  expect(incidentViewOf(warned, false, "gone")).toBeUndefined();
});
