import browser from "webextension-polyfill";
import type { Address } from "../../core/address";
import type { ProbeReport } from "../../core/probe/probe-outcome";
import { ROUND_RESULT, type RoundResult } from "../../core/probe/probe-round";
import { SOON } from "./probe-registry";
import { LIMIT } from "./target";
import { sendRound } from "./send-probe";
import { withTimeout } from "../with-timeout";

interface Manner {
  readonly address: Address;
  /** `page`: over the connections of the page's own requests; the others without credentials. */
  readonly pool: "page" | "apart" | "socket";
  /** Bytes of each body. */
  readonly size?: number;
}

/** A WebSocket to open, and what webRequest reports about its handshake. */
export interface Socket {
  readonly url: string;
  readonly told: Promise<ProbeReport>;
}

/**
 * Sends POSTs and, if given, a WebSocket handshake: from a tab, or from the background if none is given.
 * @returns the results of the POSTs; `undefined` if the tab shows no document of the instance. Never rejects.
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
  // The page may have stopped working: what it could send, it has sent by now.
  return withTimeout(sent, 2 * LIMIT + SOON, { first: first.map(() => ({ end: "late" }) as const), then: [] });
}

function sendFromBackground(
  manner: Manner,
  first: readonly string[],
  then: readonly string[],
  socket: Socket | undefined,
): Promise<RoundResult | undefined> {
  // Firefox connects one WebSocket to a server at a time. If one is stuck, the next one would wait for it.
  const giveUp = new AbortController();
  void socket?.told.then(({ kind }) => {
    if (kind === "stuck") giveUp.abort();
  });
  return sendRound(first, then, bodyOf(manner), "omit", LIMIT, undefined, socket?.url, giveUp.signal);
}

/** Sends from the page's own document, so in its partition. The credentials mode selects the page's own pool. */
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
      // Firefox passes a missing argument to the tab as `null`.
      args: socket === undefined ? args : [...args, socket.url],
    });
    const result = ROUND_RESULT.safeParse(frames[0]?.result);
    return result.success ? result.data : undefined;
  } catch {
    return undefined; // no document of the instance in that tab
  }
}

/** Without a size, or for a request without a body, there is none. */
const bodyOf = ({ size = 0 }: Manner): string => " ".repeat(size);
