// How an answer of several pages is requested. Cert Spotter gives what was found after an ID, until a page is empty.
import { hostOf, type Address } from "../address";
import { CERT_SPOTTER, CRT_SH } from "../hosts";

export type Service = typeof CERT_SPOTTER | typeof CRT_SH;

/** What Firefox is asked for before a service is queried: access to its host, and consent to send a host name. */
export const consentFor = (service: Service): { origins: string[]; data_collection: "browsingActivity"[] } => ({
  origins: [`https://${service}/*`],
  data_collection: ["browsingActivity"],
});

/** How far the pages have been read. */
export interface Cursor {
  readonly host: string;
  /** The last known ID: certificates after it are requested. `undefined` requests all. */
  readonly after: string | undefined;
  /** Every ID that was used in a request. Shows if the service's pages lead back to an earlier one. */
  readonly asked: readonly string[];
  readonly pages: number;
}

const MAX_PAGES = 50;

export const beginAfter = (address: Address, after: string | undefined): Cursor => ({
  host: hostOf(address),
  after,
  pages: 0,
  asked: after === undefined ? [] : [after],
});

export function urlOf({ host, after }: Cursor): string {
  const url = new URL(`https://${CERT_SPOTTER}/v1/issuances`);
  url.searchParams.set("domain", host);
  url.searchParams.set("match_wildcards", "true");
  for (const field of ["dns_names", "issuer", "revocation", "cert_der"]) url.searchParams.append("expand", field);
  if (after !== undefined) url.searchParams.set("after", after);
  return url.href;
}

export type Step =
  /** The answer is complete. */
  | { readonly kind: "done" }
  | { readonly kind: "next"; readonly cursor: Cursor }
  /** The page's last ID was used in an earlier request. */
  | { readonly kind: "circle" }
  /** More than {@link MAX_PAGES}: the next run continues here. */
  | { readonly kind: "too-many"; readonly cursor: Cursor };

/** What to request next. @param ids - those of the page that was just read, in its order */
export function advance(cursor: Cursor, ids: readonly string[]): Step {
  const last = ids.at(-1);
  if (last === undefined) return { kind: "done" };
  if (cursor.asked.includes(last)) return { kind: "circle" };
  const next = { ...cursor, after: last, asked: [...cursor.asked, last], pages: cursor.pages + 1 };
  return next.pages < MAX_PAGES ? { kind: "next", cursor: next } : { kind: "too-many", cursor: next };
}
