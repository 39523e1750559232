import type { Fingerprint, FingerprintError, Given } from "./fingerprint";
import { clean, MAX_PASTED, parseFingerprint } from "./fingerprint-text";
import { err, ok, type Result } from "../result";

/** Certificates in a text (RFC 7468), and the text without them. */
export interface Pem {
  /** DER in base64, in the order of the text. */
  readonly certificates: readonly string[];
  readonly rest: string;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";
/** A certificate's DER in base64, without its frame: nothing else of that length begins so. */
const BARE = /^MII[A-Za-z0-9+/]{200,}={0,2}$/u;

/**
 * Finds the certificates in a pasted text: PEM, also quoted in a mail, with line breaks as JSON writes them, or without
 * its frame. Takes time in proportion to the text's length.
 * @returns an error if a frame holds something else (a key, a request), or has no end
 */
export function readPem(input: string): Result<Pem, FingerprintError> {
  if (input.length > MAX_PASTED) return err({ code: "fingerprint-too-long", characters: input.length });
  const text = clean(input);
  const compact = text.replace(/\s/gu, "");
  if (BARE.test(compact)) return ok({ certificates: [compact], rest: "" });
  const [before = "", ...blocks] = text.split(BEGIN);
  const certificates: string[] = [];
  const rest = [before];
  for (const block of blocks) {
    const [name = ""] = block.split(DASHES, 1);
    const end = block.indexOf(END);
    const body = block.slice(name.length + DASHES.length, end < 0 ? undefined : end);
    const tail = end < 0 ? "" : block.slice(end + END.length);
    rest.push(tail.slice(tail.indexOf(DASHES) + DASHES.length));
    if (name === "PUBLIC KEY") continue; // next to a certificate it isn't needed; alone it is refused below
    if (/PRIVATE KEY$/u.test(name)) return err({ code: "fingerprint-other", what: "private-key" });
    if (/CERTIFICATE REQUEST$/u.test(name)) return err({ code: "fingerprint-other", what: "request" });
    const base64 = body.replace(/\\[nr]|\s/gu, "");
    if (end < 0 || !/^(?:X509 )?CERTIFICATE$/u.test(name) || !/^[A-Za-z0-9+/]+={0,2}$/u.test(base64))
      return err({ code: "fingerprint-unreadable" });
    certificates.push(base64);
  }
  if (certificates.length === 0 && blocks.length > 0 && !parseFingerprint(rest.join("\n")).ok)
    return err({ code: "fingerprint-other", what: "key" });
  return ok({ certificates, rest: rest.join("\n") });
}

/** What is read from one pasted certificate. */
export interface CertificateGiven {
  readonly digests: readonly Fingerprint[];
  readonly given: Given;
  /** Whether it may issue others (RFC 5280, 4.2.1.9). */
  readonly isAuthority: boolean;
  readonly isPrecertificate: boolean;
}

/**
 * The certificate that was meant: the only one, or the only one of a chain that isn't an authority's. A fingerprint in
 * the text around it must be of the same certificate.
 * @param rest - the text without the certificates
 */
export function certificateMeant(
  certificates: readonly CertificateGiven[],
  rest: string,
): Result<Given, FingerprintError> {
  const different = certificates.filter(
    ({ given }, index) => certificates.findIndex((other) => other.given.fingerprint === given.fingerprint) === index,
  );
  const servers = different.length === 1 ? different : different.filter(({ isAuthority }) => !isAuthority);
  const [meant, another] = servers;
  if (meant === undefined || another !== undefined) return err({ code: "fingerprint-several" });
  if (meant.isPrecertificate) return err({ code: "fingerprint-other", what: "precertificate" });
  const around = parseFingerprint(rest);
  const digests = around.ok ? [around.value.fingerprint, around.value.sha1] : [];
  const isSame = digests.every((digest) => digest === undefined || meant.digests.includes(digest));
  if (!isSame || (!around.ok && around.error.code === "fingerprint-several"))
    return err({ code: "fingerprint-several" });
  return ok(meant.given);
}
