import browser, { type WebRequest } from "webextension-polyfill";
import type { Address } from "../core/address";
import type { Reason } from "../core/observation";
import { probeHeaders, probeUrl, socketUrl } from "../core/probe";
import { judgeRound, reachOf, ROUND_RESULT, type RoundResult } from "../core/probe-round";
import { isOurs, isRed, type Verdict } from "../core/verdict";
import type { Turn } from "./turns";
import { createGate, type Gate } from "./gate";
import { sendRound } from "./send-probe";
import { steadyNow } from "./steady-clock";
import { within } from "./within";

/**
 * Probes show what a new connection to an instance looks like now. No request of Firefox's is proof alone, for Firefox
 * sends most of them again by itself, over another connection, when the first one ends in certain ways:
 * - a WebSocket handshake is never sent again over HTTP/1.1, but may be when the peer speaks HTTP/2;
 * - POSTs are sent again after 421 and 408, but a pair of them shows when the peer speaks HTTP/2 ({@link judgeRound}).
 * So a round has both. What goes together leaves at the same moment in random order ({@link createGate}), or its order
 * would tell an attacker which is which before the first byte of HTTP.
 */
export interface Prober {
  /**
   * Takes note that Firefox asks about the probe with this nonce: where something waits in the same turn so does the
   * probe, and another is sent in its place.
   * @returns whether it is one of ours
   */
  readonly asked: (nonce: string | undefined, turn: Turn) => boolean;
  /** What becomes of a probe before it is sent; `undefined` for a request that is none of ours. */
  readonly onSendHeaders: (
    nonce: string | undefined,
    headers: WebRequest.HttpHeaders,
    turn: Turn,
  ) => Promise<WebRequest.BlockingResponse> | undefined;
  /**
   * Takes note that Firefox has told why the probe with this nonce got no answer.
   * @returns whether that is to be left to the prober: it alone can tell an instance that is offline from an attacker
   * who took the request and hung up
   */
  readonly failed: (nonce: string | undefined, reason: Reason) => boolean;
  /** Whether a nonce is that of a probe for a private window. */
  readonly isPrivate: (nonce: string | undefined) => boolean;
  /** Says of an answer whether it is to the probe with this nonce; `undefined` where no probe of ours has it. */
  readonly answered: (nonce: string | undefined) => Answered | undefined;
  /** Checks an address over new connections. Resolves when done; never rejects. */
  readonly probe: (target: Target) => Promise<Outcome>;
  /** Sends what goes together with secrets of a pool, so that they look like a round. @returns what those wait at */
  readonly accompany: (target: Target, secrets: number) => Gate;
  /** Announces a WebSocket of our own that is to be opened: by the instance only, as its own answer's certificate tells. */
  readonly expectSocket: (address: Address) => Expected;
}

export interface Expected {
  readonly url: string;
  /** Whether the handshake's answer was the instance's own. */
  readonly isOurs: Promise<boolean>;
  /** From now on the nonce is nobody's. */
  readonly end: () => void;
}

/** What is known of a probe when its answer comes, and how to say what became of it. */
export interface Answered {
  /** Whether it ends with its answer: a WebSocket is opened by the instance only. */
  readonly cancel: (verdict: Verdict | undefined) => boolean;
  /** Whether it came over a connection made for it alone, and was never sent to anyone else; known a moment later. */
  readonly isFresh: Promise<boolean>;
  /** Whether it goes the way of the page's requests, so that it tells what protocol they have. */
  readonly tellsProtocol: boolean;
  /** Takes note of what was said of the answer: the probe is over. @param isOwn - see `core/probe.ts` */
  readonly judged: (verdict: Verdict | undefined, isOwn: boolean, isRedirect: boolean) => void;
}

/** What a check came to: what is said of the connections made for it, or why there was no answer over one. */
export type Outcome =
  | {
      readonly kind: "judged";
      readonly verdict: Verdict;
      readonly from: "tab" | "background";
      /** Whether the connection that was looked at tells nothing of those that the instance's other requests go over. */
      readonly isBlind: boolean;
    }
  | { readonly kind: "unanswered"; readonly reason: Reason };

