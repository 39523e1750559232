import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, id_ce_subjectAltName, SubjectAlternativeName, type GeneralName } from "@peculiar/asn1-x509";

/**
 * The host names and IP addresses that a certificate is for, which Firefox doesn't report (RFC 5280, 4.2.1.6).
 * @param der - the certificate, DER in base64
 * @returns none if it names none or can't be read: it comes from a server that may not be yours
 */
export function namesIn(der: string): string[] {
  try {
    const bytes = Uint8Array.from(atob(der), (character) => character.charCodeAt(0));
    const { tbsCertificate } = AsnConvert.parse(bytes, Certificate);
    const names = tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_subjectAltName);
    return names === undefined ? [] : AsnConvert.parse(names.extnValue.buffer, SubjectAlternativeName).flatMap(shown);
  } catch {
    return [];
  }
}

const shown = ({ dNSName, iPAddress }: GeneralName): string[] =>
  [dNSName, iPAddress].filter((name) => name !== undefined);
