import { randomBytes } from "node:crypto";
import type { Address } from "../src/core/address";
import { observe } from "../src/core/state/reduce";
import { pin } from "../src/core/state/pins";
import type { State, StoredState } from "../src/core/state/state";
import type { Certificate } from "../src/core/tls/certificate";
import type { Sha1, Sha256, Spki } from "../src/core/tls/digest";
import type { Observation } from "../src/core/tls/observation";
import { intercepted } from "../test/core/crowd";
import { certificate, PINNED, seenTls, stateOf } from "../test/core/samples";

const hex = (index: number, length: number): string => index.toString(16).padStart(length, "0");
const addressAt = (index: number): Address => `instance${String(index)}.ui.nabu.casa` as Address;
const leafAt = (index: number): Certificate => ({
  ...certificate("1", "K", `CN=${addressAt(index)}`),
  sha1: hex(index, 40) as Sha1,
  sha256: hex(index, 64) as Sha256,
  spki: `${hex(index, 43)}=` as Spki,
});

/**
 * Four certificates of 24 KB each in base64, the largest kept of a chain. They are random, or the disk would compress
 * them.
 */
const chain = (): string[] => Array.from({ length: 4 }, () => randomBytes(24 * 1024).toString("base64"));

/**
 * The stored state of `instances` pinned instances, all verified once, and of `warnings` warnings, each with a long
 * chain.
 */
export function crowdedState(instances: number, warnings: number): StoredState {
  let state: State = stateOf([]);
  const see = (observation: Observation): void => {
    ({ state } = observe(state, observation));
  };
  for (let index = 0; index < instances; index++) {
    const [address, leaf] = [addressAt(index), leafAt(index)];
    const at = PINNED + index;
    state = pin(state, {
      address,
      fingerprint: leaf.sha1,
      source: "home",
      at,
      private: false,
      note: `Number ${String(index)}`,
    });
    see(seenTls(leaf, { address, at }));
  }
  for (let index = 0; index < warnings; index++)
    see(intercepted(addressAt(index), { at: PINNED + instances + index, chain: chain() }));
  return state.stored;
}
