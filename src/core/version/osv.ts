// The public list of advisories on osv.dev: what is read of it, and how it joins the shipped advisories.
import * as z from "zod/mini";
import { ADVISORY, isInForce, readOsv, type Advisory } from "./advisory";
import { OSV } from "../hosts";
import { err, ok, type Result } from "../result";

/** Why the list could not be loaded. */
export const FEED_FAILURE = z.enum([
  "feed-unreachable",
  "feed-refused",
  "feed-too-large",
  "feed-malformed",
  "feed-empty",
]);
export type FeedFailure = z.infer<typeof FEED_FAILURE>;

/** Maximum advisories that are kept; osv.dev has a few dozen for this package. */
const MAX_ADVISORIES = 500;

export const FEED = z.strictObject({
  /** The user has agreed that Latchkey asks osv.dev. */
  on: z.boolean(),
  /** When it was last asked, and why that failed if so; milliseconds since 1970. */
  tried: z.number(),
  failure: z.exactOptional(FEED_FAILURE),
  /** When the last good answer came. */
  at: z.exactOptional(z.number()),
  advisories: z.array(ADVISORY).check(z.maxLength(MAX_ADVISORIES)),
  /** How many records of that answer could not be read. */
  unread: z.number(),
});
export type Feed = z.infer<typeof FEED>;
export const EMPTY_FEED: Feed = { on: false, tried: 0, advisories: [], unread: 0 };

export const FEED_URL = `https://${OSV}/v1/query`;
export const FEED_PATTERN = `https://${OSV}/*`;

/** The query, the same for everyone: no version, and no data of the user. @param page - osv.dev's own token */
export const feedQuestion = (page: string | undefined): string =>
  JSON.stringify({
    package: { ecosystem: "PyPI", name: "homeassistant" },
    ...(page === undefined ? {} : { page_token: page }),
  });

const PAGE = z.object({
  vulns: z.optional(z.array(z.unknown())),
  next_page_token: z.optional(z.string().check(z.maxLength(4096))),
});

/** One answer of osv.dev (google.github.io/osv.dev/post-v1-query): its records, and the token of the next page. */
export function readPage(text: string): Result<{ records: unknown[]; next: string | undefined }, FeedFailure> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err("feed-malformed");
  }
  const page = PAGE.safeParse(json);
  if (!page.success) return err("feed-malformed");
  const { vulns = [], next_page_token: next } = page.data;
  return ok({ records: vulns, next: next === "" ? undefined : next });
}

/** A list without a single readable record counts as no answer: many advisories exist for this package. */
export function readRecords(records: readonly unknown[]): Result<Pick<Feed, "advisories" | "unread">, FeedFailure> {
  const read = records.slice(0, MAX_ADVISORIES).map(readOsv);
  const advisories = read.flatMap((one) => (one.ok ? [one.value] : []));
  return advisories.length === 0 ? err("feed-empty") : ok({ advisories, unread: records.length - advisories.length });
}

export const namesOf = ({ id, aliases }: Pick<Advisory, "id" | "aliases">): string[] => [id, ...aliases];
export const isSame = (one: Pick<Advisory, "id" | "aliases">, names: readonly string[]): boolean =>
  namesOf(one).some((name) => names.includes(name));

/**
 * The shipped advisories with what the list adds: more advisories, and more versions. The list removes nothing, and
 * can't make a shipped advisory block.
 */
export function merge(shipped: readonly Advisory[], listed: readonly Advisory[]): Advisory[] {
  const known = [...shipped];
  // The first advisory with a name must win, so that it is a shipped one. A map keeps the last entry, so the order is
  // reversed.
  const indexes = new Map(known.flatMap((one, index) => namesOf(one).map((name) => [name, index] as const)).reverse());
  for (const more of listed) {
    const names = namesOf(more);
    const index = Math.min(...names.map((name) => indexes.get(name) ?? known.length));
    const target = known[index];
    known[index] = target === undefined ? more : target.shipped ? tighten(target, more) : join(target, more);
    for (const name of names) indexes.set(name, index);
  }
  return known;
}

/** A block must have a fix. So a shipped advisory that blocks gets no range without an end. */
function tighten(ours: Advisory, more: Advisory): Advisory {
  const aliases = [...new Set([...ours.aliases, ...namesOf(more)])].filter((name) => name !== ours.id);
  if (more.withdrawn !== undefined) return { ...ours, aliases, withdrawn: more.withdrawn };
  const ranges = more.ranges.filter(({ fixed }) => !ours.blocks || fixed !== undefined);
  return { ...ours, aliases, ranges: [...ours.ranges, ...ranges] };
}

/** Two records of the list about the same weakness: in force if one of them is. */
function join(one: Advisory, other: Advisory): Advisory {
  const aliases = [...new Set([...one.aliases, ...namesOf(other)])].filter((name) => name !== one.id);
  if (!isInForce(other)) return { ...one, aliases };
  if (!isInForce(one)) return { ...other, id: one.id, aliases };
  const ranges = [...one.ranges, ...other.ranges];
  const blocks = (one.blocks || other.blocks) && ranges.every(({ fixed }) => fixed !== undefined);
  return { ...one, aliases, ranges, blocks };
}
