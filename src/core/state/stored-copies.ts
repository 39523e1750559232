// Files of an instance that Firefox stored (its HTTP cache). An attacker may have given them, before the pin or while
// Latchkey didn't watch. What is stored is put to use under the server's own certificate in two ways: the server says
// "not modified" (304), or it adds the rest of a file that was cut (206). After a 304 the stored file even has the
// certificate of that answer. So nothing that is stored counts until it has been cleared.
import type { Address } from "../address";
import { MAX_ENTRIES } from "../bounds";
import type { Header } from "../request/header";
import { isWatched, pinsAt, type State } from "./state";
import { isOurs, type Verdict } from "../incident/verdict";

/** A cache of Firefox: it keeps one for each container, and one for private windows. */
export interface Cache {
  readonly address: Address;
  readonly private: boolean;
  /** Firefox's name of the container; empty if it isn't told. */
  readonly store: string;
}

/**
 * - `as-firefox`: Firefox decides, as for every other site.
 * - `from-server`: everything is asked for again, and nothing is stored, until the cache is cleared.
 */
export type Copies = "as-firefox" | "from-server";

const nameOf = ({ address, store }: Cache): string => `${address} ${store}`;

/**
 * What becomes of files that Firefox has stored. Only a pinned instance can be told from an attacker, so only its files are
 * doubted. The mark that a cache is cleared ends with the browser: what was stored while Latchkey was off is cleared too.
 */
export function copiesAt(state: State, cache: Cache): Copies {
  const { address, private: isPrivate } = cache;
  if (!isWatched(state, address, isPrivate)) return "as-firefox";
  const isKnown = state.damage !== undefined || pinsAt(state, address, isPrivate).length > 0;
  return isKnown && state.session.cleared?.includes(nameOf(cache)) !== true ? "from-server" : "as-firefox";
}

/** The order to clear has gone to Firefox with an answer. */
export const noteCleared = (state: State, cache: Cache): State => {
  const { cleared = [] } = state.session;
  const name = nameOf(cache);
  return cleared.includes(name)
    ? state
    : { ...state, session: { ...state.session, cleared: [...cleared, name].slice(-MAX_ENTRIES) } };
};

/** Whatever is stored of an address is doubted again, in every container: at a pin, at Guard's switch, at "watch again". */
export const doubtCopies = (state: State, address: Address): State => {
  const { cleared = [] } = state.session;
  const others = cleared.filter((name) => !name.startsWith(`${address} `));
  return others.length === cleared.length ? state : { ...state, session: { ...state.session, cleared: others } };
};

/** Requests that the cache can answer; all others leave it alone. */
export const mayBeStored = ({ type, method }: { readonly type: string; readonly method: string }): boolean =>
  type !== "websocket" && /^(?:GET|HEAD)$/u.test(method);

/**
 * Firefox adds `If-None-Match` and `Range` only after an extension has seen a request, so they can't be taken out. But
 * with this header it doesn't open its cache at all, neither to read nor to write (`nsHttpChannel::OpenCacheEntryInternal`).
 */
export const fromServer = (headers: readonly Header[]): Header[] => [
  ...headers.filter(({ name }) => name.toLowerCase() !== "cache-control"),
  { name: "Cache-Control", value: "no-store" },
];

interface Answer extends Cache {
  readonly type: string;
  readonly freshness: "live" | "cached";
  readonly verdict: Verdict | undefined;
  /** Whether a page of the instance itself, at the top of its tab, asked for it: its cache is the one that is cleared. */
  readonly ofOwnPage: boolean;
  /** Whether it answers a probe, whose times must not change. */
  readonly isProbe: boolean;
}

/** Whether the order to clear the cache goes with an answer: only with one that the instance itself has just given. */
export const clearsCopies = (state: State, answer: Answer): boolean =>
  copiesAt(state, answer) === "from-server" &&
  (answer.type === "main_frame" || answer.ofOwnPage) &&
  answer.type !== "websocket" &&
  !answer.isProbe &&
  answer.freshness === "live" &&
  answer.verdict !== undefined &&
  isOurs(answer.verdict);

/**
 * How an answer came. A 304 and a 206 show the certificate of a connection, but run what is stored: while the cache is
 * not cleared they count as stored, and say nothing of the instance.
 * @param status - of the answer
 * @param asksForPart - whether the page itself asked for a part, as a video does
 */
export function freshnessOf(
  copies: Copies,
  { status, fromCache, asksForPart }: { status: number; fromCache: boolean; asksForPart: boolean },
): "live" | "cached" {
  if (fromCache) return "cached";
  const isStored = status === 304 || (status === 206 && !asksForPart);
  return copies === "from-server" && isStored ? "cached" : "live";
}
