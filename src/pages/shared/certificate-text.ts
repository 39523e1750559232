import { AsnConvert } from "@peculiar/asn1-schema";
import { BasicConstraints, Certificate, id_ce_basicConstraints } from "@peculiar/asn1-x509";
import { plainSerial } from "../../core/ct/crt-sh";
import { isSha1, isSha256, spkiOfHex, type Sha256, type Spki } from "../../core/tls/digest";
import type { CertificateGiven } from "../../core/tls/pem";
import { namesIn } from "./certificate-names";

/** What a certificate contains in addition to the log service's report. */
export interface CertificateText {
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  /** A precertificate announces a certificate before it is issued; no browser accepts it (RFC 6962, 3.1). */
  readonly isPrecertificate: boolean;
  readonly names: readonly string[];
  readonly sha256: Sha256;
  readonly spki: Spki;
}

const POISON = "1.3.6.1.4.1.11129.2.4.3";

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** @param der - in base64. @returns `undefined` if it cannot be read: it comes from outside */
export async function textOf(der: string): Promise<CertificateText | undefined> {
  try {
    const bytes = bytesOf(der);
    const { tbsCertificate } = AsnConvert.parse(bytes, Certificate);
    const sha256 = await hex(bytes);
    const spki = spkiOfHex(await hex(AsnConvert.serialize(tbsCertificate.subjectPublicKeyInfo)));
    if (!isSha256(sha256)) return undefined;
    return {
      serial: plainSerial(inHex(tbsCertificate.serialNumber)),
      names: namesIn(der),
      sha256,
      spki,
      isPrecertificate: tbsCertificate.extensions?.some(({ extnID }) => extnID === POISON) === true,
    };
  } catch {
    return undefined;
  }
}

/**
 * The digests and key of a certificate that a person pastes.
 * @param der - in base64
 * @returns `undefined` if it can't be read, or if more bytes follow, which its digest would include
 */
export async function givenBy(der: string): Promise<CertificateGiven | undefined> {
  const text = await textOf(der);
  if (text === undefined) return undefined;
  const bytes = bytesOf(der);
  const sha1 = await hex(bytes, "SHA-1");
  if (!isSha1(sha1) || lengthIn(bytes) !== bytes.length) return undefined;
  const { sha256, spki, isPrecertificate } = text;
  return {
    digests: [sha1, sha256],
    given: { fingerprint: sha256, sha1, spki },
    isAuthority: isAuthority(bytes),
    isPrecertificate,
  };
}

function isAuthority(bytes: Uint8Array<ArrayBuffer>): boolean {
  const { extensions } = AsnConvert.parse(bytes, Certificate).tbsCertificate;
  const basic = extensions?.find(({ extnID }) => extnID === id_ce_basicConstraints);
  try {
    return basic !== undefined && AsnConvert.parse(basic.extnValue.buffer, BasicConstraints).cA;
  } catch {
    return false;
  }
}

/** The length of a DER value by its own first bytes (X.690, 8.1.3). */
function lengthIn([, length = 0, ...more]: Uint8Array): number {
  if (length < 0x80) return 2 + length;
  const size = length - 0x80;
  return 2 + size + more.slice(0, size).reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The serial number of a certificate, to distinguish it from others. */
export function serialIn(der: string): string | undefined {
  try {
    return plainSerial(inHex(AsnConvert.parse(bytesOf(der), Certificate).tbsCertificate.serialNumber));
  } catch {
    return undefined;
  }
}

const inHex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const hex = async (bytes: BufferSource, algorithm = "SHA-256"): Promise<string> =>
  inHex(await crypto.subtle.digest(algorithm, bytes));

/** The DER in a PEM block, or in bare base64. */
export const derOf = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/gu, "");
