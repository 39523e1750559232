import browser from "webextension-polyfill";
import type { Address } from "../core/address";
import type { Reason } from "../core/observation";
import { probeUrl, socketUrl } from "../core/probe";
import { isRed, type Verdict } from "../core/verdict";

/** What is known of a probe when its answer comes. */
export interface Answered {
  /** Whether the answer came over a connection made for the probe alone. */
  readonly connection: "fresh" | "reused";
  /** A WebSocket handshake has told all when it is answered: it is not opened. */
  readonly cancel: boolean;
}

export interface Prober {
  readonly isOurs: (nonce: string | undefined) => boolean;
  /**
   * Takes note that Firefox has told why the probe with this nonce got no answer.
   * @returns whether that is to be left to the prober: it alone can tell a house that is offline from one who took the
   * request and hung up
   */
  readonly failed: (nonce: string | undefined, reason: Reason) => boolean;
  /** Whether a nonce is that of a probe for a private window. */
  readonly isPrivate: (nonce: string | undefined) => boolean;
  /** Says of an answer whether it is to the probe with this nonce; `undefined` where no probe of ours has it. */
  readonly answered: (nonce: string | undefined, ownConnection: boolean) => Answered | undefined;
  /** Takes note that the answer to the probe with this nonce has been judged: the probe is over. */
  readonly judged: (nonce: string | undefined, connection: "fresh" | "reused", verdict: Verdict | undefined) => void;
  /** Looks at an address over a fresh connection, in the tab where one is given. Resolves when done; never rejects. */
  readonly probe: (target: Target) => Promise<Outcome>;
}

/** What a probe came to: what is said of the connection made for it, or why it got no answer over one. */
export type Outcome =
  { readonly kind: "judged"; readonly verdict: Verdict } | { readonly kind: "unanswered"; readonly reason: Reason };

export interface Target {
  readonly address: Address;
  readonly private: boolean;
  readonly tabId?: number;
  /** Bytes of its body, where it is to look like a request of that size. */
  readonly size?: number;
}

interface Waiting {
  readonly private: boolean;
  readonly socket: boolean;
  /** Called with what webRequest has told of it. */
  readonly tell: (told: Told) => void;
}

type Told =
  | { readonly connection: "fresh" | "reused"; readonly verdict: Verdict | undefined; readonly reason?: undefined }
  | { readonly connection?: undefined; readonly reason: Reason };

const LIMIT = 5000;

/** @param onUnanswered - told where a probe ended without any answer that Firefox showed us */
export function createProber(onUnanswered: (target: Target, at: number, reason: Reason) => void): Prober {
  const waiting = new Map<string, Waiting>();
  const newNonce = (): string => crypto.randomUUID().replaceAll("-", "");

  /** Sends one probe from the tab, or from the background where there is no tab or it cannot. */
  const send = async (target: Target, at: number, socket: boolean): Promise<Told | undefined> => {
    for (const tabId of target.tabId === undefined ? [undefined] : [target.tabId, undefined]) {
      const nonce = newNonce();
      const { promise, resolve: tell } = Promise.withResolvers<Told | undefined>();
      waiting.set(nonce, { private: target.private, socket, tell });
      const url = socket ? socketUrl(target.address, nonce) : probeUrl(target.address, nonce);
      const stage = await (tabId === undefined
        ? sendProbe(url, bodyOf(target), "omit", LIMIT)
        : sendFromTab(tabId, target, url));
      // The page learns the end of a request before we are told of it, or after.
      setTimeout(tell, stage === "not-sent" ? 0 : LIMIT, undefined);
      const told = await promise;
      waiting.delete(nonce);
      if (told === undefined) continue;
      if (told.reason !== "cut-off") return told;
      const reason = stage === "not-connected" ? "unreachable" : "cut-off";
      onUnanswered(target, at, reason);
      return { reason };
    }
    return undefined;
  };

  return {
    isOurs: (nonce) => nonce !== undefined && waiting.has(nonce),
    isPrivate: (nonce) => nonce !== undefined && waiting.get(nonce)?.private === true,

    failed: (nonce, reason) => {
      const entry = nonce === undefined ? undefined : waiting.get(nonce);
      if (entry === undefined) return false;
      entry.tell({ reason });
      return reason === "cut-off";
    },

    answered: (nonce, ownConnection) => {
      const entry = nonce === undefined ? undefined : waiting.get(nonce);
      if (entry === undefined) return undefined;
      return { connection: ownConnection ? "fresh" : "reused", cancel: entry.socket };
    },

    judged: (nonce, connection, verdict) => {
      if (nonce !== undefined) waiting.get(nonce)?.tell({ connection, verdict });
    },

    probe: async (target) => {
      const at = Date.now();
      const unanswered = (reason: Reason): Outcome => {
        onUnanswered(target, at, reason);
        return { kind: "unanswered", reason };
      };
      for (const socket of [false, true]) {
        const told = await send(target, at, socket);
        if (told === undefined) return unanswered("probe-unanswered");
        if (told.reason !== undefined) return { kind: "unanswered", reason: told.reason };
        const { connection, verdict } = told;
        if (verdict !== undefined && (connection === "fresh" || isRed(verdict))) return { kind: "judged", verdict };
      }
      return unanswered("not-fresh");
    },
  };
}

