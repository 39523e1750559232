import type { WebRequest } from "webextension-polyfill";
import { placeOf, type Address } from "../core/address";
import { incidentKey, wantsEvidence } from "../core/incident";
import { readNetworkError } from "../core/network-error";
import { withoutSecrets, type Observation, type Seen } from "../core/observation";
import { isOwnConnection, nonceOf } from "../core/probe";
import { observe, verdictOf } from "../core/reduce";
import { incidentsOf, isWatched } from "../core/state";
import { isRed } from "../core/verdict";
import type { Notifier } from "./notifier";
import type { Prober } from "./prober";
import { lookAt } from "./security";
import type { Store } from "./store";

interface Details {
  readonly requestId: string;
  readonly url: string;
  readonly type: string;
  readonly method: string;
  readonly timeStamp: number;
  readonly incognito?: boolean;
}

/** Firefox tells `fromCache`, which the polyfill's types leave out. */
type HeadersDetails = WebRequest.OnHeadersReceivedDetailsType & { readonly fromCache?: boolean };

export interface Watcher {
  readonly onSend: (details: WebRequest.OnSendHeadersDetailsType) => void;
  readonly onHeaders: (details: HeadersDetails) => Promise<WebRequest.BlockingResponse>;
  readonly onError: (details: WebRequest.OnErrorOccurredDetailsType) => void;
  readonly onCompleted: (details: WebRequest.OnCompletedDetailsType) => void;
}

/** Makes an observation of every answer from a watched address, and of every request that got none. */
export function createWatcher(store: Store, prober: Prober, notifier: Notifier): Watcher {
  /** Requests under way in this life of the background: when each began, and whether it has been answered. */
  const underWay = new Map<string, { at: number; answered: boolean }>();

  const mayBeWatched = (address: Address, isPrivate: boolean): boolean => {
    const state = store.peek();
    return state === undefined || isWatched(state, address, isPrivate);
  };

  const common = (details: Details, address: Address, at: number): Omit<Observation, "seen" | "freshness"> => ({
    address,
    at,
    // A probe for a private window may leave from the background, which is none.
    private: details.incognito === true || prober.isPrivate(nonceOf(details.url)),
    request: { type: details.type, method: details.method, url: withoutSecrets(details.url) },
  });

  const tell = async (observation: Observation): Promise<void> => {
    const { notify } = await store.change((state) => observe(state, observation));
    if (notify !== undefined) await notifier.notify(notify, observation.private);
  };

  /** Asked while Firefox still holds the answer: evidence for a red one, the certificate for display after a probe. */
  const wantsChain = (observation: Omit<Observation, "seen">, seen: Seen): boolean => {
    const state = store.peek();
    if (state === undefined || observation.probe !== undefined) return true;
    const verdict = verdictOf(state, { ...observation, seen });
    if (verdict === undefined || !isRed(verdict)) return false;
    const key = incidentKey({ ...observation, seen }, verdict);
    return wantsEvidence(incidentsOf(state, observation.private), key);
  };

  return {
    onSend: (details) => {
      underWay.set(details.requestId, { at: details.timeStamp, answered: false });
    },

    onHeaders: async (details) => {
      const request = underWay.get(details.requestId);
      if (request !== undefined) request.answered = true;
      const place = placeOf(details.url);
      if (place === undefined || !mayBeWatched(place.address, details.incognito === true)) return {};

      const freshness = details.fromCache === true ? "cached" : "live";
      const base = { ...common(details, place.address, request?.at ?? details.timeStamp), freshness } as const;
      if (!place.secure) {
        if (freshness === "live") void tell({ ...base, seen: { kind: "plaintext" } });
        return {};
      }
      const probe = prober.answered(nonceOf(details.url), isOwnConnection(details.statusLine));
      const observation = { ...base, ...(probe === undefined ? {} : { probe: probe.connection }) };
      const { seen, chain } = await lookAt(details.requestId, (found) => wantsChain(observation, found));
      void chain.then((der) => tell({ ...observation, seen, chain: der }));
      return probe?.cancel === true ? { cancel: true } : {};
    },

    onError: (details) => {
      const request = underWay.get(details.requestId);
      underWay.delete(details.requestId);
      const place = placeOf(details.url);
      if (place?.secure !== true || request === undefined || request.answered) return;
      if (!mayBeWatched(place.address, details.incognito === true)) return;
      const seen = readNetworkError(details.error);
      if (seen === undefined) return;
      prober.failed(nonceOf(details.url));
      void tell({ ...common(details, place.address, request.at), seen, freshness: "live" });
    },

    onCompleted: ({ requestId }) => {
      underWay.delete(requestId);
    },
  };
}
