import * as z from "zod/mini";
import { isSha256, SHA256, SPKI, spkiOfHex } from "../tls/digest";
import { err, ok, type Result } from "../result";

/**
 * One certificate of the public logs. A precertificate and its certificate count as one: they have the same `tbs` and
 * key, and differ in `sha256`. Times in milliseconds since 1970.
 */
export const ISSUANCE = z.strictObject({
  /** The service's own opaque ID. */
  id: z.string(),
  /** Digest of what was signed, without the log's own additions (RFC 6962, 3.2). */
  tbs: SHA256,
  /** Of the certificate, or of the precertificate if the logs have only that. */
  sha256: SHA256,
  spki: SPKI,
  /** Host names in lower case; empty if the service reported none. */
  names: z.array(z.string()),
  /** The distinguished name of the issuer, and its usual name. */
  issuer: z.string(),
  issuerName: z.string(),
  notBefore: z.number(),
  notAfter: z.number(),
  /** As the service knew at the time of the query. */
  revoked: z.boolean(),
  /** When the service first reported it to us. */
  foundAt: z.number(),
  /** In base64; kept for evidence and for details only. */
  der: z.exactOptional(z.string()),
});
export type Issuance = z.infer<typeof ISSUANCE>;

/** Why an answer of the service can't be used. */
export type AnswerError = "not-json" | "too-deep" | "malformed";

/** A real answer nests five levels deep. Deeper nesting is refused. */
const MAX_DEPTH = 32;

const HEX = z.string().check(z.refine((text) => isSha256(text.toLowerCase())));
const FORM_OF_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/u;

/**
 * Reads a time as the log services write it: with a time zone, or in UTC without saying so.
 * @returns milliseconds since 1970; `NaN` if it is no time
 */
export function timeOf(text: string): number {
  const form = FORM_OF_TIME.exec(text);
  if (form === null) return Number.NaN;
  return Date.parse(form[1] === undefined ? `${text}Z` : text);
}

/** A time in an answer of a log service, for {@link timeOf}. */
export const TIME = z.string().check(z.refine((text) => Number.isFinite(timeOf(text))));

/** Cert Spotter's issuance object (sslmate.com/help/reference/ct_search_api_v1); only the fields that are read. */
const ANSWER = z.array(
  z.object({
    id: z.string().check(z.minLength(1), z.maxLength(200)),
    tbs_sha256: HEX,
    cert_sha256: HEX,
    pubkey_sha256: HEX,
    dns_names: z.array(z.string()),
    issuer: z.object({ name: z.string(), friendly_name: z.optional(z.nullable(z.string())) }),
    not_before: TIME,
    not_after: TIME,
    /** `null` if the service doesn't know. */
    revoked: z.optional(z.nullable(z.boolean())),
    cert_der: z.optional(z.nullable(z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/u)))),
  }),
);

/**
 * Reads one page of Cert Spotter's answer, either all of it or nothing. Fields that aren't read may have any value.
 * @param at - when it was asked for
 */
export function parseIssuances(text: string, at: number): Result<Issuance[], AnswerError> {
  const json = parseJson(text);
  if (!json.ok) return json;
  const parsed = ANSWER.safeParse(json.value);
  if (!parsed.success) return err("malformed");
  const read: Issuance[] = [];
  for (const item of parsed.data) {
    const [tbs, sha256] = [item.tbs_sha256.toLowerCase(), item.cert_sha256.toLowerCase()];
    if (!isSha256(tbs) || !isSha256(sha256)) return err("malformed");
    read.push({
      id: item.id,
      tbs,
      sha256,
      spki: spkiOfHex(item.pubkey_sha256),
      names: item.dns_names.map((name) => name.toLowerCase()),
      issuer: item.issuer.name,
      issuerName: item.issuer.friendly_name ?? item.issuer.name,
      notBefore: timeOf(item.not_before),
      notAfter: timeOf(item.not_after),
      revoked: item.revoked === true,
      foundAt: at,
      ...(typeof item.cert_der === "string" ? { der: item.cert_der } : {}),
    });
  }
  return ok(read);
}

/** Parses JSON from outside, with or without a byte order mark, unless it nests deeper than any answer does. */
export function parseJson(text: string): Result<unknown, "not-json" | "too-deep"> {
  if (isTooDeep(text)) return err("too-deep");
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/u, ""));
    return ok(value);
  } catch {
    return err("not-json");
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  // Skips a string as a whole: brackets in it are text.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gsu)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Maximum certificates that are kept of one instance. A real instance has a few dozen. */
export const MAX_ISSUANCES = 10_000;

/**
 * The known certificates together with the ones found now. A known one stays as it was first found, except that it may
 * have been revoked since. The order and paging of `found` don't matter.
 */
export function merge(known: readonly Issuance[], found: readonly Issuance[]): Issuance[] {
  const all = new Map<string, Issuance>();
  for (const next of [...known, ...found]) {
    const old = all.get(identityOf(next));
    all.set(identityOf(next), old === undefined ? next : joined(old, next));
  }
  return [...all.values()].sort((a, b) => b.notBefore - a.notBefore || compare(identityOf(a), identityOf(b)));
}

/**
 * Identifies a certificate. The key is part of what was signed. So a service that reports a wrong key can't hide a
 * certificate behind another one.
 */
export const identityOf = ({ tbs, spki }: Issuance): string => `${tbs} ${spki}`;

const compare = (one: string, other: string): number => (one < other ? -1 : one === other ? 0 : 1);

/**
 * The one that was found first, completed with what the other adds. What is added doesn't count for the order.
 * Otherwise three of them would give another result in another order.
 */
function joined(one: Issuance, other: Issuance): Issuance {
  const order = one.foundAt - other.foundAt || compare(fixedPart(one), fixedPart(other));
  const first = order <= 0 ? one : other;
  const [der] = [one.der, other.der].filter((known) => known !== undefined).sort(compare);
  return { ...first, revoked: one.revoked || other.revoked, ...(der === undefined ? {} : { der }) };
}

const fixedPart = (issuance: Issuance): string =>
  JSON.stringify(issuance, (name, value: unknown) => (name === "der" || name === "revoked" ? undefined : value));
