import * as z from "zod/mini";
import { err, ok, type Result } from "../result";
import { compareVersions, justAfter, parseVersion, type Version } from "./version";

/**
 * What an attacker needs:
 * - `nothing` but access to the instance through remote access
 * - a `click` of someone who is logged in
 * - a `login` of their own, or a `secret` that they must know
 * - a place on the `path` of the instance's own connections, or in the `home` network
 * - an instance in `setup`, or one that uses the named `integration`
 */
export const NEEDS = z.enum(["nothing", "click", "login", "secret", "path", "home", "setup", "integration"]);
export type Needs = z.infer<typeof NEEDS>;

const NAME = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/u));
const READABLE = z.string().check(z.refine((text) => parseVersion(text).ok, "a version that is understood"));

/** Versions from `introduced` on (or all, if it is left out), up to before `fixed`, or up to and including `last`. */
const RANGE = z.strictObject({
  introduced: z.exactOptional(READABLE),
  fixed: z.exactOptional(READABLE),
  last: z.exactOptional(READABLE),
});
type Range = z.infer<typeof RANGE>;

/** A published weakness in some versions of Home Assistant's core. */
export const ADVISORY = z.strictObject({
  id: NAME,
  aliases: z.array(NAME),
  summary: z.string().check(z.maxLength(300)),
  link: z.string().check(z.regex(/^https:\/\//u)),
  severity: z.exactOptional(z.enum(["LOW", "MODERATE", "HIGH", "CRITICAL"])),
  needs: z.exactOptional(NEEDS),
  ranges: z.array(RANGE).check(z.minLength(1), z.maxLength(2000)),
  /** Whether Guard closes remote access to a version it covers. */
  blocks: z.boolean(),
  /** The day its publishers withdrew it. */
  withdrawn: z.exactOptional(z.string().check(z.maxLength(40))),
  /** Whether it is shipped with Latchkey. Then it is in force, whatever others say about it. */
  shipped: z.boolean(),
});
export type Advisory = z.infer<typeof ADVISORY>;

const compareTexts = (one: string, other: Version): number => {
  const parsed = parseVersion(one);
  return parsed.ok ? compareVersions(parsed.value, other) : Number.NaN;
};

const isIn = ({ introduced, fixed, last }: Range, version: Version): boolean =>
  (introduced === undefined || compareTexts(introduced, version) <= 0) &&
  (fixed === undefined || compareTexts(fixed, version) > 0) &&
  (last === undefined || compareTexts(last, version) >= 0);

export const covers = ({ ranges }: Advisory, version: Version): boolean => ranges.some((range) => isIn(range, version));

/** An advisory that was withdrawn and isn't shipped is only a note. */
export const isInForce = ({ withdrawn, shipped }: Advisory): boolean => withdrawn === undefined || shipped;

/** Those that make a version insecure; the ones that block first. */
export const covering = (advisories: readonly Advisory[], version: Version): Advisory[] =>
  advisories
    .filter((advisory) => isInForce(advisory) && covers(advisory, version))
    .sort((one, other) => Number(other.blocks) - Number(one.blocks));

/**
 * The version to update to: `from` is the first fixed version. `after` is the last affected version, if the publishers
 * give only that.
 */
export type Fix = { readonly from: string } | { readonly after: string };

/** The first version that none of them covers any more; `undefined` if one of them has no end yet. */
export function fixOf(advisories: readonly Advisory[], version: Version): Fix | undefined {
  const inForce = advisories.filter(isInForce);
  let fix: Fix | undefined;
  let reached = version;
  for (;;) {
    const open = inForce.flatMap(({ ranges }) => ranges.filter((range) => isIn(range, reached)));
    if (open.length === 0) return fix;
    for (const range of open) {
      const end = endOf(range);
      if (end === undefined) return undefined;
      if (compareVersions(end.at, reached) <= 0) continue;
      reached = end.at;
      fix = end.fix;
    }
  }
}

function endOf({ fixed, last }: Range): { readonly at: Version; readonly fix: Fix } | undefined {
  const parsed = parseVersion(fixed ?? last ?? "");
  if (!parsed.ok) return undefined;
  if (fixed !== undefined) return { at: parsed.value, fix: { from: fixed } };
  return last === undefined ? undefined : { at: justAfter(parsed.value), fix: { after: last } };
}

const EVENT = z.object({
  introduced: z.optional(z.string()),
  fixed: z.optional(z.string()),
  last_affected: z.optional(z.string()),
});
const AFFECTED = z.object({
  package: z.optional(z.object({ ecosystem: z.string(), name: z.string() })),
  ranges: z.optional(z.array(z.object({ type: z.string(), events: z.array(EVENT).check(z.maxLength(200)) }))),
  versions: z.optional(z.array(z.string()).check(z.maxLength(5000))),
});
/** The fields that are read of a record in OSV's schema (ossf.github.io/osv-schema). */
const RECORD = z.object({
  id: NAME,
  aliases: z.optional(z.array(NAME).check(z.maxLength(50))),
  summary: z.optional(z.string()),
  details: z.optional(z.string()),
  withdrawn: z.optional(z.string().check(z.maxLength(40))),
  severity: z.optional(z.array(z.object({ type: z.string(), score: z.string() }))),
  affected: z.array(AFFECTED).check(z.maxLength(50)),
  database_specific: z.optional(z.object({ severity: z.optional(z.string()) })),
});

/**
 * Reads a record in OSV's schema. It is untrusted. The only link is made here, to the record's own page. Whether it
 * blocks is decided by {@link opensTheInstance}, never by what the record says about itself.
 * @returns `osv-unreadable` if it is no such record, is about another package, or names versions that can't be compared
 */
export function readOsv(record: unknown): Result<Advisory, "osv-unreadable"> {
  const parsed = RECORD.safeParse(record);
  if (!parsed.success) return err("osv-unreadable");
  const { id, aliases = [], summary, details, withdrawn, severity = [], affected, database_specific } = parsed.data;
  const ranges = rangesIn(affected);
  if (ranges === undefined || ranges.length === 0) return err("osv-unreadable");
  const advisory = ADVISORY.safeParse({
    id,
    aliases,
    ranges,
    shipped: false,
    summary: cut(summary ?? details ?? id),
    link: `https://osv.dev/vulnerability/${id}`,
    blocks: opensTheInstance(severity.map(({ score }) => score)) && ranges.every(({ fixed }) => fixed !== undefined),
    ...(withdrawn === undefined ? {} : { withdrawn }),
    ...(isSeverity(database_specific?.severity) ? { severity: database_specific.severity } : {}),
  });
  return advisory.success ? ok(advisory.data) : err("osv-unreadable");
}

const isSeverity = (text: string | undefined): text is NonNullable<Advisory["severity"]> =>
  text === "LOW" || text === "MODERATE" || text === "HIGH" || text === "CRITICAL";

const cut = (text: string): string => (text.length <= 240 ? text : `${text.slice(0, 239)}…`);

/** `undefined` if a version isn't understood: the known part alone would be a guess. */
function rangesIn(affected: readonly z.infer<typeof AFFECTED>[]): Range[] | undefined {
  const ours = affected.filter(({ package: of }) => of?.ecosystem === "PyPI" && of.name === "homeassistant");
  const listed = ours.flatMap(({ ranges = [] }) =>
    ranges.filter(({ type }) => type === "ECOSYSTEM" || type === "SEMVER"),
  );
  const ranges: Range[] = [];
  for (const { events } of listed) {
    let open: Range | undefined;
    for (const event of inOrder(events) ?? [undefined]) {
      if (event === undefined) return undefined;
      if (event.introduced !== undefined) open ??= event.introduced === "0" ? {} : { introduced: event.introduced };
      if (open === undefined) continue;
      if (event.fixed !== undefined) ranges.push({ ...open, fixed: event.fixed });
      else if (event.last_affected !== undefined) ranges.push({ ...open, last: event.last_affected });
      else continue;
      open = undefined;
    }
    if (open !== undefined) ranges.push(open);
  }
  // A list of single versions is used only if there are no ranges.
  return listed.length > 0
    ? ranges
    : ours.flatMap(({ versions = [] }) => versions.map((version) => ({ introduced: version, last: version })));
}

function inOrder(events: readonly z.infer<typeof EVENT>[]): z.infer<typeof EVENT>[] | undefined {
  const read = events.map((event) => {
    const text = event.introduced ?? event.fixed ?? event.last_affected ?? "";
    return { event, version: text === "0" ? ("first" as const) : parseVersion(text) };
  });
  if (read.some(({ version }) => version !== "first" && !version.ok)) return undefined;
  return read
    .sort(({ version: one }, { version: other }) => {
      if (one === "first" || other === "first") return Number(other === "first") - Number(one === "first");
      return one.ok && other.ok ? compareVersions(one.value, other.value) : 0;
    })
    .map(({ event }) => event);
}

/**
 * Whether the CVSS vectors of others meet our condition for a block. The attack works over the network, without luck,
 * login or a user's help, and reads or changes important data. All vectors (versions 3 and 4) must say so. Shipped
 * advisories are judged by hand instead.
 */
export function opensTheInstance(vectors: readonly string[]): boolean {
  return vectors.length > 0 && vectors.every(says);
}

function says(vector: string): boolean {
  const metrics = new Set(vector.split("/"));
  const has = (...wanted: string[]): boolean => wanted.every((metric) => metrics.has(metric));
  if (!has("AV:N", "AC:L", "PR:N", "UI:N")) return false;
  return vector.startsWith("CVSS:4")
    ? has("AT:N") && (metrics.has("VC:H") || metrics.has("VI:H"))
    : vector.startsWith("CVSS:3") && (metrics.has("C:H") || metrics.has("I:H"));
}
