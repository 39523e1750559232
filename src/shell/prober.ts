import browser from "webextension-polyfill";
import type { Address } from "../core/address";
import type { Reason } from "../core/observation";
import { probeUrl, socketUrl } from "../core/probe";

/** What is known of a probe when its answer comes. */
export interface Answered {
  /** Whether the answer came over a connection made for the probe alone. */
  readonly connection: "fresh" | "reused";
  /** A WebSocket handshake has told all when it is answered: it is not opened. */
  readonly cancel: boolean;
}

export interface Prober {
  readonly isOurs: (nonce: string | undefined) => boolean;
  /** Takes note that Firefox has told why the probe with this nonce got no answer. */
  readonly failed: (nonce: string | undefined) => void;
  /** Whether a nonce is that of a probe for a private window. */
  readonly isPrivate: (nonce: string | undefined) => boolean;
  /** Takes note that the probe with this nonce was answered; `undefined` where no probe of ours has it. */
  readonly answered: (nonce: string | undefined, ownConnection: boolean) => Answered | undefined;
  /** Looks at an address over a fresh connection, in the tab where one is given. Resolves when done; never rejects. */
  readonly probe: (target: Target) => Promise<void>;
}

export interface Target {
  readonly address: Address;
  readonly private: boolean;
  readonly tabId?: number;
}

interface Waiting {
  readonly private: boolean;
  readonly socket: boolean;
  connection?: "fresh" | "reused";
  isExplained?: boolean;
}

const LIMIT = 5000;

/** @param onUnanswered - told where a probe ended without any answer that Firefox showed us */
export function createProber(onUnanswered: (target: Target, at: number, reason: Reason) => void): Prober {
  const waiting = new Map<string, Waiting>();
  const newNonce = (): string => crypto.randomUUID().replaceAll("-", "");

  /** Sends one probe from the tab, or from the background where there is no tab or it cannot: how it was answered. */
  const send = async (target: Target, socket: boolean): Promise<"fresh" | "reused" | "failed" | undefined> => {
    for (const tabId of target.tabId === undefined ? [undefined] : [target.tabId, undefined]) {
      const nonce = newNonce();
      const entry: Waiting = { private: target.private, socket };
      waiting.set(nonce, entry);
      const url = socket ? socketUrl(target.address, nonce) : probeUrl(target.address, nonce);
      await (tabId === undefined ? sendProbe(url, "omit", LIMIT) : sendFromTab(tabId, target, url));
      waiting.delete(nonce);
      if (entry.connection !== undefined) return entry.connection;
      if (entry.isExplained === true) return "failed";
    }
    return undefined;
  };

  return {
    isOurs: (nonce) => nonce !== undefined && waiting.has(nonce),
    isPrivate: (nonce) => nonce !== undefined && waiting.get(nonce)?.private === true,

    failed: (nonce) => {
      const entry = nonce === undefined ? undefined : waiting.get(nonce);
      if (entry !== undefined) entry.isExplained = true;
    },

    answered: (nonce, ownConnection) => {
      const entry = nonce === undefined ? undefined : waiting.get(nonce);
      if (entry === undefined) return undefined;
      entry.connection = ownConnection ? "fresh" : "reused";
      return { connection: entry.connection, cancel: entry.socket };
    },

    probe: async (target) => {
      const at = Date.now();
      const posted = await send(target, false);
      if (posted === "fresh" || posted === "failed") return;
      if (posted === undefined) {
        onUnanswered(target, at, "probe-unanswered");
        return;
      }
      const shaken = await send(target, true);
      if (shaken === "fresh" || shaken === "failed") return;
      onUnanswered(target, at, shaken === undefined ? "probe-unanswered" : "not-fresh");
    },
  };
}

/** In the page's own world of connections: its credentials mode is what gives it the page's pool and partition. */
async function sendFromTab(tabId: number, { address }: Target, url: string): Promise<void> {
  try {
    await browser.scripting.executeScript({
      target: { tabId },
      injectImmediately: true,
      func: sendProbe,
      args: [url, "same-origin", LIMIT, `https://${address}`],
    });
  } catch {
    // No document of the house in that tab (any more): the background's turn.
  }
}

/**
 * Sends one probe and waits for its end, at most `limit` milliseconds. Runs in the tab as well as here, so it must stand
 * alone: Firefox takes its source text there, without what it refers to. Any answer will do, and whether there was one
 * is for webRequest to say.
 * @param origin - where given, nothing is sent from a document of another origin: the tab may have moved on
 */
async function sendProbe(url: string, credentials: RequestCredentials, limit: number, origin?: string): Promise<void> {
  if (origin !== undefined && location.origin !== origin) return;
  if (!url.startsWith("wss:")) {
    const init: RequestInit = { method: "POST", body: "{}", credentials, cache: "no-store", redirect: "manual" };
    await fetch(url, { ...init, signal: AbortSignal.timeout(limit) }).catch(() => undefined);
    return;
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
}
