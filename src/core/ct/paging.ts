// How an answer of several pages is asked for. Cert Spotter gives what was found after an id, until a page is empty.
import { hostOf, type Address } from "../address";
import { CERT_SPOTTER, CRT_SH } from "../hosts";

export type Service = typeof CERT_SPOTTER | typeof CRT_SH;

/** What is asked of Firefox before a service is asked anything: its host, and that a host name may be told. */
export const consentFor = (service: Service): { origins: string[]; data_collection: "browsingActivity"[] } => ({
  origins: [`https://${service}/*`],
  data_collection: ["browsingActivity"],
});

/** Where reading stands. */
export interface Cursor {
  readonly host: string;
  /** The last id that is known: what came after it is asked for. `undefined` asks for everything. */
  readonly after: string | undefined;
  /** Every id that was asked with, so that a service which leads in a circle is noticed. */
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
  /** The page's last id has been asked with before. */
  | { readonly kind: "circle" }
  /** More than {@link MAX_PAGES}: the next run goes on from here. */
  | { readonly kind: "too-many"; readonly cursor: Cursor };

/** What to ask for next. @param ids - those of the page that was just read, in its order */
export function advance(cursor: Cursor, ids: readonly string[]): Step {
  const last = ids.at(-1);
  if (last === undefined) return { kind: "done" };
  if (cursor.asked.includes(last)) return { kind: "circle" };
  const next = { ...cursor, after: last, asked: [...cursor.asked, last], pages: cursor.pages + 1 };
  return next.pages < MAX_PAGES ? { kind: "next", cursor: next } : { kind: "too-many", cursor: next };
}
