import browser from "webextension-polyfill";
import type { Address } from "../core/address";
import type { Reason } from "../core/observation";
import { probeUrl, socketUrl } from "../core/probe";
import { isOurs, isRed, type Verdict } from "../core/verdict";
import { CONNECTIONS, sendProbe, STAGES, type Connection, type Stage } from "./send-probe";
import { steadyNow } from "./steady-clock";
import type { Turn } from "./turns";
import { within } from "./within";

export interface Prober {
  /**
   * Takes note that Firefox asks about the probe with this nonce: where something waits in the same turn so does the
   * probe, and another is sent in its place.
   * @returns whether it is one of ours
   */
  readonly asked: (nonce: string | undefined, turn: Turn) => boolean;
  /**
   * Takes note that Firefox has told why the probe with this nonce got no answer.
   * @returns whether that is to be left to the prober: it alone can tell a house that is offline from one who took the
   * request and hung up
   */
  readonly failed: (nonce: string | undefined, reason: Reason) => boolean;
  /** Whether a nonce is that of a probe for a private window. */
  readonly isPrivate: (nonce: string | undefined) => boolean;
  /** Says of an answer whether it is to the probe with this nonce; `undefined` where no probe of ours has it. */
  readonly answered: (nonce: string | undefined) => Answered | undefined;
  /** Looks at an address over a fresh connection, in a tab where there is one. Resolves when done; never rejects. */
  readonly probe: (target: Target) => Promise<Outcome>;
  /** Announces a WebSocket of our own that is to be opened: by the house only, as its own answer's certificate tells. */
  readonly expectSocket: (address: Address) => Expected;
}

export interface Expected {
  readonly url: string;
  /** Whether the handshake's answer was the house's own. */
  readonly isOurs: Promise<boolean>;
  /** From now on the nonce is nobody's. */
  readonly end: () => void;
}

/** What is known of a probe when its answer comes, and how to say what became of it. */
export interface Answered {
  /** Whether it ends with its answer: a WebSocket is opened for one who listens, and only by the house. */
  readonly cancel: (verdict: Verdict | undefined) => boolean;
  /**
   * What connection it came over, which its timing tells a moment later.
   * @param isOwn - whether requests do not share connections in the answer's protocol
   */
  readonly connection: (isOwn: boolean) => Promise<Connection>;
  /** What is to be told of the connection; a WebSocket, which has its own in any case, tells nothing of others. */
  readonly told: (connection: Connection) => { readonly probe: "fresh" | "reused"; readonly blind?: boolean };
  /** Takes note of what was said of the answer: the probe is over. */
  readonly judged: (verdict: Verdict | undefined, connection: Connection) => void;
}

/** What a probe came to: what is said of the connection made for it, or why it got no answer over one. */
export type Outcome =
  | {
      readonly kind: "judged";
      readonly verdict: Verdict;
      readonly from: "tab" | "background";
      /** Whether the connection that was looked at tells nothing of those that the house's other requests go over. */
      readonly isBlind: boolean;
    }
  | { readonly kind: "unanswered"; readonly reason: Reason };

/** A house, as the windows of one kind know it. */
export interface Subject {
  readonly address: Address;
  readonly private: boolean;
}

export interface Target extends Subject {
  /** Tabs that it can be sent from, the best first; from the background where there is none, or none can. */
  readonly tabIds: readonly number[];
  /** Bytes of its body, where it is to look like a request of that size. */
  readonly size?: number;
  /**
   * `page`: over the connections of the page's own requests, using up what there is of them until there is a fresh one.
   * `apart`: as Firefox sends what carries no credentials, so that it leaves those to the page.
   */
  readonly pool: "page" | "apart";
}

interface Waiting {
  readonly private: boolean;
  readonly kind: "post" | "handshake" | "socket";
  readonly tell: (told: Told) => void;
  readonly stage: Promise<Stage>;
}

