// A fake of Firefox, with the parts that the background's blocking listeners and probes use. It is a fake because the
// real one can't be made to fail a single call. It treats an answer as the real one does (shown by test/firefox): a
// listener that throws or rejects lets the request go. So does one that still waits when the event page ends.
import { vi } from "vitest";
import type { StoredState } from "../../src/core/state/state";
import { INSTANCE } from "../core/samples";
import { createBrowser, type Button, type Shown } from "./fake/browser";
import { createCalls, type Failing } from "./fake/calls";
import { FakeEvents } from "./fake/events";
import { stubGlobals, type Asked } from "./fake/page";
import { profile, securityInfoOf, TAB, type Peer } from "./fake/profile";

/** Who gets a request. At `nobody`, there is no answer: the attacker closes the connection. */
export type Answerer = Peer | "nobody";

interface Sent extends Asked {
  readonly to: Answerer;
  /** How often a probe has seen the instance's own certificate since Firefox asked about this request's headers. */
  readonly shown: number;
}
interface Details extends Omit<Asked, "headers"> {
  readonly requestId: string;
  readonly timeStamp: number;
  readonly incognito: boolean;
  readonly cookieStoreId: string;
}

export const PAGE = `https://${INSTANCE}/lovelace`;
const STATUS_LINE = "HTTP/1.1 200 OK";
/** Resolving the name comes before connecting. */
const LOOKUP = 4;
const CONNECTING = 8;
const ANSWERING = 3;

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
export const isProbe = ({ url }: Pick<Asked, "url">): boolean => url.includes("latchkey=");
/** Independent of the extension's own rules. */
export const isSecret = ({ method, url, headers = [] }: Asked): boolean =>
  method === "POST" || headers.includes("Authorization") || new URL(url).searchParams.has("code");

