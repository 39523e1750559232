// Saved data of earlier formats. Each format is known by the number saved in it. The schema judges the result.

/** The former names in one format of a key: of fields, and of values that name a kind. */
interface Renaming {
  readonly fields: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields that nothing reads any more. */
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

/** The number of the current format. */
export const FORMAT = 2;

/** Looks up a table's own entry. Saved data may contain any name, including one that every object inherits. */
const lookUp = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Converts what an earlier version saved into the current format. Only names change, so nothing is lost or closed.
 * @param key - the storage key it is saved under
 * @param saved - any value. It is returned unchanged if it has no known format of this key
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
