import type { WebRequest } from "webextension-polyfill";
import { sentPlaceOf, type Place } from "../../core/address";
import { routeOf } from "../../core/probe/route";
import { withoutCode } from "../../core/request/moved-query";
import { isSafe } from "../../core/request/secret-kinds";
import { isOtherPort, mayKeepConnection, sensitivityOf, withoutReferrerPath } from "../../core/state/guard";
import { mayCheckThrough, noteProxy } from "../../core/state/guard-limit";
import { isWatched, type State } from "../../core/state/state";
import { copiesAt, fromServer, mayBeStored } from "../../core/state/stored-copies";
import type { EventBatch } from "../event-batch";
import type { Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import type { Block } from "./blocker";
import type { Connections } from "./connections";
import { poolOf, type Details, type GuardOf, type Response, type Sending } from "./details";
import { closingWith, type Holding } from "./holding";
import type { Navigations } from "./navigations";

/** Decides on requests before they leave. */
export interface RequestListeners {
  readonly onRequest: (details: Details) => Response | Promise<Response>;
  readonly onSendHeaders: (details: Sending) => Response | Promise<Response>;
}

interface Parts {
  readonly store: Store;
  readonly prober: Prober;
  readonly connections: Connections;
  readonly navigations: Navigations;
  readonly currentBatch: () => EventBatch;
  readonly holding: Holding;
  readonly guardOf: GuardOf;
  readonly block: Block;
}

export function createRequestListeners(parts: Parts): RequestListeners {
  const { store, prober, connections, navigations, currentBatch, guardOf, block } = parts;
  const { awaitAnswers, hold } = parts.holding;

  /** Decides at once if the state is in memory. Only an event page that was just woken has to wait for it. */
  const decide = (
    details: Details,
    decision: (state: State, place: Place, batch: EventBatch) => Response | Promise<Response>,
  ): Response | Promise<Response> => {
    const batch = currentBatch();
    if (prober.asked(details, batch)) return {};
    const place = sentPlaceOf(details.url);
    if (place === undefined) return {};
    const state = store.peek();
    return state === undefined
      ? store.read().then((read) => decision(read, place, batch))
      : decision(state, place, batch);
  };

  /** Every request passes here, so only a real change waits in the queue of changes. */
  const noteIfNews = (state: State, note: (state: State) => State): void => {
    if (note(state) !== state) void store.change(note);
  };

  return {
    onRequest: (details) =>
      decide(details, (state, { address, secure }, batch) => {
        const guard = guardOf(state, address, details);
        if (guard === "off") return {};
        if (guard === "damaged") return block(details, address, "damaged");
        if (guard === "quarantine" || guard === "insecure") return block(details, address, guard);
        if (!secure) return details.type === "main_frame" ? { upgradeToSecure: true } : { cancel: true };
        if (guard === "on" && !isSafe(details.method)) return awaitAnswers(details, address, batch);
        const moved = details.type === "main_frame" ? withoutCode(details.url) : undefined;
        return moved === undefined ? {} : { redirectUrl: moved };
      }),

    onSendHeaders: (details) =>
      decide(details, (state, { address }, batch) => {
        const { requestId, type, method, tabId, url, incognito: isPrivate = false } = details;
        const sent = { method, url, headers: details.requestHeaders ?? [] };
        if (isOtherPort(state, sent, address, isPrivate, navigations.tabOf(details)))
          return block(details, address, "other-port");
        if (!isWatched(state, address, isPrivate)) return {};
        const cache = { address, private: isPrivate, store: details.cookieStoreId ?? "" };
        const isAnew = mayBeStored(details) && copiesAt(state, cache) === "from-server";
        const requestHeaders = isAnew ? fromServer(sent.headers) : sent.headers;
        const guard = guardOf(state, address, details);
        const pool = poolOf(details, address);
        connections.seenIn(tabId, pool);
        const route = routeOf(details.proxyInfo);
        const isBehindProxy = !mayCheckThrough(state, route);
        // Firefox may use another proxy for WebSockets. The popup shows the one that passwords and tokens go through.
        if (type !== "websocket") noteIfNews(state, (current) => noteProxy(current, address, isPrivate, isBehindProxy));
        if (guard === "off") {
          connections.keep(requestId, pool, tabId);
          return isAnew ? { requestHeaders } : {};
        }
        const sensitivity = sensitivityOf({ method, url, headers: requestHeaders });
        if (sensitivity !== "nothing" && guard === "on" && isBehindProxy) return block(details, address, "proxy");
        if (sensitivity !== "nothing")
          return guard === "on"
            ? hold({ ...details, requestHeaders }, address, sensitivity, route, batch)
            : block(details, address, guard);
        if (!mayKeepConnection(type, sensitivity))
          return leavingNone(details, requestHeaders, connections.isWaiting(pool));
        return batch.whole.then(() => {
          // In the batch of a held request it would wait as well, and the held request would wait for it.
          const mayStay = !batch.isHeld() && connections.keep(requestId, pool, tabId);
          if (!mayStay) return leavingNone(details, requestHeaders, connections.isWaiting(pool));
          const cut = withoutReferrerPath(requestHeaders);
          if (cut !== undefined) return { requestHeaders: cut };
          return isAnew ? { requestHeaders } : {};
        });
      }),
  };
}

/**
 * Lets a request without a secret go, and leaves no connection behind. If the cache answered it while a secret waits,
 * the connection that Firefox begins for it would stay.
 */
const leavingNone = (details: Sending, headers: WebRequest.HttpHeaders, isWaiting: boolean): Response =>
  closingWith(isWaiting && mayBeStored(details) ? fromServer(headers) : headers);
