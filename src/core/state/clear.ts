// What may have been left of an attacker in the browser: scripts, a worker and stored data of theirs run on the instance's origin.
import type { Address } from "../address";
import { MAX_ENTRIES } from "../bounds";
import type { Header } from "../request/header";
import type { State, ToClear } from "./state";
import { isOurs, type Verdict } from "../incident/verdict";

const others = ({ toClear = [] }: State, address: Address): ToClear[] =>
  toClear.filter((instance) => instance.address !== address);

export const toClearAt = ({ toClear = [] }: State, address: Address): ToClear | undefined =>
  toClear.find((instance) => instance.address === address);

/** The user wants it cleared: Firefox removes what it can at once, the instance's next page takes the rest with it. */
export const askClear = (state: State, address: Address): State => ({
  ...state,
  toClear: [...others(state, address), { address, removed: false }],
});

/** Firefox has removed what it removes by host name. */
export const storageRemoved = (state: State, address: Address): State =>
  toClearAt(state, address) === undefined
    ? state
    : { ...state, toClear: [...others(state, address), { address, removed: true }] };

/** All is done, or the user would not have it after all. */
export const endClear = (state: State, address: Address): State =>
  toClearAt(state, address) === undefined ? state : { ...state, toClear: others(state, address) };

/**
 * An address is pinned, or Guard is switched on for it: a worker that an attacker left there is handed what its pages
 * send, and gives them what it has stored. So all of its workers go, with their caches; the login stays.
 */
export const askWorkers = (state: State, address: Address): State => {
  const { workersToClear = [] } = state;
  return workersToClear.includes(address)
    ? state
    : { ...state, workersToClear: [...workersToClear, address].slice(-MAX_ENTRIES) };
};

/** They have been removed. */
export function endWorkers(state: State, address: Address): State {
  const { workersToClear, ...others } = state;
  if (workersToClear?.includes(address) !== true) return state;
  const left = workersToClear.filter((other) => other !== address);
  return left.length === 0 ? others : { ...others, workersToClear: left };
}

interface Answer {
  readonly type: string;
  readonly address: Address;
  readonly private: boolean;
  readonly freshness: "live" | "cached";
  readonly verdict: Verdict | undefined;
}

/**
 * What an answer lets be done: the order to clear goes with a page that the instance itself has just given, and with
 * nobody else's. Where the instance gives something else, its page may be one that the attacker's worker keeps, put back since while
 * the attacker still answered: what Firefox removes is removed again.
 */
export function clearsWith(
  state: State,
  { type, address, freshness, verdict, ...rest }: Answer,
): "order" | "remove-again" | "nothing" {
  const isInstance = !rest.private && freshness === "live" && verdict !== undefined && isOurs(verdict);
  const wanted = toClearAt(state, address);
  if (!isInstance || wanted === undefined) return "nothing";
  if (type === "main_frame") return "order";
  return wanted.removed ? "remove-again" : "nothing";
}

/**
 * Clears what Firefox keeps of the answer's origin, its caches and workers among it, which `browsingData` leaves
 * (Clear Site Data, W3C; Firefox takes it over HTTPS only, and holds the answer until it is done).
 * @param what - everything, or the cached files alone, which no login is among
 */
export const clearing = (headers: readonly Header[], what: "everything" | "copies"): Header[] => [
  ...headers.filter(({ name }) => name.toLowerCase() !== "clear-site-data"),
  { name: "Clear-Site-Data", value: what === "everything" ? '"*"' : '"cache"' },
];
