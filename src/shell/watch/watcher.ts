import type { WebRequest } from "webextension-polyfill";
import { placeOf, type Address } from "../../core/address";
import { sizeOf } from "../../core/probe/answer-size";
import { secretKindsOf, type SecretKind } from "../../core/request/secret-kinds";
import { exposureOf, NOT_EXPOSED, NOT_EXPOSED_YET, type Exposure } from "../../core/request/exposure";
import { isGuarded } from "../../core/state/guard";
import { privateIpOf, type Answerer } from "../../core/pin/local-place";
import { incidentKey, wantsEvidence } from "../../core/incident/incident";
import { readNetworkError } from "../../core/state/network-error";
import { withoutSecrets, type Observation, type Seen } from "../../core/tls/observation";
import { isOwnConnection, nonceOf, probeAnswer } from "../../core/probe/probe";
import { observe, verdictOf } from "../../core/state/reduce";
import { incidentsOf, isWatched } from "../../core/state/state";
import { copiesAt, freshnessOf } from "../../core/state/stored-copies";
import { isRed } from "../../core/incident/verdict";
import type { AwaitedAnswers } from "./awaited-answers";
import type { Clearer } from "./clearer";
import type { Connections } from "../guard/connections";
import type { Guard } from "../guard/guard";
import type { Notifier } from "../ui/notifier";
import type { Prober } from "../probe/prober";
import { readSecurityInfo } from "./read-security-info";
import { monotonicNow } from "../monotonic-clock";
import type { Store } from "../storage/store";
import type { EventBatch } from "../event-batch";

interface Details {
  readonly requestId: string;
  readonly url: string;
  readonly type: string;
  readonly method: string;
  readonly timeStamp: number;
  readonly incognito?: boolean;
}

interface Sent {
  readonly at: number;
  readonly carried: readonly SecretKind[];
  /** Whether the page itself asked for a part: what Firefox asks for to complete a stored file is added later. */
  readonly asksForPart: boolean;
}

/** Firefox tells `fromCache` and where the answer came from, which the polyfill's types leave out. */
type HeadersDetails = WebRequest.OnHeadersReceivedDetailsType & Answerer & { readonly fromCache?: boolean };

export interface Watcher {
  readonly onSend: (details: WebRequest.OnSendHeadersDetailsType) => void;
  readonly onHeaders: (details: HeadersDetails) => Promise<WebRequest.BlockingResponse>;
  readonly onError: (details: WebRequest.OnErrorOccurredDetailsType) => void;
}

/** Makes an observation of every answer from a watched address, and of every request that got none. */
export function createWatcher(
  store: Store,
  prober: Prober,
  notifier: Notifier,
  guard: Guard,
  clearer: Clearer,
  connections: Connections,
  awaited: AwaitedAnswers,
  currentBatch: () => EventBatch,
): Watcher {
  /** Of each request that was sent in this life of the background and has not been answered: when, and with what. */
  const sent = new Map<string, Sent>();

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
      const { requestId, timeStamp, method, url, requestHeaders = [] } = details;
      awaited.sent(details);
      const carried = secretKindsOf({ method, url, headers: requestHeaders.map(({ name }) => name) });
      const asksForPart = requestHeaders.some(({ name }) => name.toLowerCase() === "range");
      sent.set(requestId, { at: timeStamp, carried, asksForPart });
    },

    onHeaders: async (details) => {
      const { at = details.timeStamp, carried, asksForPart = false } = sent.get(details.requestId) ?? {};
      sent.delete(details.requestId); // a redirect is sent, and noted, anew
      awaited.over(details.requestId);
      // A 304 has no body, so its connection is free already; but Firefox asks once more, about the kept answer that it
      // stands for (`http-on-examine-merged-response`), perhaps in the batch of a secret that would wait for it.
      if (details.statusCode === 304) connections.ended(details.requestId);
      else connections.answered(details.requestId);
      prober.asked(nonceOf(details.url), currentBatch());
      const place = placeOf(details.url);
      if (place === undefined) return {};
      // The answer may be the first that this life of the background hears of.
      const state = store.peek() ?? (await store.read());
      if (!isWatched(state, place.address, details.incognito === true)) return {};

      const { cookieStoreId: cache = "", statusCode: status } = details;
      const isPrivate = details.incognito === true;
      const copies = copiesAt(state, { address: place.address, private: isPrivate, store: cache });
      const freshness = freshnessOf(copies, { status, fromCache: details.fromCache === true, asksForPart });
      const base = { ...common(details, place.address, at), ...privateIpOf(details), freshness } as const;
      const exposed = ({ cancel = false }: WebRequest.BlockingResponse): Exposure =>
        exposureOf({ ...details, carried: freshness === "cached" ? [] : carried, stopped: cancel });
      if (!place.secure) {
        const response = guard.onAnswer(details, place.address, { kind: "plaintext" });
        const observation = { ...base, seen: { kind: "plaintext" }, exposed: exposed(response) } as const;
        if (freshness === "live") void tell(observation);
        return response;
      }
      const probe = prober.answered(nonceOf(details.url));
      // Until its timing has been told: what is red is told at once all the same.
      const isOwn = isOwnConnection(details.statusLine);
      const observation = {
        ...base,
        ...(probe?.tellsProtocol === false ? {} : { inconclusive: !isOwn }),
        ...(probe === undefined ? {} : { probe: "reused" as const }),
      };
      const { seen, chain } = await readSecurityInfo(details.requestId, (found) => wantsChain(observation, found));
      const verdict = verdictOf(store.peek() ?? state, { ...observation, seen });
      if (probe === undefined) {
        const response = guard.onAnswer(details, place.address, verdict);
        const told = { ...observation, seen, exposed: exposed(response) };
        void chain.then((der) => tell({ ...told, chain: der }));
        return clearer.onAnswer(details, told, verdict, response);
      }
      const isStopped = isGuarded(state, place.address, observation.private);
      const told = { ...observation, seen, exposed: isStopped ? NOT_EXPOSED : NOT_EXPOSED_YET };
      void chain.then(async (der) => {
        const isAlarm = verdict !== undefined && isRed(verdict);
        if (isAlarm) await tell({ ...told, chain: der });
        // What its round came to is known only when this has been judged.
        const size = sizeOf({ statusLine: details.statusLine, headers: details.responseHeaders ?? [] });
        probe.judged(verdict, isOwn, details.statusCode >= 300 && details.statusCode < 400, size);
        if (!isAlarm && (await probe.isFresh)) await tell({ ...told, probe: "fresh", chain: der });
        else if (!isAlarm) await tell({ ...told, chain: der });
      });
      const responseHeaders = probeAnswer(details.responseHeaders ?? []);
      return clearer.onAnswer(details, told, verdict, { cancel: probe.cancel(verdict), responseHeaders });
    },

    onError: (details) => {
      const { requestId } = details;
      sent.delete(requestId);
      const found = awaited.find(requestId);
      awaited.over(requestId);
      const place = placeOf(details.url);
      if (place?.secure !== true || !mayBeWatched(place.address, details.incognito === true)) return;
      guard.onUnanswered(details, place.address);
      // At once: its sender forgets a probe a moment after its end.
      const ended = readNetworkError(details.error, 0);
      if (ended !== undefined && prober.failed(nonceOf(details.url), ended)) return;
      void found.then((request) => {
        if (request === undefined) return;
        const seen = readNetworkError(details.error, monotonicNow() - request.since);
        if (seen === undefined) return;
        void tell({ ...common(details, place.address, request.at), seen, freshness: "live" });
      });
    },
  };
}
