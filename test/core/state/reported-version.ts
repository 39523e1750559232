// What the tests of versions and of overrides share: an instance that reports its version, and listed advisories.
import type { Address } from "../../../src/core/address";
import { guardAt } from "../../../src/core/state/guard";
import { setGuard } from "../../../src/core/state/reduce";
import type { State } from "../../../src/core/state/state";
import { noteFeed, noteVersion, setFeed } from "../../../src/core/state/version-steps";
import type { Advisory } from "../../../src/core/version/advisory";
import { confirmed, INSTANCE, stateOf } from "../samples";

export const AT = 1_795_000_000_000;
export const DAY = 24 * 60 * 60 * 1000;
export const OTHER = "ha.example.org" as Address;

/** Pinned with two addresses, and the same under Guard. */
export const pinned = stateOf([confirmed("1", "K", { hosts: [INSTANCE, OTHER] })]);
export const instance = setGuard(pinned, INSTANCE, true);

export const reports = (state: State, text: string, at = AT): State =>
  noteVersion(state, { address: INSTANCE, text, at, from: "remote" });
export const listed = (id: string, more: Partial<Advisory> = {}): Advisory => ({
  id,
  aliases: [],
  summary: "Someone may",
  link: "https://osv.dev/",
  shipped: false,
  blocks: true,
  ranges: [{ fixed: "2026.12.1" }],
  ...more,
});
export const lists = (state: State, ...advisories: Advisory[]): State =>
  noteFeed(setFeed(state, true, AT), { ok: true, value: { advisories, unread: 0 } }, AT);
export const guard = (state: State): string => guardAt(state, INSTANCE, false, 1, AT);