export class FakeFirefox {
  /** Every call that was made, by its path. */
  readonly calls = new Set<string>();
  /** What has left the browser, except probes. */
  readonly sent: Sent[] = [];
  /** The servers whose answers reached a page. */
  readonly letThrough: Peer[] = [];
  /** How many requests of a page the background stopped. */
  stopped = 0;
  readonly #disk: { book: StoredState };
  readonly browser: Record<string, unknown>;
  readonly #answerer: (asked: Asked) => Answerer;
  readonly #events = new FakeEvents();
  /** Firefox shows a certificate only while it asks about the answer. */
  readonly #answers = new Map<string, { peer: Peer; isProbe: boolean }>();
  readonly #window: Shown = {
    tab: { id: TAB, url: PAGE, incognito: false, active: true, discarded: false },
    button: { title: "Latchkey: verified", badge: "", icon: "icons/verified.svg" },
    common: { title: "Latchkey", badge: "", icon: "" },
  };
  #shown = 0;
  #idle = 0;
  #lastId = 0;

  /** @param answers - who takes a request */
  constructor(isGuarded: boolean, answers: (asked: Asked) => Answerer, failing: Failing | undefined) {
    this.#answerer = answers;
    const { local, session } = profile(isGuarded);
    this.#disk = local;
    const call = createCalls(this.calls, failing);
    const execute = stubGlobals(call, (asked, onTiming) => this.request(asked, onTiming));
    this.browser = createBrowser({
      call,
      events: this.#events,
      shown: this.#window,
      disk: local,
      session,
      securityInfo: (requestId) => this.#securityInfo(requestId),
      execute: ({ func, args }) => execute(new URL(this.#window.tab.url).origin, func, args),
    });
  }

  /** What the button in the tab shows. */
  get button(): Button {
    return { ...this.#window.common, ...this.#window.button };
  }

  /** Whether the tab shows the page that says why a page was stopped. */
  get isBlockedShown(): boolean {
    return this.#window.tab.url.includes("blocked.html");
  }

  get savedIncidents(): number {
    return this.#disk.book.incidents.length;
  }

  /** Asks the background as one of its pages does. */
  ask(type: string, request: object): Promise<unknown> {
    const sender = { id: "own", url: "moz-extension://own/popup.html" };
    return this.#events.listener("runtime.onMessage")?.({ type, request }, sender) as Promise<unknown>;
  }

  /**
   * A page load in the tab.
   * @param how - `stored`: its service worker has it; `preload`: the worker requests it, without the tab's id;
   * `under-way`: it was requested before the background started
   */
  async load(url: string, how?: "stored" | "preload" | "under-way"): Promise<void> {
    const asked = { type: "main_frame", method: "GET", url, tabId: TAB };
    const details = this.#details(asked);
    if (how === "stored" || how === "preload") {
      const begun = await this.#events.blocking("webRequest.onBeforeRequest", details);
      if (begun.cancel === true) {
        this.#end(details, "NS_ERROR_ABORT");
        return;
      }
    }
    if (how === "preload" && !(await this.request({ ...asked, tabId: -1 }))) return;
    if (how === "under-way" && !(await this.#answer(details, this.#answerer(asked)))) return;
    if (how === undefined && !(await this.request(asked))) return;
    this.#window.tab.url = url;
    this.#window.button = {};
    this.#events.emit("tabs.onUpdated", TAB, { status: "loading", url }, { ...this.#window.tab });
    await sleep(50);
    this.#events.emit("tabs.onUpdated", TAB, { status: "complete" }, { ...this.#window.tab });
  }

  /** A request from its beginning to its end. @returns whether the page got an answer */
  async request(asked: Asked, onTiming?: (timing: object) => void): Promise<boolean> {
    const startTime = performance.now();
    let details = this.#details(asked);
    for (;;) {
      const begun = await this.#events.blocking("webRequest.onBeforeRequest", details);
      if (begun.cancel === true) return this.#end(details, "NS_ERROR_ABORT");
      const upgraded = begun.upgradeToSecure === true ? details.url.replace(/^http:/u, "https:") : undefined;
      const next = begun.redirectUrl ?? upgraded;
      if (next === undefined) break;
      this.#events.emit("webRequest.onBeforeRedirect", details);
      details = { ...details, url: next };
    }
    const before = this.#shown;
    const requestHeaders = (asked.headers ?? []).map((name) => ({ name, value: "x" }));
    const released = await this.#events.blocking("webRequest.onBeforeSendHeaders", { ...details, requestHeaders });
    if (released.cancel === true) return this.#end(details, "NS_ERROR_ABORT");
    const to = this.#answerer({ ...asked, url: details.url });
    if (!isProbe(details)) this.sent.push({ ...asked, url: details.url, to, shown: this.#shown - before });

    await sleep(LOOKUP);
    const connectStart = performance.now();
    const closes = released.requestHeaders?.some(({ name }) => /^(?:connection|upgrade)$/iu.test(name)) === true;
    if (this.#idle > 0 && asked.type !== "websocket") this.#idle--;
    else await sleep(CONNECTING);
    const connectEnd = performance.now();
    await sleep(ANSWERING);
    const isIn = await this.#answer(details, to);
    onTiming?.({
      startTime,
      connectStart,
      secureConnectionStart: connectStart,
      connectEnd,
      requestStart: connectEnd,
      responseEnd: performance.now(),
    });
    if (isIn && !closes) this.#idle++;
    return isIn;
  }

  /** @returns whether the page gets it */
  async #answer(details: Details, from: Answerer): Promise<boolean> {
    if (from === "nobody") return this.#end(details, "NS_ERROR_NET_RESET");
    this.#answers.set(details.requestId, { peer: from, isProbe: isProbe(details) });
    const judged = await this.#events.blocking("webRequest.onHeadersReceived", {
      ...details,
      responseHeaders: [],
      statusCode: 200,
      statusLine: STATUS_LINE,
      fromCache: false,
    });
    this.#answers.delete(details.requestId);
    if (judged.cancel === true) return this.#end(details, "NS_ERROR_ABORT");
    if (!isProbe(details)) this.letThrough.push(from);
    this.#events.emit("webRequest.onCompleted", { ...details, responseSize: STATUS_LINE.length + 4 });
    return true;
  }

  #details(asked: Asked): Details {
    const { type, method, url, tabId } = asked;
    this.#lastId++;
    return {
      requestId: String(this.#lastId),
      type,
      method,
      url,
      tabId,
      timeStamp: Date.now(),
      incognito: false,
      cookieStoreId: "firefox-default",
    };
  }

  #end(details: Details, error: "NS_ERROR_ABORT" | "NS_ERROR_NET_RESET"): false {
    if (error === "NS_ERROR_ABORT" && !isProbe(details)) this.stopped++;
    this.#events.emit("webRequest.onErrorOccurred", { ...details, error });
    return false;
  }

  #securityInfo(requestId: string): object | undefined {
    const answer = this.#answers.get(requestId);
    if (answer === undefined) return undefined;
    if (answer.isProbe && answer.peer === "own") this.#shown++;
    return securityInfoOf(answer.peer);
  }
}

/** Runs everything that is due, from timer to timer. @param limit - in ms of the fake clock */
export async function settle(limit: number): Promise<void> {
  const end = Date.now() + limit;
  for (;;) {
    await new Promise((done) => setImmediate(done));
    if (vi.getTimerCount() === 0 || Date.now() >= end) return;
    try {
      vi.advanceTimersToNextTimer();
    } catch {
      // Firefox writes it to the console.
    }
  }
}
