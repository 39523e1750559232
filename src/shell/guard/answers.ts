import type { Tabs } from "webextension-polyfill";
import { placeOf, sentPlaceOf, type Address } from "../../core/address";
import type { Verdict } from "../../core/incident/verdict";
import { maxSizeOf } from "../../core/probe/answer-size";
import { forgetSecret, mayPass, withoutAlternative } from "../../core/state/guard";
import { mayHaveBeenRead } from "../../core/state/network-error";
import { isWatched } from "../../core/state/state";
import { withoutSecrets } from "../../core/tls/observation";
import { monotonicNow } from "../monotonic-clock";
import type { OnUnchecked, Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import type { Block } from "./blocker";
import type { Answered, Completed, Failed, GuardOf, Located, Response } from "./details";
import type { RecordUnanswered } from "./unanswered";

/** What Guard does with responses, and with requests that got none. */
export interface AnswerListeners {
  /** Decides on a response that has been judged. */
  readonly onAnswer: (details: Answered, address: Address, verdict: Verdict | undefined) => Response;
  /** A tab shows a page. A page from Firefox's back/forward cache makes no request. */
  readonly onShown: (tab: Tabs.Tab) => void;
  /**
   * Decides on a request after a listener failed: blocks it if Guard is on, or may be. Reports the failure in any case.
   */
  readonly onFailure: (details: Located) => Response;
  /** All bytes of a response have come. Their number is the sum over all responses to the same request. */
  readonly onCompleted: (details: Completed) => void;
  /** A request got no response, with Firefox's reason. */
  readonly onUnanswered: (details: Failed, address: Address) => void;
}

interface Parts {
  readonly store: Store;
  readonly prober: Prober;
  readonly onUnchecked: OnUnchecked;
  readonly guardOf: GuardOf;
  readonly block: Block;
  readonly record: RecordUnanswered;
}

export function createAnswerListeners(parts: Parts): AnswerListeners {
  const { store, prober, onUnchecked, guardOf, block, record } = parts;
  /** Responses to secrets that have not come in full yet, with the most bytes that each can have. */
  const answered = new Map<string, { readonly details: Answered; readonly address: Address; readonly size: number }>();

  return {
    onAnswer: (details, address, verdict) => {
      const state = store.peek();
      const isSecret = state?.session.secrets.some(({ id }) => id === details.requestId) === true;
      void store.change((current) => forgetSecret(current, details.requestId));
      if (state === undefined) return { cancel: true };
      const { url, statusLine, responseHeaders: headers = [] } = details;
      const size = isSecret && prober.isExact(address) ? maxSizeOf(url, { statusLine, headers }) : undefined;
      if (size !== undefined) answered.set(details.requestId, { details, address, size });
      if (guardOf(state, address, details) === "off") return {};
      if (!mayPass(verdict))
        return block(details, address, verdict?.kind === "unchecked" ? verdict.reason : "quarantine");
      const responseHeaders = withoutAlternative(details.type, details.responseHeaders ?? []);
      return responseHeaders === undefined ? {} : { responseHeaders };
    },

    onShown: ({ id: tabId, url = "", incognito }) => {
      const state = store.peek();
      const place = placeOf(url);
      if (state === undefined || place === undefined || tabId === undefined) return;
      const guard = guardOf(state, place.address, { type: "main_frame", tabId, url, incognito });
      if (guard === "quarantine" || guard === "insecure")
        block({ type: "main_frame", tabId, url, incognito }, place.address, guard);
    },

    onFailure: (details) => {
      const place = sentPlaceOf(details.url);
      if (place === undefined) return {};
      const { address } = place;
      const state = store.peek();
      const isPrivate = details.incognito === true;
      if (state !== undefined && !isWatched(state, address, isPrivate)) return {};
      if (state === undefined || guardOf(state, address, details) !== "off")
        return block(details, address, "check-failed");
      onUnchecked({ address, private: isPrivate }, Date.now(), { reason: "check-failed" });
      return {};
    },

    onCompleted: ({ requestId, responseSize }) => {
      const answer = answered.get(requestId);
      answered.delete(requestId);
      if (answer === undefined || responseSize === undefined || responseSize <= answer.size) return;
      const { address, details } = answer;
      const { incognito, type, method, url } = details;
      void record(address, incognito === true, "secret", { type, method, url: withoutSecrets(url) }, "restarted");
    },

    onUnanswered: ({ requestId, type, method, url, incognito, error }, address) => {
      answered.delete(requestId);
      void store.read().then(({ session }) => {
        const since = session.secrets.find(({ id }) => id === requestId)?.at;
        if (since === undefined) return;
        void store.change((state) => forgetSecret(state, requestId));
        if (!mayHaveBeenRead(error, monotonicNow() - since, { type, method, url })) return;
        void record(address, incognito === true, "secret", { type, method, url: withoutSecrets(url) });
      });
    },
  };
}
