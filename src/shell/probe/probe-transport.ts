import browser from "webextension-polyfill";
import type { Address } from "../../core/address";
import type { ProbeReport } from "../../core/probe/probe-outcome";
import { ROUND_RESULT, type RoundResult } from "../../core/probe/probe-round";
import { SOON } from "./probe-registry";
import { sendRound } from "./send-probe";
import { withTimeout } from "../with-timeout";

/** Maximum time of each half of a round, in ms. */
export const LIMIT = 5000;

interface Manner {
  readonly address: Address;
  /** `page`: over the pool of the page's own requests; anything else without credentials. */
  readonly pool: "page" | "apart" | "socket";
  /** Bytes of each body. */
  readonly size?: number;
}

/** A WebSocket that is to be opened, and what webRequest reports about its handshake. */
export interface Socket {
  readonly url: string;
  readonly told: Promise<ProbeReport>;
}

/**
 * Sends POSTs, and a WebSocket handshake when there is one to send, from a tab, or from the background when none is given.
 * @returns what became of the POSTs; `undefined` when the tab has no document of the instance (any more). Never rejects.
 */
export async function send(
  tabId: number | undefined,
  manner: Manner,
  first: readonly string[],
  then: readonly string[],
  socket?: Socket,
): Promise<RoundResult | undefined> {
  const sent =
    tabId === undefined
      ? sendFromBackground(manner, first, then, socket)
      : sendFromTab(tabId, manner, first, then, socket);
  // A page that does nothing any more has sent what it could.
  return withTimeout(sent, 2 * LIMIT + SOON, { first: first.map(() => ({ isAnswered: false })), then: [] });
}

function sendFromBackground(
  manner: Manner,
  first: readonly string[],
  then: readonly string[],
  socket: Socket | undefined,
): Promise<RoundResult | undefined> {
  // Firefox connects one WebSocket to a server at a time: the next one would wait for one that is stuck.
  const giveUp = new AbortController();
  void socket?.told.then(({ kind }) => {
    if (kind === "stuck") giveUp.abort();
  });
  return sendRound(first, then, bodyOf(manner), "omit", LIMIT, undefined, socket?.url, giveUp.signal);
}

/** From the page's own document, so of its partition; the credentials mode is what gives it the page's pool as well. */
async function sendFromTab(
  tabId: number,
  manner: Manner,
  first: readonly string[],
  then: readonly string[],
  socket: Socket | undefined,
): Promise<RoundResult | undefined> {
  try {
    const credentials: RequestCredentials = manner.pool === "page" ? "same-origin" : "omit";
    const args = [[...first], [...then], bodyOf(manner), credentials, LIMIT, `https://${manner.address}`];
    const frames = await browser.scripting.executeScript({
      target: { tabId },
      injectImmediately: true,
      func: sendRound,
      // What is left out comes as `null` to the tab.
      args: socket === undefined ? args : [...args, socket.url],
    });
    const result = ROUND_RESULT.safeParse(frames[0]?.result);
    return result.success ? result.data : undefined;
  } catch {
    return undefined; // no document of the instance in that tab (any more)
  }
}

const bodyOf = ({ size = 0 }: Manner): string => "{}".padEnd(size);
