import { MAX_NAME, MAX_SERIAL } from "../bounds";
import type { Anchor, Certificate, Handshake, CertificateException } from "./certificate";
import { isSha1, isSha256, isSpki, plainHex } from "./digest";
import { digests as publicRoots } from "./public-roots.json";

/** The fields of Firefox's `SecurityInfo` that are read (webRequest.getSecurityInfo). Every field may be missing. */
export interface SecurityInfo {
  readonly state?: string;
  readonly isUntrusted?: boolean;
  readonly isDomainMismatch?: boolean;
  readonly isNotValidAtThisTime?: boolean;
  readonly overridableErrorCategory?: string;
  readonly certificateTransparencyStatus?: string;
  readonly certificates?: readonly FirefoxCertificate[];
}
export interface FirefoxCertificate {
  readonly subject?: string;
  readonly issuer?: string;
  readonly serialNumber?: string;
  readonly validity?: { readonly start?: number; readonly end?: number };
  readonly fingerprint?: { readonly sha1?: string; readonly sha256?: string };
  readonly subjectPublicKeyInfoDigest?: { readonly sha256?: string };
  readonly isBuiltInRoot?: boolean;
  readonly rawDER?: readonly number[];
}

/**
 * The handshake in Firefox's security info, without its trust anchor.
 * @param info - with or without the chain: the leaf comes first
 * @returns `undefined` if there is no certificate, or one whose digests are malformed
 */
export function readHandshake(info: SecurityInfo): Omit<Handshake, "anchor"> | undefined {
  const [first] = info.certificates ?? [];
  const leaf = first === undefined ? undefined : readCertificate(first);
  if (leaf === undefined) return undefined;
  const override = readOverride(info);
  return {
    leaf,
    ...(override === undefined ? {} : { override }),
    transparency: info.certificateTransparencyStatus ?? "not_applicable",
  };
}

/** @param chain - requested with `certificateChain: true`; its list is empty after a clicked-through error */
export const readTrustAnchor = ({ certificates = [] }: SecurityInfo): Anchor => readAnchor(certificates.at(-1));

function readCertificate(from: FirefoxCertificate): Certificate | undefined {
  const sha1 = plainHex(from.fingerprint?.sha1 ?? "");
  const sha256 = plainHex(from.fingerprint?.sha256 ?? "");
  const spki = from.subjectPublicKeyInfoDigest?.sha256;
  if (!isSha1(sha1) || !isSha256(sha256) || !isSpki(spki)) return undefined;
  return {
    sha1,
    sha256,
    spki,
    subject: (from.subject ?? "").slice(0, MAX_NAME),
    issuer: (from.issuer ?? "").slice(0, MAX_NAME),
    serial: (from.serialNumber ?? "").slice(0, MAX_SERIAL),
    notBefore: from.validity?.start ?? 0,
    notAfter: from.validity?.end ?? 0,
  };
}

/**
 * The roots that Firefox ships and trusts for web sites (scripts/public-roots.ts). Some distributions give Firefox
 * their own copy of these, which it then doesn't call built-in. A root is recognized by its digest. Anyone can make one
 * of the same name, but only its owner can sign with it.
 */
const PUBLIC: ReadonlySet<string> = new Set(publicRoots);

/** Firefox's `isBuiltInRoot` is meaningful only on the last certificate of a chain. */
function readAnchor(last: FirefoxCertificate | undefined): Anchor {
  const root = last === undefined ? undefined : readCertificate(last);
  if (root === undefined) return { kind: "unknown" };
  if (last?.isBuiltInRoot === true) return { kind: "built-in", root };
  return { kind: PUBLIC.has(root.sha256) ? "public" : "added", root };
}

/** Firefox also says `state: "secure"` after a clicked-through certificate error, so that field isn't read. */
function readOverride(info: SecurityInfo): CertificateException | undefined {
  switch (info.overridableErrorCategory) {
    case "trust_error":
    case "domain_mismatch":
    case "expired_or_not_yet_valid":
      return info.overridableErrorCategory;
    default:
      return info.isUntrusted === true || info.isDomainMismatch === true || info.isNotValidAtThisTime === true
        ? "other"
        : undefined;
  }
}

/** The chain's DER in base64, leaf first; empty if it was requested without `rawDER`. */
export const chainOf = (info: SecurityInfo): string[] =>
  (info.certificates ?? []).flatMap(({ rawDER }) => (rawDER === undefined ? [] : [base64(rawDER)]));

const base64 = (bytes: readonly number[]): string => btoa(String.fromCharCode(...bytes));
