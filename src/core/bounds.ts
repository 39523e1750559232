// How much is kept of what a page or a server decides. An attacker may open any number of cloud addresses, with
// certificates, names and paths of any length. None of that may use up the room that warnings need.

/** Maximum entries of each list that is kept for the session. */
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
/** Maximum characters of an error message of Firefox. */
export const MAX_WORDS = 512;
/** Maximum characters of one chain's certificates in base64: that is 96 KB. */
export const MAX_CHAIN = 128 * 1024;
/** Maximum characters of the leaf that is kept with a check, for display. */
export const MAX_LEAF = 16 * 1024;
/** Maximum unfinished requests that are kept of one pool of connections. */
export const MAX_UNDER_WAY = 500;
/** Maximum characters of all evidence in one stored state. Firefox refuses `storage.session` more than 10 MB. */
export const MAX_EVIDENCE = 2 * 1024 * 1024;

/**
 * The newest entries, at most `max`. An entry of a pinned address is dropped only if there is no other. So an attacker
 * who opens many other addresses can't make Latchkey forget the user's own.
 * @param entries - the oldest first
 * @returns the same list if it is short enough
 */
export function keepNewest<T>(entries: readonly T[], isPinned: (entry: T) => boolean, max = MAX_ENTRIES): readonly T[] {
  if (entries.length <= max) return entries;
  const order = [...entries.filter((entry) => !isPinned(entry)), ...entries.filter(isPinned)];
  const gone = new Set(order.slice(0, entries.length - max));
  return entries.filter((entry) => !gone.has(entry));
}

/** The chain, leaf first, without the certificates that exceed the limit. */
export function boundChain(chain: readonly string[], max = MAX_CHAIN): string[] {
  let left = max;
  const end = chain.findIndex((der) => (left -= der.length) < 0);
  return chain.slice(0, end === -1 ? chain.length : end);
}