/** An instance, as the windows of one kind know it. */
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
   * - `page`: rounds over the connections of the page's own requests, using up what there is of them.
   * - `apart`: rounds as Firefox sends what carries no credentials, so that the page keeps its connections.
   * - `socket`: a WebSocket handshake alone, which costs the page nothing. It does not see an attacker who speaks HTTP/2.
   */
  readonly pool: "page" | "apart" | "socket";
  /** How many POSTs go at once in a round; 2 unless told. */
  readonly width?: number;
}

type Kind = "first" | "then" | "companion" | "socket" | "version";

interface Waiting {
  readonly private: boolean;
  readonly kind: Kind;
  readonly tell: (told: Told) => void;
  readonly isFresh: Promise<boolean>;
  readonly gate: Gate | undefined;
}

/** What webRequest has told of a probe. */
type Told =
  | { readonly kind: "stuck" }
  | {
      readonly kind: "answered";
      readonly verdict: Verdict | undefined;
      readonly isOwn: boolean;
      readonly isRedirect: boolean;
    }
  | { readonly kind: "failed"; readonly reason: Reason };

/** What one round came to; `not-sent` and `again` say nothing of the instance. */
type Round = Outcome | { readonly kind: "not-sent" } | { readonly kind: "again"; readonly why: Again };
type Again = "stuck" | "reused" | "inconclusive";

/** Maximum time of each half of a round, in ms. */
const LIMIT = 5000;
/** That a request failed is told to its page and to webRequest at about the same time. */
const SOON = 1000;
/** Firefox leaves up to six connections behind (`network.http.max-persistent-connections-per-server`); a round uses up two. */
const MAX_TRIES = 9;
const WIDTH = 2;
/** More would be queued (six connections to a server). */
const MAX_WIDTH = 4;

/** Told where an instance could not be checked, and why. @param at - milliseconds since 1970, when that began */
export type OnUnchecked = (subject: Subject, at: number, reason: Reason) => void;

/** What a round told of this browser: why Guard can't check in it, or that it can. */
export type OnLimit = (isPrivate: boolean, limit: "no-timing" | "coarse-clock" | undefined) => void;

