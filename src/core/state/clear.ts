// What an attacker may have left in Firefox: their scripts, worker and stored data run on the instance's origin.
import type { Address } from "../address";
import { MAX_ENTRIES } from "../bounds";
import type { Header } from "../request/header";
import type { State, ToClear } from "./state";
import { isOurs, type Verdict } from "../incident/verdict";

const others = ({ toClear = [] }: State, address: Address): ToClear[] =>
  toClear.filter((instance) => instance.address !== address);

export const toClearAt = ({ toClear = [] }: State, address: Address): ToClear | undefined =>
  toClear.find((instance) => instance.address === address);

/** The user wants it cleared. Firefox removes what it can at once, and the rest with the instance's next page. */
export const askClear = (state: State, address: Address): State => ({
  ...state,
  toClear: [...others(state, address), { address, removed: false }],
});

/** Firefox has removed what it can remove by host name. */
export const storageRemoved = (state: State, address: Address): State =>
  toClearAt(state, address) === undefined
    ? state
    : { ...state, toClear: [...others(state, address), { address, removed: true }] };

/** Everything is cleared, or the user changed their mind. */
export const endClear = (state: State, address: Address): State =>
  toClearAt(state, address) === undefined ? state : { ...state, toClear: others(state, address) };

/**
 * Called when an address is pinned, or when Guard is switched on for it. A worker that an attacker left there receives
 * what the pages send, and answers with what it stored. So all of the address's workers are removed, with their caches.
 * The login stays.
 */
export const askWorkers = (state: State, address: Address): State => {
  const { workersToClear = [] } = state;
  return workersToClear.includes(address)
    ? state
    : { ...state, workersToClear: [...workersToClear, address].slice(-MAX_ENTRIES) };
};

/** The workers have been removed. */
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
 * What may be cleared with an answer. Firefox gets the order to clear only with a page that the instance itself has
 * just sent. If the instance sends something else, the open page may come from an attacker's worker, stored again while
 * the attacker still answered. Then Latchkey removes again what Firefox can remove by host name.
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
 * Clears what Firefox keeps of the answer's origin, including caches and workers, which `browsingData` leaves (Clear
 * Site Data, W3C). Firefox accepts it over HTTPS only, and holds the answer until it is done.
 * @param what - everything, or only the cached files, which contain no login
 */
export const clearing = (headers: readonly Header[], what: "everything" | "copies"): Header[] => [
  ...headers.filter(({ name }) => name.toLowerCase() !== "clear-site-data"),
  { name: "Clear-Site-Data", value: what === "everything" ? '"*"' : '"cache"' },
];