/** What webRequest has told of a probe. */
type Told =
  | { readonly kind: "not-sent" }
  | { readonly kind: "stuck" }
  | { readonly kind: "answered"; readonly verdict: Verdict | undefined; readonly connection: Connection }
  | { readonly kind: "failed"; readonly reason: Reason };

/** … in the end: another is sent in place of one that is stuck. */
type Sent = Exclude<Told, { readonly kind: "stuck" }>;

/** So long may a probe take. */
const LIMIT = 5000;
/** That a request failed is told to its page and to webRequest at about the same time. */
const SOON = 1000;
/** Firefox leaves up to six connections behind (`network.http.max-persistent-connections-per-server`); a probe uses up one. */
const MAX_TRIES = 9;
/** Neither is a server that answers a look with a body always late, nor a busy computer. */
const MAX_UNSURE = 3;

/** Told where a house could not be looked at, and why. @param at - milliseconds since 1970, when that began */
export type OnUnchecked = (subject: Subject, at: number, reason: Reason) => void;

/**
 * @param onUnchecked - told where a probe ended without any answer that Firefox showed us
 * @param isResent - told where a probe seems to have been sent twice; says whether that cannot be chance any more
 */
export function createProber(onUnchecked: OnUnchecked, isResent: (subject: Subject) => Promise<boolean>): Prober {
  const waiting = new Map<string, Waiting>();

  const sendOne = async (tabId: number | undefined, target: Target, socket: boolean): Promise<Told> => {
    const nonce = newNonce();
    const url = socket ? socketUrl(target.address, nonce) : probeUrl(target.address, nonce);
    const { promise: told, resolve: tell } = Promise.withResolvers<Told>();
    const end = async (): Promise<Stage> => {
      const stage = await (tabId === undefined
        ? sendProbe(url, bodyOf(target), "omit", LIMIT)
        : sendFromTab(tabId, target, url));
      if (stage === "not-sent") tell({ kind: stage });
      const isAnswered = connectionOf(stage) !== undefined;
      setTimeout(tell, isAnswered ? LIMIT : SOON, { kind: "failed", reason: "probe-unanswered" });
      return stage;
    };
    const stage = end();
    waiting.set(nonce, { private: target.private, kind: socket ? "handshake" : "post", tell, stage });
    const known = await told;
    // What is stuck goes on later, and is still ours.
    const over = stage.finally(() => waiting.delete(nonce));
    if (known.kind === "stuck") return known;
    const reached = await over;
    if (known.kind !== "failed") return known;
    // Firefox's errors tell little of how far a request came, its timing does: one who hangs up before the handshake and
    // after the request has the same error, a record that is no TLS that of a handshake refused.
    if (reached === "not-connected" && known.reason === "cut-off") return { kind: "failed", reason: "unreachable" };
    return reached === "taken" && known.reason !== "probe-unanswered" ? { kind: "failed", reason: "cut-off" } : known;
  };

  const sendFrom = async (tabId: number | undefined, target: Target, socket: boolean): Promise<Sent> => {
    const end = steadyNow() + LIMIT;
    for (;;) {
      const told = await sendOne(tabId, target, socket);
      if (told.kind !== "stuck") return told;
      if (steadyNow() > end) return { kind: "failed", reason: "probe-unanswered" };
    }
  };

  const send = async (target: Target, socket: boolean): Promise<{ told: Sent; from: "tab" | "background" }> => {
    for (const tabId of target.tabIds) {
      const told = await sendFrom(tabId, target, socket);
      if (told.kind !== "not-sent") return { told, from: "tab" };
    }
    return { told: await sendFrom(undefined, target, socket), from: "background" };
  };

  return {
    asked: (nonce, turn) => {
      const entry = nonce === undefined ? undefined : waiting.get(nonce);
      // A socket's maker waits for it longer than anything is held.
      if (entry !== undefined && entry.kind !== "socket")
        turn.whenHeld(() => {
          entry.tell({ kind: "stuck" });
        });
      return entry !== undefined;
    },

    isPrivate: (nonce) => nonce !== undefined && waiting.get(nonce)?.private === true,

    failed: (nonce, reason) => {
      const entry = nonce === undefined ? undefined : waiting.get(nonce);
      entry?.tell({ kind: "failed", reason });
      return entry !== undefined && reason === "cut-off";
    },

    answered: (nonce) => {
      const entry = nonce === undefined ? undefined : waiting.get(nonce);
      if (entry === undefined) return undefined;
      const { kind } = entry;
      return {
        cancel: (verdict) => kind === "handshake" || (kind === "socket" && (verdict === undefined || !isOurs(verdict))),
        connection: async (isOwn) => (isOwn ? (connectionOf(await entry.stage) ?? "fresh") : "blind"),
        told: (connection) => ({
          probe: connection === "fresh" ? "fresh" : "reused",
          ...(kind === "socket" ? {} : { blind: kind === "handshake" || connection === "blind" }),
        }),
        judged: (verdict, connection) => {
          entry.tell({ kind: "answered", verdict, connection });
        },
      };
    },

    expectSocket: (address) => {
      const nonce = newNonce();
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const tell = (told: Told): void => {
        resolve(told.kind === "answered" && told.verdict !== undefined && isOurs(told.verdict));
      };
      // Firefox makes a connection of its own for each WebSocket.
      waiting.set(nonce, { private: false, kind: "socket", tell, stage: Promise.resolve("fresh") });
      const end = (): void => {
        waiting.delete(nonce);
        resolve(false);
      };
      return { url: socketUrl(address, nonce), isOurs: promise, end };
    },

    probe: async (target) => {
      const at = Date.now();
      const unanswered = (reason: Reason): Outcome => {
        onUnchecked(target, at, reason);
        return { kind: "unanswered", reason };
      };
      let isBlind = false;
      let unsure = 0;
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        // Where a page's worker stands between, its requests never tell of a fresh connection.
        const isLast = tries === MAX_TRIES - 1;
        // A socket's handshake is never made over a connection that lived on or is shared.
        const { told, from } = await send(isLast ? { ...target, tabIds: [] } : target, isBlind);
        if (told.kind === "not-sent") return unanswered("probe-unanswered");
        if (told.kind === "failed")
          return isToldElsewhere(told.reason) ? { kind: "unanswered", reason: told.reason } : unanswered(told.reason);
        const { verdict, connection } = told;
        if (verdict !== undefined && (connection === "fresh" || isRed(verdict)))
          return { kind: "judged", verdict, from, isBlind };
        if (connection === "resent" && (await isResent(target))) return unanswered("resent");
        if (connection === "blind" && isBlind) break;
        if (connection === "unsure" || connection === "resent") unsure++;
        isBlind = connection === "blind" || unsure === MAX_UNSURE;
      }
      return unanswered("not-fresh");
    },
  };
}

