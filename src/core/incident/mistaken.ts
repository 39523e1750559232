import type { Handshake } from "../tls/certificate";
import { isSha256, plainHex, spkiOfHex } from "../tls/digest";
import type { Fingerprint, Given } from "../tls/fingerprint";
import type { Incident } from "./incident";
import type { Pin } from "../pin/pin";

/**
 * What a value really is that was pinned as a fingerprint: another value of the certificate, or its root's fingerprint.
 */
export type Mistaken = "key" | "key-id" | "log-id" | "serial" | "authority";

// In DER, an extension's value follows its object identifier (RFC 5280, 4.2.1.1 and 4.2.1.2; RFC 6962, 3.3).
const EXTENSIONS: readonly (readonly [Mistaken, string])[] = [
  ["key-id", "0603551d0e"],
  ["key-id", "0603551d23"],
  ["log-id", "060a2b06010401d679020402"],
];

const hexOf = (base64: string): string =>
  Array.from(atob(base64), (character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");

const withoutZeros = (hex: string): string => hex.replace(/^0+/u, "");

/**
 * What a digest is if it belongs to a connection's certificate but isn't its fingerprint. It explains a warning and
 * never ends one: everything except the key's digest can be written into another certificate.
 * @param der - the leaf in base64, if it is known. Without it, only values that can't be forged are found
 */
function mistakenFor(digest: Fingerprint, { leaf, anchor }: Handshake, der?: string): Mistaken | undefined {
  if (digest === leaf.sha1 || digest === leaf.sha256) return undefined;
  if (isSha256(digest) && spkiOfHex(digest) === leaf.spki) return "key";
  if (anchor.kind !== "unknown" && (digest === anchor.root.sha1 || digest === anchor.root.sha256)) return "authority";
  if (der === undefined) return undefined;
  if (withoutZeros(plainHex(leaf.serial)) === withoutZeros(digest)) return "serial";
  const hex = hexOf(der);
  const [before, after] = hex.split(digest, 2);
  if (before === undefined || after === undefined) return undefined;
  const [nearest] = EXTENSIONS.map(([what, id]) => ({ what, at: before.lastIndexOf(id) })).sort((a, b) => b.at - a.at);
  return nearest === undefined || nearest.at < 0 ? undefined : nearest.what;
}

/** The same for every digest that was given. */
export const mistakenIn = ({ fingerprint, sha1 }: Given, handshake: Handshake, der?: string): Mistaken | undefined =>
  mistakenFor(fingerprint, handshake, der) ?? (sha1 === undefined ? undefined : mistakenFor(sha1, handshake, der));

/**
 * What the pins of an incident's address really are, if no connection ever confirmed one and the newest evidence shows
 * it. If no public authority issued a certificate, everything that can be forged in it is left out.
 */
export function mistakenOf({ address, verdict, samples }: Incident, pins: readonly Pin[]): Mistaken | undefined {
  const { handshake, chain } = samples.at(-1) ?? {};
  const isMismatch = verdict.kind === "mismatch" && verdict.cause === "never-confirmed";
  if (handshake === undefined || (!isMismatch && verdict.kind !== "interception" && verdict.kind !== "overridden"))
    return undefined;
  const own = pins.filter(({ hosts }) => hosts.includes(address));
  if (own.some(({ confirmed }) => confirmed !== undefined)) return undefined;
  return own
    .map((pin) => mistakenIn(pin, handshake, isMismatch ? chain?.[0] : undefined))
    .find((what) => what !== undefined);
}
