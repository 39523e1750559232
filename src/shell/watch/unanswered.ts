import type { WebRequest } from "webextension-polyfill";
import { placeOf, type Address } from "../../core/address";
import { readNetworkError } from "../../core/state/network-error";
import { isWatched } from "../../core/state/state";
import type { Observation } from "../../core/tls/observation";
import type { Guard } from "../guard/guard";
import { monotonicNow } from "../monotonic-clock";
import type { Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import type { AwaitedAnswers } from "./awaited-answers";
import { isForPrivateWindow, observedRequest } from "./watched-request";

interface Parts {
  readonly store: Store;
  readonly prober: Prober;
  readonly guard: Guard;
  readonly awaited: AwaitedAnswers;
  readonly report: (observation: Observation) => Promise<void>;
}

/** For requests without a response. The sender of a probe decides what that means. Other requests are reported here. */
export function createUnanswered({ store, prober, guard, awaited, report }: Parts) {
  const mayBeWatched = (address: Address, isPrivate: boolean): boolean => {
    const state = store.peek();
    return state === undefined || isWatched(state, address, isPrivate);
  };

  return (details: WebRequest.OnErrorOccurredDetailsType): void => {
    const { requestId } = details;
    const found = awaited.find(requestId);
    awaited.over(requestId);
    const place = placeOf(details.url);
    if (place?.secure !== true || !mayBeWatched(place.address, isForPrivateWindow(prober, details))) return;
    guard.onUnanswered(details, place.address);
    // At once, because its sender forgets a probe a moment after its end.
    const ended = readNetworkError(details.error, 0);
    if (ended !== undefined && prober.failed(details, ended)) return;
    void found.then((request) => {
      if (request === undefined) return;
      const seen = readNetworkError(details.error, monotonicNow() - request.since);
      if (seen === undefined) return;
      void report({ ...observedRequest(prober, details, place.address, request.at), seen, freshness: "live" });
    });
  };
}
