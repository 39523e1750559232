import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { isSha256, spkiOfHex, type Sha256, type Spki } from "../core/digest";
import { namesIn } from "./certificate-names";

/** What a person or another page may want to know of a certificate that the service's answer does not say. */
export interface CertificateText {
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  /** What an authority announces before it issues the certificate itself: no browser takes it (RFC 6962, 3.1). */
  readonly isPrecertificate: boolean;
  readonly names: readonly string[];
  readonly sha256: Sha256;
  readonly spki: Spki;
}

const POISON = "1.3.6.1.4.1.11129.2.4.3";

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** @param der - in base64. @returns `undefined` where it cannot be read: it comes from outside */
export async function textOf(der: string): Promise<CertificateText | undefined> {
  try {
    const bytes = bytesOf(der);
    const { tbsCertificate } = AsnConvert.parse(bytes, Certificate);
    const sha256 = await hex(bytes);
    const spki = spkiOfHex(await hex(AsnConvert.serialize(tbsCertificate.subjectPublicKeyInfo)));
    if (!isSha256(sha256)) return undefined;
    return {
      ...{ serial: serialOf(tbsCertificate.serialNumber), names: namesIn(der), sha256, spki },
      isPrecertificate: tbsCertificate.extensions?.some(({ extnID }) => extnID === POISON) === true,
    };
  } catch {
    return undefined;
  }
}

/** The serial number of a certificate, for telling it from others. */
export function serialIn(der: string): string | undefined {
  try {
    return serialOf(AsnConvert.parse(bytesOf(der), Certificate).tbsCertificate.serialNumber);
  } catch {
    return undefined;
  }
}

const inHex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const serialOf = (number: ArrayBuffer): string => inHex(number).replace(/^0+(?=.)/u, "");

const hex = async (bytes: BufferSource): Promise<string> => inHex(await crypto.subtle.digest("SHA-256", bytes));

/** The DER in a PEM block, or in bare base64. */
export const derOf = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/gu, "");
