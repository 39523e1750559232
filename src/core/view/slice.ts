/** A part of a list that is too long to be shown whole. */
export interface Slice<T> {
  readonly items: readonly T[];
  /** Where in the list it begins, and how long the list is. */
  readonly from: number;
  readonly total: number;
  /** Maximum items of a slice. */
  readonly size: number;
}

/** Where the last slice of a list begins. */
export const lastFrom = ({ total, size }: Pick<Slice<unknown>, "total" | "size">): number =>
  Math.max(0, Math.ceil(total / size) - 1) * size;

/** The slice of a list that begins there, or its last one if the list has become shorter. */
export function sliceOf<T>(all: readonly T[], from: number, size: number): Slice<T> {
  const begin = Math.min(from, lastFrom({ total: all.length, size }));
  return { items: all.slice(begin, begin + size), from: begin, total: all.length, size };
}

interface Dated {
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** The slice of two lists merged, the newest first. @param one - the oldest first, like the other */
export function newestOf<T extends Dated>(
  one: readonly T[],
  other: readonly T[],
  from: number,
  size: number,
): Slice<T> {
  const total = one.length + other.length;
  const begin = Math.min(from, lastFrom({ total, size }));
  const newest: T[] = [];
  let [left, leftOther] = [one.length, other.length];
  while (newest.length < Math.min(begin + size, total)) {
    const last = one[left - 1];
    const lastOther = other[leftOther - 1];
    const isOne = last !== undefined && (lastOther === undefined || last.at >= lastOther.at);
    const next = isOne ? one[--left] : other[--leftOther];
    if (next !== undefined) newest.push(next);
  }
  return { items: newest.slice(begin), from: begin, total, size };
}
