// Saved data of earlier formats. Each format is known by the number that stands in it; the schema judges what comes out.

/** What a format of a key had under another name: fields, and values of fields that name a kind. */
interface Renaming {
  readonly fields: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields that nobody reads any more. */
  readonly dropped?: readonly string[];
}

const PINS = { toldAt: "pinnedAt" };
const INCIDENTS = { voucher: "trustAnchor" };
const KINDS = {
  carried: { "resent-probe": "restarted-probe" },
  reason: { resent: "restarted" },
  type: { "public-record": "public-logs" },
};

/** From format 1, which version 0.1 wrote, to format 2: by the key it is saved under. */
const FROM_1: Readonly<Record<string, Renaming>> = {
  book: { fields: { ...PINS, ...INCIDENTS, homes: "localOrigins" }, values: KINDS },
  session: {
    fields: {
      ...PINS,
      ...INCIDENTS,
      homes: "localOrigins",
      blind: "inconclusive",
      anyway: "bypassed",
      privateBook: "privateStored",
    },
    values: KINDS,
    dropped: ["resent"],
  },
  toClear: { fields: { houses: "instances" } },
  versions: { fields: { told: "notified" }, values: { event: { told: "reported" } } },
  records: { fields: { lookedAt: "reviewedAt" } },
};

/** The number of the format that is written today. */
export const FORMAT = 2;

/** What a table has under a name of its own: saved data may have any name, also one that every object inherits. */
const lookUp = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Brings what an earlier version saved into today's format. Nothing in it is lost or closed: names change, and no more.
 * @param key - the storage key it stands under
 * @param saved - anything. What has no format of this key's that is known is given back as it is
 */
export function migrate(key: string, saved: unknown): unknown {
  const renaming = lookUp(FROM_1, key);
  if (renaming === undefined || !isObject(saved) || saved["version"] !== 1) return saved;
  return rename(renaming, saved);
}

function rename(renaming: Renaming, value: unknown): unknown {
  const { fields, values = {}, dropped = [] } = renaming;
  if (Array.isArray(value)) return value.map((item) => rename(renaming, item));
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !dropped.includes(name))
    .map(([name, content]): [string, unknown] => {
      if (name === "version" && content === 1) return [name, FORMAT];
      const kind = typeof content === "string" ? lookUp(lookUp(values, name) ?? {}, content) : undefined;
      return [lookUp(fields, name) ?? name, kind ?? rename(renaming, content)];
    });
  return Object.fromEntries(entries);
}
