import * as z from "zod/mini";

declare const brand: unique symbol;
/** SHA-1 of a whole certificate: 40 lower-case hex digits, as Home Assistant shows it. */
export type Sha1 = string & { readonly [brand]: "Sha1" };
/** SHA-256 of a whole certificate: 64 lower-case hex digits. */
export type Sha256 = string & { readonly [brand]: "Sha256" };
/** SHA-256 of a certificate's public key part (SubjectPublicKeyInfo), base64 as Firefox writes it. */
export type Spki = string & { readonly [brand]: "Spki" };

export const isSha1 = (value: unknown): value is Sha1 => typeof value === "string" && /^[0-9a-f]{40}$/.test(value);
export const isSha256 = (value: unknown): value is Sha256 => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
export const isSpki = (value: unknown): value is Spki =>
  typeof value === "string" && /^[A-Za-z0-9+/]{43}=$/.test(value);

export const SHA1 = z.custom<Sha1>(isSha1, "not a SHA-1 digest: 40 lower-case hex digits are needed");
export const SHA256 = z.custom<Sha256>(isSha256, "not a SHA-256 digest: 64 lower-case hex digits are needed");
export const SPKI = z.custom<Spki>(isSpki, "not a base64 SHA-256 digest of a public key");

/** Firefox writes digests as upper-case pairs with colons (`AB:CD:…`); ours have neither. */
export const plainHex = (text: string): string => text.replaceAll(":", "").toLowerCase();

/** The log services write the digest of a key in hex, Firefox and the pins in base64. @param hex - 64 digits */
export function spkiOfHex(hex: string): Spki {
  const bytes = hex.match(/../gu)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return btoa(String.fromCharCode(...bytes)) as Spki;
}
