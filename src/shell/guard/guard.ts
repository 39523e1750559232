import { guardAt } from "../../core/state/guard";
import { isFirefoxKnown, mayCheckThrough } from "../../core/state/guard-limit";
import type { EventBatch } from "../event-batch";
import type { OnUnchecked, Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import type { Notifier } from "../ui/notifier";
import { createAnswerListeners, type AnswerListeners } from "./answers";
import { createBlocker } from "./blocker";
import type { Connections } from "./connections";
import type { GuardOf } from "./details";
import { createHolding } from "./holding";
import type { Navigations } from "./navigations";
import { createRequestHolder } from "./request-holder";
import { createRequestListeners, type RequestListeners } from "./requests";
import { createUnansweredRecorder } from "./unanswered";

/** What Guard makes of all that webRequest and the tabs tell. */
export interface Guard extends RequestListeners, AnswerListeners {}

export interface GuardParts {
  readonly store: Store;
  readonly prober: Prober;
  readonly connections: Connections;
  readonly notifier: Notifier;
  readonly navigations: Navigations;
  /** Gives the batch in which Firefox is asking. */
  readonly currentBatch: () => EventBatch;
  /** Told where a secret was blocked because no check could be made in time. */
  readonly onUnchecked: OnUnchecked;
  /** Resolves when the version of this Firefox is in the state. */
  readonly firefoxKnown: Promise<unknown>;
}

/**
 * Holds what carries a secret until the connection has been checked, and lets nothing of an answer through that is not the
 * instance's. Everything that goes wrong blocks the request.
 */
export function createGuard(parts: GuardParts): Guard {
  const { store, prober, connections, notifier, navigations, onUnchecked, firefoxKnown } = parts;
  const guardOf: GuardOf = (state, address, details) =>
    guardAt(state, address, details.incognito === true, navigations.tabOf(details), Date.now());
  const block = createBlocker(navigations, onUnchecked);
  const record = createUnansweredRecorder(store, notifier);
  const holder = createRequestHolder(
    store,
    prober,
    connections,
    (secret, carried) => record(secret.address, secret.private, carried, { type: "probe", method: "POST" }),
    async ({ route }) => {
      await firefoxKnown;
      // What a round tells of the browser is asked again each time: the user may have changed it.
      const state = await store.read();
      if (!isFirefoxKnown(state)) return "unproven-firefox";
      return mayCheckThrough(state, route) ? undefined : "proxy";
    },
  );
  const holding = createHolding(store, connections, holder, guardOf, block);
  return {
    ...createRequestListeners({ ...parts, holding, guardOf, block }),
    ...createAnswerListeners({ ...parts, guardOf, block, record }),
  };
}
