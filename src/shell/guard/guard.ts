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

/** Guard's decisions on what webRequest and the tabs report. */
export interface Guard extends RequestListeners, AnswerListeners {}

export interface GuardParts {
  readonly store: Store;
  readonly prober: Prober;
  readonly connections: Connections;
  readonly notifier: Notifier;
  readonly navigations: Navigations;
  /** Gives the batch of the events that Firefox asks about now. */
  readonly currentBatch: () => EventBatch;
  /** Called if a secret was blocked because no check could be made in time. */
  readonly onUnchecked: OnUnchecked;
  /** Resolves when the version of this Firefox is in the state. */
  readonly firefoxKnown: Promise<unknown>;
}

/**
 * Holds secrets until the connection has been checked, and blocks every response that is not the instance's. If
 * anything goes wrong, the request is blocked.
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
      // What a round shows about the browser is asked again each time, because the user may have changed it.
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
