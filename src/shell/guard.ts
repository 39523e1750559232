import browser, { type WebRequest } from "webextension-polyfill";
import { placeOf, type Address, type Place } from "../core/address";
import {
  closing,
  guardAt,
  loadOf,
  mayPass,
  probesBefore,
  unansweredAt,
  withoutAlternative,
  type GuardState,
  type Load,
} from "../core/guard";
import { withoutCode } from "../core/moved-query";
import { withoutSecrets, type Reason } from "../core/observation";
import { nonceOf } from "../core/probe";
import { observeUnanswered } from "../core/reduce";
import type { State } from "../core/state";
import { isOurs, isRed, type Verdict } from "../core/verdict";
import type { Notifier } from "./notifier";
import type { Prober } from "./prober";
import type { Store } from "./store";
import type { Visits } from "./visits";

type Response = WebRequest.BlockingResponse;
type Details = WebRequest.OnBeforeRequestDetailsType;

/** Why a request was stopped. */
export type Stop = "quarantine" | "hold" | "damaged" | "not-ours" | "late" | Reason;

export interface Guard {
  readonly onRequest: (details: Details) => Response | Promise<Response>;
  readonly onSendHeaders: (details: WebRequest.OnBeforeSendHeadersDetailsType) => Response | Promise<Response>;
  /** What becomes of an answer that has been judged. */
  readonly onAnswer: (details: Answered, address: Address, verdict: Verdict | undefined) => Response;
  /** A request got no answer: `cutOff` where somebody had taken the connection. */
  readonly onUnanswered: (details: Unanswered, address: Address, cutOff: boolean) => void;
}

type Answered = Pick<
  WebRequest.OnHeadersReceivedDetailsType,
  "requestId" | "tabId" | "type" | "url" | "incognito" | "responseHeaders"
>;
type Unanswered = Pick<
  WebRequest.OnErrorOccurredDetailsType,
  "requestId" | "type" | "method" | "url" | "timeStamp" | "incognito"
>;

/** So long may a request be held: Firefox ends the background, and lets the request go, when it takes much longer. */
const LIMIT = 8000;

interface Held {
  readonly load: Exclude<Load, "nothing">;
  readonly size: number;
  readonly end: (stop: Stop | undefined) => void;
}

/**
 * Holds what carries a secret until the connection has been looked at, and lets nothing of an answer through that is
 * not the house's. Everything that goes wrong stops the request.
 */
