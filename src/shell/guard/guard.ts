import browser, { type Tabs, type WebRequest } from "webextension-polyfill";
import { placeOf, type Address, type Place } from "../../core/address";
import { exactSizeOf } from "../../core/probe/answer-size";
import { isSafe } from "../../core/request/secret-kinds";
import {
  closing,
  forgetSecret,
  guardAt,
  isOtherPort,
  sensitivityOf,
  mayKeepConnection,
  mayPass,
  noteLeft,
  noteSecret,
  withoutAlternative,
  withoutReferrerPath,
  type GuardState,
  type Sensitivity,
} from "../../core/state/guard";
import { isFirefoxKnown, mayCheckThrough, noteProxy } from "../../core/state/guard-limit";
import { withoutCode } from "../../core/request/moved-query";
import { mayHaveBeenRead } from "../../core/state/network-error";
import { withoutSecrets } from "../../core/tls/observation";
import { nonceOf } from "../../core/probe/probe";
import { observeUnanswered } from "../../core/state/reduce";
import { routeOf, type Route } from "../../core/probe/route";
import { isWatched, type State } from "../../core/state/state";
import { copiesAt, fromServer, mayBeStored } from "../../core/state/stored-copies";
import type { Unanswered, Verdict } from "../../core/incident/verdict";
import type { Connections } from "./connections";
import { createRequestHolder, type BlockReason } from "./request-holder";
import type { Notifier } from "../ui/notifier";
import type { OnUnchecked, Prober } from "../probe/prober";
import type { Navigations } from "./navigations";
import { monotonicNow } from "../monotonic-clock";
import type { Store } from "../storage/store";
import type { EventBatch } from "../event-batch";
import { withTimeout } from "../with-timeout";

type Response = WebRequest.BlockingResponse;
type Details = WebRequest.OnBeforeRequestDetailsType & { readonly cookieStoreId?: string };
/** Firefox tells the container and the proxy, which the polyfill's types leave out. */
export type Sending = WebRequest.OnBeforeSendHeadersDetailsType & {
  readonly cookieStoreId?: string;
  readonly proxyInfo?: unknown;
};

export interface Guard {
  readonly onRequest: (details: Details) => Response | Promise<Response>;
  readonly onSendHeaders: (details: Sending) => Response | Promise<Response>;
  /** What becomes of an answer that has been judged. */
  readonly onAnswer: (details: Answered, address: Address, verdict: Verdict | undefined) => Response;
  /** A page came up in a tab: one that the browser had kept whole makes no request. */
  readonly onShown: (tab: Tabs.Tab) => void;
  /** What becomes of a request when a listener failed over it: stopped where Guard is on, or may be; told in any case. */
  readonly onFailure: (details: Pick<Details, "type" | "tabId" | "url" | "incognito">) => Response;
  /** An answer is through: with how many bytes, those of all answers to the same request. */
  readonly onCompleted: (details: Completed) => void;
  /** A request got no answer, for Firefox's reason. */
  readonly onUnanswered: (details: Failed, address: Address) => void;
}

type Answered = Pick<
  WebRequest.OnHeadersReceivedDetailsType,
  "requestId" | "tabId" | "type" | "method" | "url" | "incognito" | "statusLine" | "responseHeaders"
>;
/** Firefox tells `responseSize`, which the polyfill's types leave out. */
export interface Completed {
  readonly requestId: string;
  readonly responseSize?: number;
}
type Failed = Pick<
  WebRequest.OnErrorOccurredDetailsType,
  "requestId" | "type" | "method" | "url" | "incognito" | "error"
>;

/** Maximum time a request is held, in ms: less than a listener may take, so that it can say why it was stopped. */
const HOLD_LIMIT = 7500;
/** When what has been decided is noted, in ms after it: a request has left by then. */
const AFTERWARD = 100;

/**
 * Holds what carries a secret until the connection has been looked at, and lets nothing of an answer through that is
 * not the instance's. Everything that goes wrong stops the request.
 * @param currentBatch - gives the batch in which Firefox is asking
 * @param onUnchecked - told where a secret was stopped because no look could be made in time
 * @param firefoxKnown - resolves when the version of this Firefox is in the state
 */
