// Files of an instance that Firefox stored (its HTTP cache). They may come from an attacker, before the pin or while
// Latchkey didn't watch. The server's own certificate can make Firefox use such a file in two ways. The server says
// "not modified" (304), or adds the rest of an incomplete file (206). After a 304 the stored file even gets the
// certificate of that answer. So no stored file counts until the cache has been cleared.
import type { Address } from "../address";
import { MAX_ENTRIES } from "../bounds";
import type { Header } from "../request/header";
import { isWatched, pinsAt, type State } from "./state";
import { isOurs, type Verdict } from "../incident/verdict";

/** A cache of Firefox: there is one for each container, and one for private windows. */
export interface Cache {
  readonly address: Address;
  readonly private: boolean;
  /** Firefox's name of the container; empty if unknown. */
  readonly store: string;
}

/**
 * - `as-firefox`: Firefox decides, as for every other site.
 * - `from-server`: everything is requested again, and nothing is stored, until the cache is cleared.
 */
export type Copies = "as-firefox" | "from-server";

const nameOf = ({ address, store }: Cache): string => `${address} ${store}`;

/**
 * What happens to files that Firefox has stored. Only a pinned instance can be distinguished from an attacker, so only
 * its files are doubted. The mark that a cache is cleared lasts until Firefox ends. So what was stored while Latchkey
 * was off is cleared, too.
 */
export function copiesAt(state: State, cache: Cache): Copies {
  const { address, private: isPrivate } = cache;
  if (!isWatched(state, address, isPrivate)) return "as-firefox";
  const isKnown = state.damage !== undefined || pinsAt(state, address, isPrivate).length > 0;
  return isKnown && state.session.cleared?.includes(nameOf(cache)) !== true ? "from-server" : "as-firefox";
}

/** Firefox has received the order to clear with an answer. */
export const noteCleared = (state: State, cache: Cache): State => {
  const { cleared = [] } = state.session;
  const name = nameOf(cache);
  return cleared.includes(name)
    ? state
    : { ...state, session: { ...state.session, cleared: [...cleared, name].slice(-MAX_ENTRIES) } };
};

/**
 * Doubts all stored files of an address again, in every container: after pinning, when Guard is switched on, or when it
 * is watched again.
 */
export const doubtCopies = (state: State, address: Address): State => {
  const { cleared = [] } = state.session;
  const others = cleared.filter((name) => !name.startsWith(`${address} `));
  return others.length === cleared.length ? state : { ...state, session: { ...state.session, cleared: others } };
};

/** Whether the cache can answer a request. Other requests don't use it. */
export const mayBeStored = ({ type, method }: { readonly type: string; readonly method: string }): boolean =>
  type !== "websocket" && /^(?:GET|HEAD)$/u.test(method);

/**
 * Firefox adds `If-None-Match` and `Range` after the extension has seen the request, so the extension can't remove
 * them. But with this header Firefox doesn't open its cache at all, neither to read nor to write
 * (`nsHttpChannel::OpenCacheEntryInternal`).
 */
export const fromServer = (headers: readonly Header[]): Header[] => [
  ...headers.filter(({ name }) => name.toLowerCase() !== "cache-control"),
  { name: "Cache-Control", value: "no-store" },
];

/** Whether a request leaves with that header. */
export const isFromServer = (headers: readonly Header[]): boolean =>
  headers.some(({ name, value = "" }) => name.toLowerCase() === "cache-control" && /\bno-store\b/iu.test(value));

interface Answer extends Cache {
  readonly type: string;
  readonly freshness: "live" | "cached";
  readonly verdict: Verdict | undefined;
  /** Whether a page of the instance itself, at the top of its tab, requested it: the cache of that page is cleared. */
  readonly ofOwnPage: boolean;
  /** Whether it answers a probe, whose times must not change. */
  readonly isProbe: boolean;
}

/** Whether the order to clear the cache goes with an answer: only if the instance itself has just sent it. */
export const clearsCopies = (state: State, answer: Answer): boolean =>
  copiesAt(state, answer) === "from-server" &&
  (answer.type === "main_frame" || answer.ofOwnPage) &&
  answer.type !== "websocket" &&
  !answer.isProbe &&
  answer.freshness === "live" &&
  answer.verdict !== undefined &&
  isOurs(answer.verdict);

/**
 * Whether an answer is live. A 304 and a 206 show the certificate of a connection, but run a stored file. Until the
 * cache is cleared they count as stored, and say nothing about the instance. If Firefox didn't open its cache for the
 * request, there is no stored file: then an attacker can't use these codes to count as one.
 * @param status - of the answer
 * @param asksForPart - whether the page itself asked for a part, as a video does
 * @param mayBeStored - whether Firefox may have opened its cache for the request
 */
export function freshnessOf(
  copies: Copies,
  answer: { status: number; fromCache: boolean; asksForPart: boolean; mayBeStored: boolean },
): "live" | "cached" {
  const { status, fromCache, asksForPart } = answer;
  if (fromCache) return "cached";
  const isStored = status === 304 || (status === 206 && !asksForPart);
  return copies === "from-server" && isStored && answer.mayBeStored ? "cached" : "live";
}
