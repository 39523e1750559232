// What an attacker creates by opening any number of addresses, with certificates of the maximum length.
import type { Address } from "../../src/core/address";
import { observe } from "../../src/core/state/reduce";
import type { State } from "../../src/core/state/state";
import type { Observation } from "../../src/core/tls/observation";
import { ADDED, certificate, handshake, seenTls } from "./samples";

export const MB = 1024 * 1024;
export const CHAIN = Array.from({ length: 4 }, () => "A".repeat(32 * 1024));

export const other = (index: number): Address => `a${String(index)}.ui.nabu.casa` as Address;
export const sizeOf = (value: unknown): number => JSON.stringify(value).length;
export const after = (state: State, ...seen: readonly Observation[]): State =>
  seen.reduce((next, observation) => observe(next, observation).state, state);
export const intercepted = (address: Address, more: Partial<Observation> = {}): Observation => ({
  ...seenTls(certificate("3", "X"), { address, chain: CHAIN, ...more }),
  seen: { kind: "tls", handshake: handshake(certificate("3", "X"), { anchor: { kind: "added", root: ADDED } }) },
});