export function createGuard(
  store: Store,
  prober: Prober,
  connections: Connections,
  notifier: Notifier,
  currentBatch: () => EventBatch,
  onUnchecked: OnUnchecked,
  navigations: Navigations,
  firefoxKnown: Promise<unknown>,
): Guard {
  /** Answers to secrets that are not through yet, with the bytes that each should have. */
  const answered = new Map<string, { readonly details: Answered; readonly address: Address; readonly size: number }>();

  const guardOf = (
    state: State,
    address: Address,
    details: Pick<Details, "type" | "tabId" | "url" | "incognito">,
  ): GuardState => guardAt(state, address, details.incognito === true, navigations.tabOf(details), Date.now());

  /** The page in a tab gives way to one that says why; other requests just end. */
  const stop = (
    { type, tabId, url, incognito }: Pick<Details, "type" | "tabId" | "url" | "incognito">,
    address: Address,
    why: BlockReason,
  ): Response => {
    // Of every other reason there is a look, a warning or a setting that tells it.
    if (why === "late" || why === "check-failed")
      onUnchecked({ address, private: incognito === true }, Date.now(), { reason: why });
    const shownIn = navigations.tabOf({ type, tabId, url, ...(incognito === undefined ? {} : { incognito }) });
    if (type === "main_frame" && shownIn >= 0) {
      const told = new URLSearchParams({ address, why, url });
      void showBlocked(shownIn, `blocked.html?${told.toString()}`);
    }
    return { cancel: true };
  };

  /** With the state at hand at once; only an event page that was just woken has to wait for it. */
  const decide = (
    details: Details,
    decision: (state: State, place: Place, batch: EventBatch) => Response | Promise<Response>,
  ): Response | Promise<Response> => {
    const batch = currentBatch();
    if (prober.asked(nonceOf(details.url), batch)) return {};
    const place = placeOf(details.url);
    if (place === undefined) return {};
    const state = store.peek();
    return state === undefined
      ? store.read().then((read) => decision(read, place, batch))
      : decision(state, place, batch);
  };

  /** Every request is looked at: only what changes something waits in the queue of changes. */
  const noteIfNews = (state: State, note: (state: State) => State): void => {
    if (note(state) !== state) void store.change(note);
  };

  const record = async (
    address: Address,
    isPrivate: boolean,
    carried: Unanswered,
    request: { type: string; method: string; url?: string },
    reason: "cut-off" | "restarted" = "cut-off",
  ): Promise<void> => {
    const { notify } = await store.change((state) =>
      observeUnanswered(
        state,
        {
          ...{ address, at: Date.now(), private: isPrivate, freshness: "live" },
          seen: { kind: "nothing", reason },
          request: { url: `https://${address}/`, ...request },
        },
        carried,
      ),
    );
    // Not waited for: what is held would wait, too.
    if (notify !== undefined) void notifier.notify(notify, isPrivate);
  };

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

  /**
   * Waits, before a request that is going to be held has any headers, until Firefox has nothing more to ask about those
   * that may leave a connection behind: what is asked in the batch of one that is held does not go on, and could not be
   * waited for.
   */
  const awaitAnswers = (details: Details, address: Address, batch: EventBatch): Response | Promise<Response> => {
    const pool = poolOf(details, address);
    connections.begin(details.requestId, pool);
    const answers = connections.allAnswered(pool);
    if (answers === undefined) return {};
    const wait = withTimeout(answers, HOLD_LIMIT, "late");
    batch.hold(wait);
    return wait.then((why) => (why === "late" ? stop(details, address, why) : {}));
  };

  const hold = async (
    details: Sending,
    address: Address,
    sensitivity: Exclude<Sensitivity, "nothing">,
    route: Route,
    batch: EventBatch,
  ): Promise<Response> => {
    const { requestId, method, tabId, incognito, requestHeaders = [] } = details;
    const length = Number(requestHeaders.find(({ name }) => /^content-length$/iu.test(name))?.value ?? "0");
    const pool = poolOf(details, address);
    connections.begin(requestId, pool);
    void store.change((state) => noteSecret(state, requestId, monotonicNow()));
    const size = Number.isSafeInteger(length) ? length : 0;
    // What another request's answer has told meanwhile counts, too.
    const whyNot = (state: State | undefined): BlockReason | undefined => {
      const guard = state === undefined ? "damaged" : guardOf(state, address, details);
      return guard === "on" || guard === "off" ? undefined : guard;
    };
    const mayLeave = async (): Promise<BlockReason | undefined> => whyNot(await store.read());
    const secret = { address, private: incognito === true, tabId, pool, method, sensitivity, size, route, mayLeave };
    const why = (await holder.hold(secret, batch, HOLD_LIMIT)) ?? whyNot(store.peek());
    if (why !== undefined) {
      void store.change((state) => forgetSecret(state, requestId));
      return stop(details, address, why);
    }
    // A change of the state makes work for Firefox, too, which would keep the request back. Until then the note of its
    // beginning stands.
    setTimeout(() => void store.change((state) => noteLeft(state, requestId, monotonicNow())), AFTERWARD);
    return closingWith(requestHeaders);
  };

  return {
    onRequest: (details) =>
      decide(details, (state, { address, secure }, batch) => {
        const guard = guardOf(state, address, details);
        if (guard === "off") return {};
        if (guard === "damaged") return stop(details, address, "damaged");
        if (guard === "quarantine" || guard === "insecure") return stop(details, address, guard);
        if (!secure) return details.type === "main_frame" ? { upgradeToSecure: true } : { cancel: true };
        if (guard === "on" && !isSafe(details.method)) return awaitAnswers(details, address, batch);
        const moved = details.type === "main_frame" ? withoutCode(details.url) : undefined;
        return moved === undefined ? {} : { redirectUrl: moved };
      }),

    onSendHeaders: (details) =>
      decide(details, (state, { address }, batch) => {
        const { requestId, type, method, tabId, url, incognito } = details;
        const isPrivate = incognito === true;
        const sent = { method, url, headers: details.requestHeaders ?? [] };
        if (isOtherPort(state, sent, address, isPrivate, navigations.tabOf(details)))
          return stop(details, address, "other-port");
        if (!isWatched(state, address, isPrivate)) return {};
        const cache = { address, private: isPrivate, store: details.cookieStoreId ?? "" };
        const isAnew = mayBeStored(details) && copiesAt(state, cache) === "from-server";
        const requestHeaders = isAnew ? fromServer(sent.headers) : sent.headers;
        const guard = guardOf(state, address, details);
        const pool = poolOf(details, address);
        connections.seenIn(tabId, pool);
        const route = routeOf(details.proxyInfo);
        const isBehindProxy = !mayCheckThrough(state, route);
        // Firefox may use another proxy for WebSockets: the popup is to tell of what carries passwords and tokens.
        if (type !== "websocket") noteIfNews(state, (current) => noteProxy(current, address, isPrivate, isBehindProxy));
        if (guard === "off") {
          connections.keep(requestId, pool, tabId);
          return isAnew ? { requestHeaders } : {};
        }
        const sensitivity = sensitivityOf({ method, url, headers: requestHeaders });
        if (sensitivity !== "nothing" && guard === "on" && isBehindProxy) return stop(details, address, "proxy");
        if (sensitivity !== "nothing")
          return guard === "on"
            ? hold({ ...details, requestHeaders }, address, sensitivity, route, batch)
            : stop(details, address, guard);
        if (!mayKeepConnection(type, sensitivity)) return closingWith(requestHeaders);
        return batch.whole.then(() => {
          // In the batch of one that waits it would wait as well, and be waited for.
          const mayStay = !batch.isHeld() && connections.keep(requestId, pool, tabId);
          if (!mayStay) return closingWith(requestHeaders);
          const cut = withoutReferrerPath(requestHeaders);
          if (cut !== undefined) return { requestHeaders: cut };
          return isAnew ? { requestHeaders } : {};
        });
      }),

    onAnswer: (details, address, verdict) => {
      const state = store.peek();
      const isSecret = state?.session.secrets.some(({ id }) => id === details.requestId) === true;
      void store.change((current) => forgetSecret(current, details.requestId));
      if (state === undefined) return { cancel: true };
      const { statusLine, responseHeaders: headers = [] } = details;
      const size = isSecret && prober.isExact(address) ? exactSizeOf({ statusLine, headers }) : undefined;
      if (size !== undefined) answered.set(details.requestId, { details, address, size });
      if (guardOf(state, address, details) === "off") return {};
      if (!mayPass(verdict))
        return stop(details, address, verdict?.kind === "unchecked" ? verdict.reason : "quarantine");
      const responseHeaders = withoutAlternative(details.type, details.responseHeaders ?? []);
      return responseHeaders === undefined ? {} : { responseHeaders };
    },

    onShown: ({ id: tabId, url = "", incognito }) => {
      const state = store.peek();
      const place = placeOf(url);
      if (state === undefined || place === undefined || tabId === undefined) return;
      const guard = guardOf(state, place.address, { type: "main_frame", tabId, url, incognito });
      if (guard === "quarantine" || guard === "insecure")
        stop({ type: "main_frame", tabId, url, incognito }, place.address, guard);
    },

    onFailure: (details) => {
      const place = placeOf(details.url);
      if (place === undefined) return {};
      const { address } = place;
      const state = store.peek();
      const isPrivate = details.incognito === true;
      if (state !== undefined && !isWatched(state, address, isPrivate)) return {};
      if (state === undefined || guardOf(state, address, details) !== "off")
        return stop(details, address, "check-failed");
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

/** What leaves without its page's address, and leaves no connection behind. */
const closingWith = (requestHeaders: WebRequest.HttpHeaders): Response => ({
  requestHeaders: closing(withoutReferrerPath(requestHeaders) ?? requestHeaders),
});

/** Firefox keeps the connections of containers and private windows apart. */
const poolOf = ({ cookieStoreId = "" }: Pick<Details, "cookieStoreId">, address: Address): string =>
  `${address} ${cookieStoreId}`;

/** The tab may be gone, and Firefox throws at once for one that never was: neither is a reason to let anything go. */
async function showBlocked(tabId: number, url: string): Promise<void> {
  try {
    await browser.tabs.update(tabId, { url, loadReplace: true });
  } catch {
    // There is no page to give way.
  }
}