/** @param onUnchecked - told where a check ended without any answer that Firefox showed us */
export function createProber(onUnchecked: OnUnchecked, onLimit: OnLimit): Prober {
  const waiting = new Map<string, Waiting>();

  const entryOf = (nonce: string | undefined): Waiting | undefined =>
    nonce === undefined ? undefined : waiting.get(nonce);

  /** One that Firefox asks about together with a request that is held goes no further than that one does. */
  const askedAbout = (nonce: string | undefined, turn: Turn): Waiting | undefined => {
    const entry = entryOf(nonce);
    // Its maker waits for a version longer than anything is held.
    if (entry !== undefined && entry.kind !== "version")
      turn.whenHeld(() => {
        entry.tell({ kind: "stuck" });
      });
    return entry;
  };

  /** Makes a probe known to the listeners. @returns its nonce, and what webRequest tells of it */
  const expect = (
    target: Subject,
    kind: Kind,
    isFresh: Promise<boolean>,
    gate?: Gate,
  ): { nonce: string; told: Promise<Told> } => {
    const nonce = newNonce();
    const { promise: told, resolve: tell } = Promise.withResolvers<Told>();
    waiting.set(nonce, { private: target.private, kind, tell, isFresh, gate });
    return { nonce, told };
  };

  /** Their sender is done with them; webRequest may have something to tell of them a moment later. */
  const forget = (probes: readonly { readonly nonce: string }[]): void => {
    setTimeout(() => {
      for (const { nonce } of probes) waiting.delete(nonce);
    }, SOON);
  };

  /**
   * Opens a WebSocket and closes it at once. Resolves when it has been opened or has failed. One that is stuck is given up:
   * Firefox connects one WebSocket to a server at a time, so the next one would wait for it.
   */
  const handshake = async (url: string, told: Promise<Told>): Promise<void> => {
    let socket: WebSocket | undefined;
    const ended = new Promise<void>((done) => {
      try {
        socket = new WebSocket(url);
        for (const event of ["open", "error", "close"])
          socket.addEventListener(event, () => {
            done();
          });
      } catch {
        done();
      }
      void told.then(({ kind }) => {
        if (kind === "stuck") done();
      });
    });
    await within(ended, LIMIT, undefined);
    socket?.close();
  };

  const soon = (told: Promise<Told>): Promise<Told> =>
    within(told, SOON, { kind: "failed", reason: "probe-unanswered" } as const);

  const checkBySocket = async (target: Target): Promise<Round> => {
    const socket = expect(target, "socket", Promise.resolve(true));
    await handshake(socketUrl(target.address, socket.nonce), socket.told);
    const known = await soon(socket.told);
    forget([socket]);
    if (known.kind === "stuck") return { kind: "again", why: "stuck" };
    if (known.kind === "answered")
      return known.verdict === undefined
        ? { kind: "unanswered", reason: "probe-unanswered" }
        : { kind: "judged", verdict: known.verdict, from: "background", isBlind: !known.isOwn };
    return { kind: "unanswered", reason: await reasonOf(known.reason, target) };
  };

  /** Firefox has one error for an instance that is offline and for one that hung up; the timing of a POST tells. */
  const reasonOf = async (reason: Reason, target: Target): Promise<Reason> => {
    if (reason !== "cut-off") return reason;
    for (const tabId of [...target.tabIds, undefined]) {
      const probe = expect(target, "then", Promise.resolve(false));
      const result = await send(tabId, target, [probeUrl(target.address, probe.nonce)], []);
      forget([probe]);
      const [post] = result?.first ?? [];
      if (post !== undefined)
        return !post.isAnswered && reachOf(post.timing) === "not-connected" ? "unreachable" : reason;
    }
    return reason;
  };

  const round = async (tabId: number | undefined, target: Target): Promise<Round> => {
    const width = Math.min(Math.max(target.width ?? WIDTH, WIDTH), MAX_WIDTH);
    const { promise: isFresh, resolve: say } = Promise.withResolvers<boolean>();
    const gate = createGate(width + 1);
    const first = Array.from({ length: width }, () => expect(target, "first", isFresh, gate));
    const then = Array.from({ length: width }, () => expect(target, "then", Promise.resolve(false)));
    const socket = expect(target, "socket", isFresh, gate);
    const urls = (probes: readonly { nonce: string }[]): string[] =>
      probes.map(({ nonce }) => probeUrl(target.address, nonce));
    const shaken = handshake(socketUrl(target.address, socket.nonce), socket.told);
    const stuck = Promise.race(
      [...first, ...then, socket].map(
        ({ told }) =>
          new Promise<"stuck">((done) => {
            void told.then(({ kind }) => {
              if (kind === "stuck") done(kind);
            });
          }),
      ),
    );
    const over = Promise.all([send(tabId, target, urls(first), urls(then)), shaken]).then(([result]) => result);
    const result = await Promise.race([over, stuck]);
    gate.open();
    const come = async (): Promise<Round> => {
      if (result === "stuck") return { kind: "again", why: "stuck" };
      if (result === undefined) return { kind: "not-sent" };
      const toldFirst = await Promise.all(first.map(({ told }) => soon(told)));
      const toldThen = await Promise.all(then.slice(0, result.then.length).map(({ told }) => soon(told)));
      const toldSocket = await soon(socket.told);
      return outcomeOf(result, [...toldFirst, ...toldThen], toldSocket, tabId === undefined ? "background" : "tab");
    };
    const came = await come();
    if (came.kind === "judged" && !came.isBlind && isOurs(came.verdict)) onLimit(target.private, undefined);
    if (came.kind === "unanswered" && (came.reason === "no-timing" || came.reason === "coarse-clock"))
      onLimit(target.private, came.reason);
    say(came.kind === "judged" && !came.isBlind);
    // What is stuck goes on later, and is still ours.
    void over.finally(() => {
      forget([...first, ...then, socket]);
    });
    return came;
  };

  /** From the best tab that can; from the background where none can. */
  const check = async (target: Target): Promise<Round> => {
    if (target.pool === "socket") return checkBySocket(target);
    for (const tabId of target.tabIds) {
      const came = await round(tabId, target);
      if (came.kind !== "not-sent") return came;
    }
    return round(undefined, target);
  };

  return {
    asked: (nonce, turn) => askedAbout(nonce, turn) !== undefined,

    onSendHeaders: (nonce, headers, turn) => {
      const entry = askedAbout(nonce, turn);
      if (entry === undefined) return undefined;
      const requestHeaders = probeHeaders(headers, entry.kind === "first" ? "keep" : "close");
      const gone = entry.gate?.arrive() ?? Promise.resolve();
      return gone.then(() => ({ requestHeaders }));
    },

    isPrivate: (nonce) => entryOf(nonce)?.private === true,

    failed: (nonce, reason) => {
      const entry = entryOf(nonce);
      entry?.tell({ kind: "failed", reason });
      return entry !== undefined && reason === "cut-off";
    },

    answered: (nonce) => {
      const entry = entryOf(nonce);
      if (entry === undefined) return undefined;
      const isSocket = entry.kind === "socket" || entry.kind === "version";
      return {
        cancel: (verdict) => isSocket && (verdict === undefined || !isOurs(verdict)),
        isFresh: entry.isFresh,
        tellsProtocol: !isSocket,
        judged: (verdict, isOwn, isRedirect) => {
          entry.tell({ kind: "answered", verdict, isOwn, isRedirect });
        },
      };
    },

    expectSocket: (address) => {
      const { nonce, told } = expect({ address, private: false }, "version", Promise.resolve(true));
      const { promise, resolve } = Promise.withResolvers<boolean>();
      void told.then((known) => {
        resolve(known.kind === "answered" && known.verdict !== undefined && isOurs(known.verdict));
      });
      const end = (): void => {
        waiting.delete(nonce);
        resolve(false);
      };
      return { url: socketUrl(address, nonce), isOurs: promise, end };
    },

    accompany: (target, secrets) => {
      const posts = Math.max(0, WIDTH - secrets);
      const gate = createGate(secrets + posts + 1);
      const isFresh = Promise.resolve(false);
      const companions = Array.from({ length: posts }, () => expect(target, "companion", isFresh, gate));
      const socket = expect(target, "companion", isFresh, gate);
      const urls = companions.map(({ nonce }) => probeUrl(target.address, nonce));
      const [tabId] = target.tabIds;
      const sent = [handshake(socketUrl(target.address, socket.nonce), socket.told), send(tabId, target, urls, [])];
      void Promise.allSettled(sent).then(() => {
        forget([...companions, socket]);
      });
      return gate;
    },

    probe: async (target) => {
      const at = Date.now();
      const unanswered = (reason: Reason): Outcome => {
        onUnchecked(target, at, reason);
        return { kind: "unanswered", reason };
      };
      const end = steadyNow() + LIMIT;
      for (let tries = 0; tries < MAX_TRIES;) {
        const came = await check(target).catch(() => undefined);
        if (came === undefined) return unanswered("check-failed");
        if (came.kind === "judged") return came;
        if (came.kind === "not-sent") return unanswered("probe-unanswered");
        if (came.kind === "unanswered") return isToldElsewhere(came.reason) ? came : unanswered(came.reason);
        if (came.why === "stuck" && steadyNow() > end) return unanswered("probe-unanswered");
        if (came.why !== "stuck") tries++;
      }
      return unanswered("not-fresh");
    },
  };
}

