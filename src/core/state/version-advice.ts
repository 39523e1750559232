// What is known about an instance's version, and whether Guard closes remote access because of it.
import type { Address } from "../address";
import { covering, covers, fixOf, type Advisory, type Fix } from "../version/advisory";
import { isSame, merge } from "../version/osv";
import { pinsFor } from "../pin/pin";
import { BUNDLED_ADVISORIES } from "../version/bundled-advisories";
import type { State } from "./state";
import { parseVersion } from "../version/version";
import {
  EMPTY_VERSIONS,
  type Asked,
  type Override,
  type SeenVersion,
  type VersionState,
} from "../version/version-state";

/** The version of an instance with the advisories about it. */
export interface Advice {
  readonly seen: SeenVersion;
  /** Whether Latchkey can compare the version. If not, nothing is said about it. */
  readonly understood: boolean;
  /** Those that make it insecure; the ones that block first. */
  readonly advisories: readonly Advisory[];
  /** Those that would, but were withdrawn by their publishers. */
  readonly notes: readonly Advisory[];
  /** The version to update to, which fixes all of them, if there is one. */
  readonly fix: Fix | undefined;
  readonly blocks: boolean;
  /** What the user decided, and whether it still holds. */
  readonly override: Override | undefined;
  readonly overridden: boolean;
}

export const versionsOf = ({ versions }: State): VersionState =>
  versions === undefined || versions === "unknown" ? EMPTY_VERSIONS : versions;

/** Whether saved data is damaged, or was and isn't complete again: a block may be missing. */
export const isLost = (state: State): boolean => state.versions === "unknown" || versionsOf(state).lost === true;

/** All known advisories: those shipped with Latchkey, and the list of osv.dev if the user switched it on. */
function advisoriesIn(state: State): readonly Advisory[] {
  const { feed } = versionsOf(state);
  return feed.on ? merge(BUNDLED_ADVISORIES, feed.advisories) : BUNDLED_ADVISORIES;
}

/**
 * Every address of the instance: a version reported at one of them applies to all. None if no connection has confirmed
 * the pin.
 */
export const hostsOf = ({ stored }: State, address: Address): Address[] =>
  pinsFor(stored.pins, address)
    .filter(({ confirmed }) => confirmed !== undefined)
    .flatMap(({ hosts }) => hosts);

const newest = <T extends { readonly address: Address; readonly at: number }>(
  entries: readonly T[],
  hosts: readonly Address[],
): T | undefined =>
  entries
    .filter(({ address }) => hosts.includes(address))
    .reduce<T | undefined>((last, entry) => (last === undefined || entry.at >= last.at ? entry : last), undefined);

/** @returns `undefined` if no version is known, or the instance has no confirmed pin (for private windows too) */
export function adviceAt(state: State, address: Address): Advice | undefined {
  const hosts = hostsOf(state, address);
  if (hosts.length === 0) return undefined;
  const { seen: all, overrides } = versionsOf(state);
  const seen = newest(all, hosts);
  if (seen === undefined) return undefined;
  const override = newest(overrides, hosts);
  const version = parseVersion(seen.text);
  if (!version.ok) {
    const nothing = { advisories: [], notes: [], fix: undefined, blocks: false, overridden: false };
    return { seen, understood: false, ...nothing, override };
  }
  const known = advisoriesIn(state);
  const advisories = covering(known, version.value);
  const blocks = advisories.some((advisory) => advisory.blocks);
  return {
    seen,
    understood: true,
    advisories,
    blocks,
    override,
    notes: known.filter((advisory) => advisory.withdrawn !== undefined && covers(advisory, version.value)),
    fix: fixOf(known, version.value),
    overridden: override !== undefined && blocks && holds(override, seen, advisories),
  };
}

/** Whether it is for this version, and no advisory has been added since. */
const holds = (override: Override, seen: SeenVersion, advisories: readonly Advisory[]): boolean =>
  override.ended === undefined && override.text === seen.text && newTo(override, advisories).length === 0;

export const newTo = ({ names }: Override, advisories: readonly Advisory[]): Advisory[] =>
  advisories.filter((advisory) => !isSame(advisory, names));

/** Whether Guard closes remote access to an instance because of its version. */
export function isInsecure(state: State, address: Address): boolean {
  const advice = adviceAt(state, address);
  return advice !== undefined && advice.blocks && !advice.overridden;
}

/** When the instance was last asked, with which certificate, and why it reported nothing if so. */
export const askedAt = (state: State, address: Address): Asked | undefined =>
  newest(versionsOf(state).asked, hostsOf(state, address));