/** In the page's own world of connections: its credentials mode is what gives it the page's pool and partition. */
async function sendFromTab(tabId: number, target: Target, url: string): Promise<Stage> {
  try {
    const [frame] = await browser.scripting.executeScript({
      target: { tabId },
      injectImmediately: true,
      func: sendProbe,
      args: [url, bodyOf(target), "same-origin", LIMIT, `https://${target.address}`],
    });
    return STAGES.find((stage) => stage === frame?.result) ?? "not-sent";
  } catch {
    return "not-sent"; // no document of the house in that tab (any more): the background's turn
  }
}

const bodyOf = ({ size = 0 }: Target): string => "{}".padEnd(size);

/** How far a probe came, which its resource timing tells: `not-connected` is not even through the TLS handshake. */
const STAGES = ["not-sent", "not-connected", "sent"] as const;
type Stage = (typeof STAGES)[number];

/**
 * Sends one probe and waits for its end, at most `limit` milliseconds. Runs in the tab as well as here, so it must stand
 * alone: Firefox takes its source text there, without what it refers to. Any answer will do, and whether there was one
 * is for webRequest to say.
 * @param origin - where given, nothing is sent from a document of another origin: the tab may have moved on
 */
async function sendProbe(
  url: string,
  body: string,
  credentials: RequestCredentials,
  limit: number,
  origin?: string,
): Promise<Stage> {
  if (origin !== undefined && location.origin !== origin) return "not-sent";
  if (!url.startsWith("wss:")) {
    const init: RequestInit = { method: "POST", body, credentials, cache: "no-store", redirect: "manual" };
    // It comes a moment after the answer; an observer is given it where the page's own buffer is full, too.
    const timed = new Promise<PerformanceResourceTiming | undefined>((done) => {
      new PerformanceObserver((list, observer) => {
        const [timing] = list.getEntriesByName(url) as PerformanceResourceTiming[];
        if (timing === undefined) return;
        observer.disconnect();
        done(timing);
      }).observe({ type: "resource" });
      setTimeout(done, limit);
    });
    const answered = await fetch(url, { ...init, signal: AbortSignal.timeout(limit) }).catch(() => undefined);
    if (answered !== undefined) return "sent";
    const timing = await timed;
    return timing !== undefined && timing.requestStart < timing.connectStart ? "not-connected" : "sent";
  }
  await new Promise<void>((done) => {
    const socket = new WebSocket(url);
    for (const event of ["open", "error", "close"]) {
      socket.addEventListener(event, () => {
        socket.close();
        done();
      });
    }
    setTimeout(done, limit);
  });
  return "sent";
}
