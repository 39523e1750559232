import * as z from "zod/mini";
import { isSha256, SHA256, SPKI, spkiOfHex } from "../tls/digest";
import { err, ok, type Result } from "../result";

/**
 * One certificate of the public logs. A precertificate and its certificate are one: they share `tbs` and the key, and
 * differ in `sha256`. Times in milliseconds since 1970.
 */
export const ISSUANCE = z.strictObject({
  /** The service's own name for it: opaque. */
  id: z.string(),
  /** Digest of what was signed, without the log's own additions (RFC 6962, 3.2). */
  tbs: SHA256,
  /** Of the certificate, or of the precertificate where the logs have only that. */
  sha256: SHA256,
  spki: SPKI,
  /** Host names, lower case; none where the service told none. */
  names: z.array(z.string()),
  /** The distinguished name of the authority's certificate, and what people call it. */
  issuer: z.string(),
  issuerName: z.string(),
  notBefore: z.number(),
  notAfter: z.number(),
  /** As the service knew when it was asked. */
  revoked: z.boolean(),
  /** When it was first told to us. */
  foundAt: z.number(),
  /** In base64; kept for evidence and for details only. */
  der: z.exactOptional(z.string()),
});
export type Issuance = z.infer<typeof ISSUANCE>;

/** Why an answer of the service says nothing. */
export type AnswerError = "not-json" | "too-deep" | "malformed";

/** An answer nests five deep; what nests deeper is none. */
const MAX_DEPTH = 32;

const HEX = z.string().check(z.refine((text) => isSha256(text.toLowerCase())));
const FORM_OF_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/u;

/**
 * Reads a time as the log services write it: with a zone, or in UTC without saying so.
 * @returns milliseconds since 1970; not a number if it is no time
 */
export function timeOf(text: string): number {
  const form = FORM_OF_TIME.exec(text);
  if (form === null) return Number.NaN;
  return Date.parse(form[1] === undefined ? `${text}Z` : text);
}

/** A time in an answer of a log service, for {@link timeOf}. */
export const TIME = z.string().check(z.refine((text) => Number.isFinite(timeOf(text))));

/** Cert Spotter's issuance object (sslmate.com/help/reference/ct_search_api_v1), as far as it is read. */
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
    /** `null` where the service does not know. */
    revoked: z.optional(z.nullable(z.boolean())),
    cert_der: z.optional(z.nullable(z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/u)))),
  }),
);

/**
 * Reads one page of Cert Spotter's answer. Taken whole or not at all; fields that are not read may be anything.
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
  // A string is stepped over as a whole: brackets in it are text.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gsu)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** So many are kept of one instance; what an instance really has is a few dozen. */
export const MAX_ISSUANCES = 10_000;

/**
 * The known certificates with what was found now. One that is known stays as it was first found, but that it may have been revoked
 * since. Neither the order nor the paging of `found` matters.
 */
export function merge(known: readonly Issuance[], found: readonly Issuance[]): Issuance[] {
  const all = new Map<string, Issuance>();
  for (const next of [...known, ...found]) {
    const old = all.get(identityOf(next));
    all.set(identityOf(next), old === undefined ? next : joined(old, next));
  }
  return [...all.values()].sort((a, b) => b.notBefore - a.notBefore || compare(identityOf(a), identityOf(b)));
}

/** What tells certificates apart. The key is part of what was signed; a service that says otherwise hides none by it. */
export const identityOf = ({ tbs, spki }: Issuance): string => `${tbs} ${spki}`;

const compare = (one: string, other: string): number => (one < other ? -1 : one === other ? 0 : 1);

/**
 * The one that was found first, with what either tells. What is filled in from the other doesn't count in the order, or
 * three of them would come to something else in another order.
 */
function joined(one: Issuance, other: Issuance): Issuance {
  const order = one.foundAt - other.foundAt || compare(fixedPart(one), fixedPart(other));
  const first = order <= 0 ? one : other;
  const [der] = [one.der, other.der].filter((known) => known !== undefined).sort(compare);
  return { ...first, revoked: one.revoked || other.revoked, ...(der === undefined ? {} : { der }) };
}

const fixedPart = (issuance: Issuance): string =>
  JSON.stringify(issuance, (name, value: unknown) => (name === "der" || name === "revoked" ? undefined : value));