/** Of an answered probe. A WebSocket's stage tells nothing, but it is always made over a connection of its own. */
const connectionOf = (stage: Stage): Connection | undefined => CONNECTIONS.find((connection) => connection === stage);

/** Of other failures the watcher tells, in Firefox's own words. */
const isToldElsewhere = (reason: Reason): boolean => !["cut-off", "unreachable", "probe-unanswered"].includes(reason);

/** From the page's own document, so of its partition; the credentials mode is what gives it the page's pool as well. */
async function sendFromTab(tabId: number, target: Target, url: string): Promise<Stage> {
  try {
    const answered = browser.scripting.executeScript({
      target: { tabId },
      injectImmediately: true,
      func: sendProbe,
      args: [url, bodyOf(target), target.pool === "page" ? "same-origin" : "omit", LIMIT, `https://${target.address}`],
    });
    const frames = await within(answered, LIMIT + SOON, undefined);
    if (frames === undefined) return "unanswered"; // a page that does nothing any more
    return STAGES.find((stage) => stage === frames[0]?.result) ?? "not-sent";
  } catch {
    return "not-sent"; // no document of the house in that tab (any more)
  }
}

const newNonce = (): string => crypto.randomUUID().replaceAll("-", "");

const bodyOf = ({ size = 0 }: Target): string => "{}".padEnd(size);