/** What a round shows, the worst first. */
function outcomeOf(
  { first, then }: RoundResult,
  toldPosts: readonly Told[],
  toldSocket: Told,
  from: "tab" | "background",
): Round {
  const all = [...toldPosts, toldSocket];
  if (all.some(({ kind }) => kind === "stuck")) return { kind: "again", why: "stuck" };
  const answers = all.filter((told) => told.kind === "answered");
  const notOurs = answers
    .flatMap(({ verdict }) => (verdict === undefined || isOurs(verdict) ? [] : [verdict]))
    .sort((a, b) => Number(isRed(b)) - Number(isRed(a)));
  const [worst] = notOurs;
  if (worst !== undefined) return { kind: "judged", verdict: worst, from, isBlind: false };

  const posts = [...first, ...then].map((post, index) => ({ post, told: toldPosts[index] }));
  const failed = posts.flatMap(({ post, told }) => (told?.kind === "failed" ? [{ post, reason: told.reason }] : []));
  const reasons = failed.map(({ post, reason }): Reason => {
    const reach = reachOf(post.timing);
    // Firefox's errors tell little of how far a request came, its timing does: an attacker who hangs up before the
    // handshake and after the request has the same error, a record that is no TLS that of a handshake refused.
    if (reach === "not-connected" && reason === "cut-off") return "unreachable";
    return reach === "taken" && reason !== "probe-unanswered" ? "cut-off" : reason;
  });
  if (toldSocket.kind === "failed" && failed.length === 0) reasons.push(toldSocket.reason);
  const reason = reasons.find((known) => known === "cut-off") ?? reasons[0];
  if (reason !== undefined) return { kind: "unanswered", reason };

  const ours = answers.flatMap(({ verdict }) => (verdict !== undefined && isOurs(verdict) ? [verdict] : []));
  const [verdict] = ours;
  if (verdict === undefined) return { kind: "unanswered", reason: "probe-unanswered" };
  if (toldPosts.some((told) => told.kind === "answered" && !told.isOwn))
    return { kind: "judged", verdict, from, isBlind: true };
  // Firefox tells no times of an answer that leads elsewhere: that is no fault of the browser's.
  if (answers.some(({ isRedirect }) => isRedirect)) return { kind: "again", why: "inconclusive" };
  const evidence = judgeRound(
    first.map(({ timing }) => timing),
    then.map(({ timing }) => timing),
  );
  switch (evidence) {
    case "fresh":
      return { kind: "judged", verdict, from, isBlind: false };
    case "no-timing":
    case "coarse-clock":
      return { kind: "unanswered", reason: evidence };
    case "worker":
      return { kind: "not-sent" };
    case "reused":
    case "inconclusive":
      return { kind: "again", why: evidence };
  }
}

