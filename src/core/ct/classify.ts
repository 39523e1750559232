// Whose a certificate of the public logs is. What counts as ours comes from the user's pins alone, never from the log.
import { hostOf, type Address } from "../address";
import { isSha256, type Sha256, type Spki } from "../tls/digest";
import type { Entry } from "../pin/history";
import type { Issuance } from "./issuance";
import { pinsFor, type Confirmed, type Pin } from "../pin/pin";
import type { Former } from "../pin/pin";

/**
 * - `known`: a leaf that a connection showed for a confirmed pin, or exactly the certificate of an unconfirmed one.
 * - `key`: another certificate with a pin's key, such as the precertificate of a known one.
 * - `unrelated`: it is for other hosts, so Firefox would not accept it for this one.
 * - `wildcard`: it covers the instance without naming it. Its holder could be the provider.
 * - `before`: has another key, and was issued before the instance was pinned or belongs to a pin that the user
 *   replaced.
 * - `not-ours`: none of these.
 */
export type Class = "known" | "key" | "unrelated" | "wildcard" | "before" | "not-ours";

/** How Latchkey recognizes an address's certificates. */
export interface Ours {
  readonly host: string;
  readonly leaves: ReadonlySet<Sha256>;
  readonly keys: ReadonlySet<Spki>;
  /** Leaves and keys of pins that were confirmed once and have been replaced. */
  readonly former: ReadonlySet<Sha256 | Spki>;
  /** Since when the instance has been pinned, in milliseconds since 1970. */
  readonly since: number;
}

/**
 * @returns `undefined` if no pin of the address is confirmed: then there is nothing to compare the certificates with
 */
export function oursAt(
  address: Address,
  pins: readonly Pin[],
  former: readonly Former[],
  since: number,
): Ours | undefined {
  const confirmed = confirmedAt(address, pins);
  return confirmed.length === 0
    ? undefined
    : {
        host: hostOf(address),
        leaves: new Set([...confirmed.flatMap(({ leaves }) => leaves), ...unconfirmedAt(address, pins)]),
        keys: new Set([...confirmed.map(({ spki }) => spki), ...givenKeysAt(address, pins)]),
        former: new Set(former.flatMap(({ spki, leaves }) => [spki, ...leaves])),
        since,
      };
}

/**
 * The logs identify certificates by SHA-256. So a pin with another digest says nothing about them before its first
 * match.
 */
const unconfirmedAt = (address: Address, pins: readonly Pin[]): Sha256[] =>
  pinsFor(pins, address).flatMap(({ confirmed, fingerprint }) =>
    confirmed === undefined && isSha256(fingerprint) ? [fingerprint] : [],
  );

/** A certificate that was given as a whole shows its key, by which its precertificate is recognized. */
const givenKeysAt = (address: Address, pins: readonly Pin[]): Spki[] =>
  pinsFor(pins, address).flatMap(({ confirmed, spki }) =>
    confirmed === undefined && spki !== undefined ? [spki] : [],
  );

export const confirmedAt = (address: Address, pins: readonly Pin[]): Confirmed[] =>
  pinsFor(pins, address).flatMap(({ confirmed }) => confirmed ?? []);

/**
 * Since when the instance has been pinned with a key that it still has. A pin that was updated after a renewal has a
 * later date. That doesn't make certificates from before that date older than the pin.
 */
export function pinnedSince(address: Address, pins: readonly Pin[], history: readonly Entry[]): number {
  const keys = new Set(confirmedAt(address, pins).map(({ spki }) => spki));
  const all = [...pins, ...history.flatMap(({ before, after }) => [...before, ...after])];
  const dates = pinsFor(all, address).flatMap(({ confirmed, pinnedAt: pinnedAt }) =>
    confirmed !== undefined && keys.has(confirmed.spki) ? Date.parse(pinnedAt) : [],
  );
  return Math.min(...dates);
}

type Rule = (issuance: Issuance, ours: Ours) => Class | undefined;

/** The first rule that fits wins, so the order is the policy: our own key is ours, whatever names it is for. */
const RULES: readonly Rule[] = [
  ({ sha256 }, { leaves }) => (leaves.has(sha256) ? "known" : undefined),
  ({ spki }, { keys }) => (keys.has(spki) ? "key" : undefined),
  // If the service reports no names, it has still listed the certificate for this host.
  ({ names }, { host }) => (names.length > 0 && !names.some((name) => covers(name, host)) ? "unrelated" : undefined),
  ({ names }, { host }) => (names.length > 0 && !names.some((name) => isName(name, host)) ? "wildcard" : undefined),
  ({ sha256, spki, notBefore }, { former, since }) =>
    notBefore < since || former.has(sha256) || former.has(spki) ? "before" : undefined,
];

/** Total: every certificate has exactly one class. That it was revoked or has expired changes nothing. */
export function classify(issuance: Issuance, ours: Ours): Class {
  for (const rule of RULES) {
    const found = rule(issuance, ours);
    if (found !== undefined) return found;
  }
  return "not-ours";
}

const plain = (name: string): string => name.toLowerCase().replace(/\.$/u, "");
const isName = (name: string, host: string): boolean => plain(name) === host;
/** A star stands for exactly one label, the first (RFC 6125, 6.4.3). Firefox accepts no other. */
const covers = (name: string, host: string): boolean =>
  isName(name, host) || (name.startsWith("*.") && plain(name).slice(1) === host.slice(host.indexOf(".")));

/** How many certificates there are of each kind, and how many of `before` the user has not reviewed yet. */
export interface Counts {
  readonly ours: number;
  readonly before: number;
  readonly beforeNew: number;
  readonly wildcard: number;
  readonly notOurs: number;
}

/** @param reviewedAt - the user has reviewed the certificates found until then */
export function count(issuances: readonly Issuance[], ours: Ours, reviewedAt: number): Counts {
  const counts = { ours: 0, before: 0, beforeNew: 0, wildcard: 0, notOurs: 0 };
  for (const issuance of issuances) {
    switch (classify(issuance, ours)) {
      case "known":
      case "key":
        counts.ours++;
        break;
      case "before":
        counts.before++;
        if (issuance.foundAt > reviewedAt) counts.beforeNew++;
        break;
      case "wildcard":
        counts.wildcard++;
        break;
      case "not-ours":
        counts.notOurs++;
        break;
      case "unrelated":
        break;
    }
  }
  return counts;
}
