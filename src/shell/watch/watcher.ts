import type { WebRequest } from "webextension-polyfill";
import { placeOf } from "../../core/address";
import { incidentKey, wantsEvidence } from "../../core/incident/incident";
import { isRed } from "../../core/incident/verdict";
import { isOwnConnection } from "../../core/probe/probe";
import { isGuarded } from "../../core/state/guard";
import { knownAnchor, observe, verdictOf } from "../../core/state/reduce";
import { incidentsOf, isWatched, type State } from "../../core/state/state";
import type { Observation, Seen } from "../../core/tls/observation";
import type { EventBatch } from "../event-batch";
import type { Connections } from "../guard/connections";
import type { Guard } from "../guard/guard";
import type { Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import type { Notifier } from "../ui/notifier";
import type { AwaitedAnswers } from "./awaited-answers";
import type { Clearer } from "./clearer";
import { createJudgedAnswers } from "./judged-answers";
import { readSecurityInfo } from "./read-security-info";
import { createUnanswered } from "./unanswered";
import {
  isForPrivateWindow,
  observedAnswer,
  sentRequestOf,
  type HeadersDetails,
  type SentRequest,
} from "./watched-request";

export interface Watcher {
  readonly onSend: (details: WebRequest.OnSendHeadersDetailsType) => void;
  readonly onHeaders: (details: HeadersDetails) => Promise<WebRequest.BlockingResponse>;
  readonly onError: (details: WebRequest.OnErrorOccurredDetailsType) => void;
}

/** What the watcher works with. */
interface Parts {
  readonly store: Store;
  readonly prober: Prober;
  readonly notifier: Notifier;
  readonly guard: Guard;
  readonly clearer: Clearer;
  readonly connections: Connections;
  readonly awaited: AwaitedAnswers;
  readonly currentBatch: () => EventBatch;
}

/** Makes an observation of every response from a watched address, and of every request without one. */
export function createWatcher(parts: Parts): Watcher {
  const { store, prober, notifier, guard, clearer, connections, awaited, currentBatch } = parts;
  /** Each request that was sent since the background started and has no response yet: when, and with which secrets. */
  const sent = new Map<string, SentRequest>();

  const report = async (observation: Observation): Promise<void> => {
    const { notify } = await store.change((state) => observe(state, observation));
    if (notify !== undefined) await notifier.notify(notify, observation.private);
  };
  const answers = createJudgedAnswers({ guard, clearer, report });
  const onUnanswered = createUnanswered({ store, prober, guard, awaited, report });

  /** A request's headers have come: notifies those that wait for it. */
  const noteAnswered = ({ requestId, statusCode, url }: HeadersDetails): void => {
    sent.delete(requestId); // a redirect is sent, and noted, again
    awaited.over(requestId);
    // A 304 has no body, so its connection is free already. But Firefox asks once more, about the stored response that
    // it stands for (`http-on-examine-merged-response`). That may be in the batch of a secret, which would wait for it.
    if (statusCode === 304) connections.ended(requestId);
    else connections.answered(requestId);
    prober.asked({ requestId, url }, currentBatch());
  };

  return {
    onSend: (details) => {
      awaited.sent(details);
      sent.set(details.requestId, sentRequestOf(details));
    },

    onHeaders: async (details) => {
      const request = sent.get(details.requestId);
      noteAnswered(details);
      const place = placeOf(details.url);
      if (place === undefined) return {};
      // The response may be the first event after the background started.
      const state = store.peek() ?? (await store.read());
      if (!isWatched(state, place.address, isForPrivateWindow(prober, details))) return {};

      const base = observedAnswer(prober, details, place.address, request, state);
      const answer = { details, observation: base, carried: request?.carried };
      if (!place.secure) return answers.inPlaintext(answer);

      const probe = prober.answered(details);
      const observation = {
        ...base,
        ...(probe?.tellsProtocol === false ? {} : { inconclusive: !isOwnConnection(details.statusLine) }),
        // Until its timing is known. A red verdict is reported at once anyway.
        ...(probe === undefined ? {} : { probe: "reused" as const }),
      };
      const { seen, chain } = await readSecurityInfo(
        details.requestId,
        (leaf) => knownAnchor(store.peek() ?? state, observation, leaf),
        (found) => wantsChain(store.peek(), observation, found),
      );
      const current = store.peek() ?? state;
      const verdict = verdictOf(current, { ...observation, seen });
      // A stored response may say nothing about the network. Guard still wants to know whose it is.
      const owner = verdict ?? verdictOf(current, { ...observation, freshness: "live", seen });
      const judged = { ...answer, observation, seen, chain, verdict, owner };
      return probe === undefined
        ? answers.toPage(judged)
        : answers.toProbe(judged, probe, isGuarded(state, place.address, observation.private));
    },

    onError: (details) => {
      sent.delete(details.requestId);
      onUnanswered(details);
    },
  };
}

/**
 * Requested while Firefox still holds the response: evidence for a red one, the certificate for display after a probe.
 */
function wantsChain(state: State | undefined, observation: Omit<Observation, "seen">, seen: Seen): boolean {
  if (state === undefined || observation.probe !== undefined) return true;
  const verdict = verdictOf(state, { ...observation, seen });
  if (verdict === undefined || !isRed(verdict)) return false;
  const key = incidentKey({ ...observation, seen }, verdict);
  return wantsEvidence(incidentsOf(state, observation.private), key);
}
