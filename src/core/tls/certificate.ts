import * as z from "zod/mini";
import { SHA1, SHA256, SPKI } from "./digest";

/** What Firefox reports about one certificate. Times in milliseconds since 1970. */
export const CERTIFICATE = z.strictObject({
  sha1: SHA1,
  sha256: SHA256,
  spki: SPKI,
  /** Distinguished names as Firefox writes them: `CN=abc.ui.nabu.casa`. */
  subject: z.string(),
  issuer: z.string(),
  serial: z.string(),
  notBefore: z.number(),
  notAfter: z.number(),
});
export type Certificate = z.infer<typeof CERTIFICATE>;

/**
 * The end of a chain:
 * - `built-in`: a root that ships with Firefox
 * - `public`: a root with the digest of a built-in one, which this Firefox doesn't call its own
 * - `added`: another root that was added to this Firefox (own authority, company proxy, antivirus, malware)
 * - `unknown`: Firefox gives no chain after a clicked-through error
 */
export const ANCHOR = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("built-in"), root: CERTIFICATE }),
  z.strictObject({ kind: z.literal("public"), root: CERTIFICATE }),
  z.strictObject({ kind: z.literal("added"), root: CERTIFICATE }),
  z.strictObject({ kind: z.literal("unknown") }),
]);
export type Anchor = z.infer<typeof ANCHOR>;

/** The certificate error a user clicked through: Firefox's own category, or "other" if it names none. */
export const CERTIFICATE_EXCEPTION = z.enum(["trust_error", "domain_mismatch", "expired_or_not_yet_valid", "other"]);
export type CertificateException = z.infer<typeof CERTIFICATE_EXCEPTION>;

/** What one TLS handshake showed. */
export const HANDSHAKE = z.strictObject({
  leaf: CERTIFICATE,
  anchor: ANCHOR,
  override: z.optional(CERTIFICATE_EXCEPTION),
  /** Firefox's own check of Certificate Transparency, in its words (`policy_compliant`, …). */
  transparency: z.string(),
});
export type Handshake = z.infer<typeof HANDSHAKE>;

/** The trust anchor of a leaf: the chain's root, or the leaf's issuer if Firefox gives no chain. */
export function trustAnchorOf({ leaf, anchor }: Handshake): string {
  if (anchor.kind !== "unknown") return anchor.root.sha256;
  return leaf.issuer === leaf.subject ? "self-signed" : leaf.issuer;
}

/** The common name in a distinguished name, or all of it if there is none. For display only. */
export const commonName = (name: string): string => /(?:^|,\s*)CN=("[^"]*"|[^,]*)/u.exec(name)?.[1] ?? name;

/** An issuer's usual name: its organization, or its common name if it has none. For display only. */
export const authorityName = (name: string): string =>
  /(?:^|,\s*)O=("[^"]*"|[^,]*)/u.exec(name)?.[1] ?? commonName(name);
