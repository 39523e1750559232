/**
 * Whether two values hold the same plain data, as JSON can. The order of keys doesn't matter. A key whose value is
 * `undefined` counts as absent, because nothing of it is saved.
 */
export function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isObject(one) || !isObject(other)) return false;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isEqual(item, other[index]));
  if (Array.isArray(one) || Array.isArray(other)) return false;
  const fields = new Map(fieldsOf(one));
  const others = fieldsOf(other);
  return fields.size === others.length && others.every(([key, value]) => isEqual(fields.get(key), value));
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const fieldsOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, field]) => field !== undefined);