export function createGuard(store: Store, prober: Prober, visits: Visits, notifier: Notifier): Guard {
  /** Requests that carry a secret and were let go, until they are answered. */
  const released = new Set<string>();
  /** Held requests by where their probes go; a run of probes is for those alone that waited when it began. */
  const queues = new Map<string, Held[]>();

  const guardOf = (state: State, address: Address, details: Pick<Details, "tabId" | "incognito">): GuardState =>
    guardAt(state, address, details.incognito === true, details.tabId, Date.now());

  /** The page in a tab gives way to one that says why; other requests just end. */
  const stop = (
    { type, tabId, url }: Pick<Details, "type" | "tabId" | "url">,
    address: Address,
    why: Stop,
  ): Response => {
    if (type === "main_frame") {
      const told = new URLSearchParams({ address, why, url });
      void browser.tabs
        .update(tabId, { url: `blocked.html?${told.toString()}`, loadReplace: true })
        .catch(() => undefined);
    }
    return { cancel: true };
  };

  /** With the state at hand at once; only an event page that was just woken has to wait for it. Never rejects. */
  const decide = (
    details: Details,
    decision: (state: State, place: Place) => Response | Promise<Response>,
  ): Response | Promise<Response> => {
    if (prober.isOurs(nonceOf(details.url))) return {};
    const place = placeOf(details.url);
    if (place === undefined) return {};
    const state = store.peek();
    if (state !== undefined) return decision(state, place);
    return store
      .read()
      .then((read) => decision(read, place))
      .catch(() => ({ cancel: true }));
  };

  const run = async (key: string, address: Address, isPrivate: boolean, tabId: number): Promise<void> => {
    for (;;) {
      const batch = queues.get(key)?.splice(0) ?? [];
      if (batch.length === 0) {
        queues.delete(key);
        return;
      }
      const unanswered = unansweredAt(await store.read(), address, isPrivate, Date.now());
      const size = Math.max(...batch.map((held) => held.size));
      let left = Math.max(...batch.map(({ load }) => probesBefore(load, random(), unanswered)));
      let why: Stop | undefined;
      while (left-- > 0 && why === undefined) {
        const outcome = await prober.probe({ ...(await visits.targetFor(address, isPrivate, tabId)), size });
        if (outcome.kind === "unanswered") why = outcome.reason;
        else if (!isOurs(outcome.verdict)) why = isRed(outcome.verdict) ? "quarantine" : "not-ours";
        if (why === "cut-off") await record(address, isPrivate, "probe", { type: "probe", method: "POST" });
      }
      for (const { end } of batch) end(why);
    }
  };

  const hold = (
    { tabId, incognito, requestHeaders = [] }: WebRequest.OnBeforeSendHeadersDetailsType,
    address: Address,
    load: Exclude<Load, "nothing">,
  ): Promise<Stop | undefined> => {
    const isPrivate = incognito === true;
    const key = [address, String(isPrivate), String(tabId)].join(" ");
    const length = Number(requestHeaders.find(({ name }) => /^content-length$/iu.test(name))?.value ?? "0");
    const { promise, resolve: end } = Promise.withResolvers<Stop | undefined>();
    setTimeout(end, LIMIT, "late");
    const held = { load, size: Number.isSafeInteger(length) ? Math.min(length, MAX_SIZE) : 0, end };
    const queue = queues.get(key);
    if (queue !== undefined) queue.push(held);
    else {
      queues.set(key, [held]);
      run(key, address, isPrivate, tabId).catch(() => {
        for (const { end: endHeld } of queues.get(key) ?? []) endHeld("late");
        queues.delete(key);
        end("late");
      });
    }
    return promise;
  };

  const record = async (
    address: Address,
    isPrivate: boolean,
    carried: "probe" | "secret",
    request: { type: string; method: string; url?: string },
  ): Promise<void> => {
    const { notify } = await store.change((state) =>
      observeUnanswered(
        state,
        {
          ...{ address, at: Date.now(), private: isPrivate, freshness: "live" },
          seen: { kind: "nothing", reason: "cut-off" },
          request: { url: `https://${address}/`, ...request },
        },
        carried,
      ),
    );
    if (notify !== undefined) await notifier.notify(notify, isPrivate);
  };

  return {
    onRequest: (details) =>
      decide(details, (state, { address, secure }) => {
        const guard = guardOf(state, address, details);
        if (guard === "off") return {};
        if (guard === "damaged") return stop(details, address, "damaged");
        if (guard === "quarantine") return stop(details, address, "quarantine");
        if (!secure) return details.type === "main_frame" ? { upgradeToSecure: true } : { cancel: true };
        const moved = details.type === "main_frame" ? withoutCode(details.url) : undefined;
        return moved === undefined ? {} : { redirectUrl: moved };
      }),

    onSendHeaders: (details) =>
      decide(details, async (state, { address }) => {
        const { method, url, requestHeaders = [] } = details;
        const guard = guardOf(state, address, details);
        if (guard === "off") return {};
        const load = loadOf({ method, url, headers: requestHeaders.map(({ name }) => name) });
        if (load === "nothing") return { requestHeaders: closing(requestHeaders) };
        const why = guard === "on" ? await hold(details, address, load) : guard;
        if (why !== undefined) return stop(details, address, why);
        released.add(details.requestId);
        return { requestHeaders: closing(requestHeaders) };
      }),

    onAnswer: (details, address, verdict) => {
      released.delete(details.requestId);
      const state = store.peek();
      if (state === undefined) return { cancel: true };
      if (guardOf(state, address, details) === "off") return {};
      if (!mayPass(verdict))
        return stop(details, address, verdict?.kind === "unchecked" ? verdict.reason : "quarantine");
      return { responseHeaders: withoutAlternative(details.responseHeaders ?? []) };
    },

    onUnanswered: ({ requestId, type, method, url, incognito }, address, cutOff) => {
      if (!released.delete(requestId) || !cutOff) return;
      void record(address, incognito === true, "secret", { type, method, url: withoutSecrets(url) });
    },
  };
}

/** A probe is padded to the size of what it stands for, up to here. */
const MAX_SIZE = 16_384;

const random = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