/** Of other failures the watcher tells, in Firefox's own words. */
const isToldElsewhere = (reason: Reason): boolean => !["cut-off", "unreachable", "probe-unanswered"].includes(reason);

/** From a tab, or from the background where none is given. */
const send = (
  tabId: number | undefined,
  target: Target,
  first: readonly string[],
  then: readonly string[],
): Promise<RoundResult | undefined> =>
  tabId === undefined ? sendRound(first, then, bodyOf(target), "omit", LIMIT) : sendFromTab(tabId, target, first, then);

/** From the page's own document, so of its partition; the credentials mode is what gives it the page's pool as well. */
async function sendFromTab(
  tabId: number,
  target: Target,
  first: readonly string[],
  then: readonly string[],
): Promise<RoundResult | undefined> {
  try {
    const credentials: RequestCredentials = target.pool === "page" ? "same-origin" : "omit";
    const answered = browser.scripting.executeScript({
      target: { tabId },
      injectImmediately: true,
      func: sendRound,
      args: [[...first], [...then], bodyOf(target), credentials, LIMIT, `https://${target.address}`],
    });
    const frames = await within(answered, 2 * LIMIT + SOON, undefined);
    // A page that does nothing any more has sent what it could.
    if (frames === undefined) return { first: first.map(() => ({ isAnswered: false })), then: [] };
    const result = ROUND_RESULT.safeParse(frames[0]?.result);
    return result.success ? result.data : undefined;
  } catch {
    return undefined; // no document of the instance in that tab (any more)
  }
}

const newNonce = (): string => crypto.randomUUID().replaceAll("-", "");

const bodyOf = ({ size = 0 }: Target): string => "{}".padEnd(size);
