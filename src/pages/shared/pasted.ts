import type { FingerprintError, Given } from "../../core/tls/fingerprint";
import { parseFingerprint } from "../../core/tls/fingerprint-text";
import { certificateMeant, readPem } from "../../core/tls/pem";
import { err, type Result } from "../../core/result";

/** A pasted fingerprint: read at once, or as soon as the certificates in the text are read. */
export type Pasted = Result<Given, FingerprintError> | Promise<Result<Given, FingerprintError>>;

/**
 * Reads a fingerprint, or the digests and key of a whole certificate. Without a certificate the result is available at
 * once, so that a click can still ask for a permission.
 */
export function readPasted(text: string): Pasted {
  const pem = readPem(text);
  if (!pem.ok) return pem;
  const { certificates, rest } = pem.value;
  return certificates.length === 0 ? parseFingerprint(text) : readCertificates(certificates, rest);
}

/** The reader of certificates is large, so it is loaded only if someone pastes one. */
async function readCertificates(
  certificates: readonly string[],
  rest: string,
): Promise<Result<Given, FingerprintError>> {
  const { givenBy } = await import("./certificate-text");
  const read = await Promise.all(certificates.map(givenBy));
  const known = read.flatMap((one) => (one === undefined ? [] : [one]));
  return known.length < read.length ? err({ code: "fingerprint-unreadable" }) : certificateMeant(known, rest);
}
