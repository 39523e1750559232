import * as z from "zod/mini";
import { ADDRESS, type Address } from "../address";
import type { Handshake } from "../tls/certificate";
import { SHA256, SPKI } from "../tls/digest";
import { GIVEN, type Fingerprint, type Given } from "../tls/fingerprint";

/** How a fingerprint was learned. `first-use` is only as good as that first connection, and never shown as verified. */
export const SOURCE = z.enum(["home", "typed", "imported", "first-use"]);
export type Source = z.infer<typeof SOURCE>;

/**
 * What is known of a pin's newest certificate, as far as it predicts the next one. Times in milliseconds since 1970.
 */
export const LAST = z.strictObject({ issuer: z.string(), notBefore: z.number(), notAfter: z.number() });
export type Last = z.infer<typeof LAST>;

/** What the first matching connection showed. From then on only this counts, not the pinned digest. */
export const CONFIRMED = z.strictObject({
  spki: SPKI,
  /** The chain's root. Left out if Firefox gave no chain, because the user clicked through a certificate error. */
  root: z.exactOptional(SHA256),
  /** Every leaf seen with this key, newest last. */
  leaves: z.array(SHA256),
  /** Left out in what earlier versions wrote, until the next match. */
  last: z.exactOptional(LAST),
});
export type Confirmed = z.infer<typeof CONFIRMED>;

/**
 * What a host's certificates were under a pin that the user has replaced since. They were right once, so they are no
 * evidence of an attack.
 */
export type Former = Pick<Confirmed, "spki" | "leaves">;

/** A certificate that the user holds as right for its hosts. Its fingerprint identifies the pin. */
export const PIN = z.strictObject({
  hosts: z.array(ADDRESS),
  ...GIVEN,
  source: SOURCE,
  /** ISO 8601, UTC. */
  pinnedAt: z.iso.datetime(),
  note: z.string(),
  /** A warning showed this certificate, and the user said that they compared it elsewhere. */
  wasOnWarning: z.exactOptional(z.literal(true)),
  confirmed: z.exactOptional(CONFIRMED),
});
export type Pin = z.infer<typeof PIN>;

/** Maximum leaves that are remembered of one key. With a renewal every two months, that is over ten years. */
const MAX_LEAVES = 64;

export const hasDigest = ({ leaf }: Handshake, digest: Fingerprint): boolean =>
  leaf.sha1 === digest || leaf.sha256 === digest;

/** Whether a connection showed the certificate that was given: all of its given digests match. */
export const isGiven = (handshake: Handshake, { fingerprint, sha1 }: Given): boolean =>
  hasDigest(handshake, fingerprint) && (sha1 === undefined || sha1 === handshake.leaf.sha1);

/** A confirmed pin knows the leaf itself; an unconfirmed one has only the digests that were given. */
export const knowsLeaf = (pin: Pin, handshake: Handshake): boolean =>
  pin.confirmed === undefined ? isGiven(handshake, pin) : pin.confirmed.leaves.includes(handshake.leaf.sha256);

/**
 * The key that a connection confirmed; before that, the key of a certificate that was pinned as a whole. A server that
 * proves that it has this key is the same one, with any certificate.
 */
export const knowsKey = ({ confirmed, spki }: Pin, handshake: Handshake): boolean =>
  (confirmed?.spki ?? spki) === handshake.leaf.spki;

/** Whether a pin was given this digest. */
export const wasGiven = (pin: Pin, digest: Fingerprint): boolean => pin.fingerprint === digest || pin.sha1 === digest;

/** The pin after a connection that matched it: the first one confirms it, and a renewal adds a leaf. */
export function learn(pin: Pin, { leaf, anchor }: Handshake): Pin {
  const { issuer, notBefore, notAfter } = leaf;
  const { confirmed } = pin;
  if (confirmed === undefined) {
    const root = anchor.kind === "unknown" ? {} : { root: anchor.root.sha256 };
    const last = { issuer, notBefore, notAfter };
    return { ...pin, confirmed: { spki: leaf.spki, ...root, leaves: [leaf.sha256], last } };
  }
  const isKnown = confirmed.leaves.includes(leaf.sha256);
  // While a server switches certificates, it may present the old leaf once more after the new one.
  const isNewest = confirmed.last === undefined || confirmed.last.notAfter < notAfter;
  if (isKnown && !isNewest) return pin;
  const leaves = isKnown ? confirmed.leaves : [...confirmed.leaves, leaf.sha256].slice(-MAX_LEAVES);
  return {
    ...pin,
    confirmed: { ...confirmed, leaves, ...(isNewest ? { last: { issuer, notBefore, notAfter } } : {}) },
  };
}

export const pinsFor = (pins: readonly Pin[], address: Address): Pin[] =>
  pins.filter(({ hosts }) => hosts.includes(address));

/** A pin is identified by its fingerprint. */
export const isSameCertificate = (one: Pin, other: Pin): boolean => one.fingerprint === other.fingerprint;
