// How much of what a page or a server decides is kept. An attacker may open any number of cloud addresses, with
// certificates, names and paths as long as they like; none of that may use up the room that warnings need.

/** Maximum entries of each list that is kept for the browser's session. */
export const MAX_ENTRIES = 100;
/** Maximum entries of a history that the user can read. */
export const MAX_HISTORY = 2000;
/** Maximum characters of a name in a certificate: RFC 5280 allows 64 for each of its parts. */
export const MAX_NAME = 512;
/** Maximum characters of a serial number: RFC 5280 allows 20 bytes. */
export const MAX_SERIAL = 128;
/** Maximum characters of a request's URL, and of its method. */
export const MAX_URL = 1024;
export const MAX_METHOD = 32;
/** Maximum characters of what Firefox says of an error. */
export const MAX_WORDS = 512;
/** Maximum characters of one chain's certificates in base64: that is 96 KB. */
export const MAX_CHAIN = 128 * 1024;
/** Maximum characters of the leaf that is kept beside a check, for display. */
export const MAX_LEAF = 16 * 1024;
/** Maximum requests under way that are kept of one pool of connections. */
export const MAX_UNDER_WAY = 500;
/** Maximum characters of all evidence in one book. Firefox refuses `storage.session` more than 10 MB. */
export const MAX_EVIDENCE = 2 * 1024 * 1024;

/**
 * The newest entries, at most `max`. One of a pinned address makes room only when no other can: opening many other
 * addresses must not make Latchkey forget what it knows of the user's own.
 * @param entries - the oldest first
 * @returns the same list when it is short enough
 */
export function keepNewest<T>(entries: readonly T[], isPinned: (entry: T) => boolean, max = MAX_ENTRIES): readonly T[] {
  if (entries.length <= max) return entries;
  const order = [...entries.filter((entry) => !isPinned(entry)), ...entries.filter(isPinned)];
  const gone = new Set(order.slice(0, entries.length - max));
  return entries.filter((entry) => !gone.has(entry));
}

/** A chain up to the first certificate that is too much, leaf first. */
export function boundChain(chain: readonly string[], max = MAX_CHAIN): string[] {
  let left = max;
  const end = chain.findIndex((der) => (left -= der.length) < 0);
  return chain.slice(0, end === -1 ? chain.length : end);
}
