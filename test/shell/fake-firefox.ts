// A fake of Firefox: as much of it as the background's blocking listeners and probes have to do with. It is a fake because
// the real one can't be made to fail a call of its own at will. What it does with an answer is taken from the real one
// (shown by test/firefox): a listener that throws or rejects, or that is still waiting when the event page ends, lets
// the request go.
import { readFileSync } from "node:fs";
import { vi } from "vitest";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type StoredState, type Check } from "../../src/core/state/state";
import { withTimeout } from "../../src/shell/with-timeout";
import { certificate, confirmed, handshake, INSTANCE, ROOT, sha1 } from "../core/samples";
import type { Certificate } from "../../src/core/tls/certificate";

export type Failure = "throws" | "rejects" | "hangs" | "answers undefined";
/** Those that don't answer with a promise can only throw or answer nothing. */
export const AT_ONCE: readonly string[] = [
  ...["runtime.getURL", "i18n.getMessage", "crypto.randomUUID", "crypto.getRandomValues", "WebSocket"],
];

/** A call of Firefox's by its path, and what is wrong with it. */
export interface Failing {
  readonly call: string;
  readonly how: Failure;
}

type Peer = "own" | "attacker";
/** Who takes a request; the attacker may hang up on it. */
export type Answerer = Peer | "nobody";

export interface Asked {
  readonly type: string;
  readonly method: string;
  readonly url: string;
  readonly tabId: number;
  readonly headers?: readonly string[];
}
interface Sent extends Asked {
  readonly to: Answerer;
  /** How often the instance's own certificate was shown to a probe since Firefox asked about this request's headers. */
  readonly shown: number;
}
interface Details extends Omit<Asked, "headers"> {
  readonly requestId: string;
}
interface Button {
  title?: string;
  badge?: string;
  icon?: string;
}
type Listener = (...args: unknown[]) => unknown;
interface Decision {
  readonly cancel?: boolean;
  readonly redirectUrl?: string;
  readonly upgradeToSecure?: boolean;
}

export const TAB = 7;
export const PAGE = `https://${INSTANCE}/lovelace`;
/** Firefox ends an event page under a listener that takes so long. In ms. */
const PATIENCE = 10_000;
const STATUS_LINE = "HTTP/1.1 200 OK";
/** The name has been looked up before a connection begins. */
const LOOKUP = 4;
const CONNECTING = 8;
const ANSWERING = 3;

const MESSAGES = JSON.parse(
  readFileSync(new URL("../../_locales/en/messages.json", import.meta.url), "utf8"),
) as Record<string, { message: string; placeholders?: Record<string, { content: string }> } | undefined>;

/** As Firefox does: a named placeholder stands for its content, such as `$1`, and that for a value. */
const messageOf = (key: string, values: readonly string[]): string => {
  const { message = "", placeholders = {} } = MESSAGES[key] ?? {};
  return message
    .replace(/\$(\w+)\$/gu, (_, name: string) => placeholders[name.toLowerCase()]?.content ?? "")
    .replace(/\$(\d)/gu, (_, digit: string) => values[Number(digit) - 1] ?? "");
};
const CERTIFICATES: Readonly<Record<Peer, Certificate>> = {
  own: certificate("1", "K"),
  attacker: certificate("2", "X"),
};

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
export const isProbe = ({ url }: Pick<Asked, "url">): boolean => url.includes("latchkey=");
/** Judged apart from the extension's own rules. */
export const isSecret = ({ method, url, headers = [] }: Asked): boolean =>
  method === "POST" || headers.includes("Authorization") || new URL(url).searchParams.has("code");

/** What is stored of an instance that has been verified before: its button is green. */
function profile(isGuarded: boolean): { local: { book: StoredState } & Record<string, unknown>; session: object } {
  const check: Check = {
    ...{ address: INSTANCE, at: Date.now() - 60_000, fresh: true, inconclusive: false, chain: [] },
    ...{ verdict: { kind: "match", pin: sha1("1") }, handshake: handshake(CERTIFICATES.own) },
  };
  const pools = [{ name: `${INSTANCE} firefox-default`, keptAt: 0, underWay: [], tabs: [TAB] }];
  return {
    local: {
      book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] },
      guarded: { version: 1, addresses: isGuarded ? [INSTANCE] : [] },
      toClear: { version: 2, instances: [{ address: INSTANCE, removed: true }] },
    },
    session: { session: { ...EMPTY_SESSION, pools, ordinary: { checks: [check], failures: [] } } },
  };
}

/** What waits for the times of requests. */
const observers = new Set<(entry: { name: string }) => void>();
class Observer {
  static readonly supportedEntryTypes = ["resource"];
  readonly #take: (entry: { name: string }) => void;
  constructor(take: (list: object, observer: Observer) => void) {
    this.#take = (entry) => {
      take({ getEntriesByName: (name: string) => (name === entry.name ? [entry] : []) }, this);
    };
  }
  observe(): void {
    observers.add(this.#take);
  }
  disconnect(): void {
    observers.delete(this.#take);
  }
}

let openSocket: (url: string, socket: EventTarget) => unknown;
class Socket extends EventTarget {
  binaryType = "";
  constructor(url: string) {
    super();
    openSocket(url, this);
  }
  close(): void {
    this.dispatchEvent(new Event("close"));
  }
}

export class FakeFirefox {
  /** Every call that was made, by its path. */
  readonly calls = new Set<string>();
  /** What has left the browser, but for probes. */
  readonly sent: Sent[] = [];
  /** Whose answers were let through to a page. */
  readonly letThrough: Peer[] = [];
  /** How many requests of a page it was told to stop. */
  stopped = 0;
  readonly #disk: { book: StoredState };
  readonly browser: Record<string, unknown>;
  readonly #answerer: (asked: Asked) => Answerer;
  readonly #failing: Failing | undefined;
  readonly #session: object;
  readonly #listeners = new Map<string, { listener: Listener; types: readonly string[] | undefined }[]>();
  /** Firefox tells a certificate only while it asks about the answer. */
  readonly #answers = new Map<string, { peer: Peer; isProbe: boolean }>();
  readonly #fromTab = new Set<unknown>();
  readonly #tab = { id: TAB, url: PAGE, incognito: false, active: true, discarded: false };
  readonly #common: Button = { title: "Latchkey", badge: "", icon: "" };
  #button: Button = { title: "Latchkey: verified", badge: "", icon: "icons/verified.svg" };
  #shown = 0;
  #idle = 0;
  #lastId = 0;

  /** @param takes - whether the attacker answers a request */
  constructor(isGuarded: boolean, answers: (asked: Asked) => Answerer, failing: Failing | undefined) {
    this.#answerer = answers;
    this.#failing = failing;
    const { local, session } = profile(isGuarded);
    this.#disk = local;
    this.#session = session;
    this.browser = this.#browser();
    this.#stubGlobals();
  }

  /** What the button in the tab shows. */
  get button(): Button {
    return { ...this.#common, ...this.#button };
  }

  /** Whether the tab shows the page that says why a page was stopped. */
  get isBlockedShown(): boolean {
    return this.#tab.url.includes("blocked.html");
  }

  get savedIncidents(): number {
    return this.#disk.book.incidents.length;
  }

  /** Asks the background as one of its pages does. */
  ask(type: string, request: object): Promise<unknown> {
    const [entry] = this.#listeners.get("runtime.onMessage") ?? [];
    return entry?.listener({ type, request }, { id: "own", url: "moz-extension://own/popup.html" }) as Promise<unknown>;
  }

  /**
   * A page load in the tab.
   * @param how - `stored`: its service worker has it; `preload`: the worker asks for it, without the tab's id;
   * `under-way`: it was sent for before the background started
   */
  async load(url: string, how?: "stored" | "preload" | "under-way"): Promise<void> {
    const asked = { type: "main_frame", method: "GET", url, tabId: TAB };
    const details = this.#details(asked);
    if (how === "stored" || how === "preload") {
      const begun = await this.#blocking("onBeforeRequest", details);
      if (begun.cancel === true) {
        this.#end(details, "NS_ERROR_ABORT");
        return;
      }
    }
    if (how === "preload" && !(await this.request({ ...asked, tabId: -1 }))) return;
    if (how === "under-way" && !(await this.#answer(details, this.#answerer(asked)))) return;
    if (how === undefined && !(await this.request(asked))) return;
    this.#tab.url = url;
    this.#button = {};
    this.#tell("tabs.onUpdated", TAB, { status: "loading", url }, { ...this.#tab });
    await sleep(50);
    this.#tell("tabs.onUpdated", TAB, { status: "complete" }, { ...this.#tab });
  }

  /** A request from its beginning to its end. @returns whether the page got an answer */
  async request(asked: Asked, onTiming?: (timing: object) => void): Promise<boolean> {
    const startTime = performance.now();
    let details = this.#details(asked);
    for (;;) {
      const begun = await this.#blocking("onBeforeRequest", details);
      if (begun.cancel === true) return this.#end(details, "NS_ERROR_ABORT");
      const upgraded = begun.upgradeToSecure === true ? details.url.replace(/^http:/u, "https:") : undefined;
      const next = begun.redirectUrl ?? upgraded;
      if (next === undefined) break;
      this.#tell("webRequest.onBeforeRedirect", details);
      details = { ...details, url: next };
    }
    const before = this.#shown;
    const requestHeaders = (asked.headers ?? []).map((name) => ({ name, value: "x" }));
    const released = await this.#blocking("onBeforeSendHeaders", { ...details, requestHeaders });
    if (released.cancel === true) return this.#end(details, "NS_ERROR_ABORT");
    this.#tell("webRequest.onSendHeaders", { ...details, requestHeaders: released.requestHeaders ?? requestHeaders });
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
    const judged = await this.#blocking("onHeadersReceived", {
      ...{ ...details, responseHeaders: [], statusCode: 200, statusLine: STATUS_LINE, fromCache: false },
    });
    this.#answers.delete(details.requestId);
    if (judged.cancel === true) return this.#end(details, "NS_ERROR_ABORT");
    if (!isProbe(details)) this.letThrough.push(from);
    this.#tell("webRequest.onCompleted", { ...details, responseSize: STATUS_LINE.length + 4 });
    return true;
  }

  #details(asked: Asked): Details {
    const { type, method, url, tabId } = asked;
    this.#lastId++;
    return {
      ...{ requestId: String(this.#lastId), type, method, url, tabId, timeStamp: Date.now() },
      ...{ incognito: false, cookieStoreId: "firefox-default" },
    };
  }

  #end(details: Details, error: "NS_ERROR_ABORT" | "NS_ERROR_NET_RESET"): false {
    if (error === "NS_ERROR_ABORT" && !isProbe(details)) this.stopped++;
    this.#tell("webRequest.onErrorOccurred", { ...details, error });
    return false;
  }

  /** Whatever a listener throws is written to the console, and nothing else. */
  #tell(event: string, ...args: unknown[]): unknown[] {
    return (this.#listeners.get(event) ?? []).flatMap(({ listener, types }) => {
      const { type } = args[0] as { type?: string };
      if (types !== undefined && (type === undefined || !types.includes(type))) return [];
      try {
        return [listener(...args)];
      } catch {
        return [];
      }
    });
  }

  /** What all listeners together decide: who fails, or answers too late, has decided nothing. */
  async #blocking(
    event: string,
    details: object,
  ): Promise<Decision & { requestHeaders?: { name: string; value?: string }[] }> {
    const answers = this.#tell(`webRequest.${event}`, details).map((answer) =>
      withTimeout(
        Promise.resolve(answer).catch(() => undefined),
        PATIENCE,
        undefined,
      ),
    );
    return Object.assign({}, ...(await Promise.all(answers))) as Decision;
  }

  #call<A extends unknown[]>(path: string, answer: (...args: A) => unknown): (...args: A) => unknown {
    return (...args) => {
      this.calls.add(path);
      if (this.#failing?.call !== path) {
        const answered = answer(...args);
        return AT_ONCE.includes(path) ? answered : Promise.resolve(answered);
      }
      switch (this.#failing.how) {
        case "throws":
          throw new Error(`${path} failed`);
        case "rejects":
          return Promise.reject(new Error(`${path} failed`));
        case "hangs":
          return new Promise(() => undefined);
        case "answers undefined":
          return AT_ONCE.includes(path) ? undefined : Promise.resolve(undefined);
      }
    };
  }

  #event(name: string) {
    const addListener = (listener: Listener, filter?: { types?: readonly string[] }): void => {
      const others = this.#listeners.get(name) ?? [];
      this.#listeners.set(name, [...others, { listener, types: filter?.types }]);
    };
    return { addListener };
  }

  #area(area: string, kept: object) {
    return {
      get: this.#call(`storage.${area}.get`, (key: string) =>
        Object.fromEntries(Object.entries(structuredClone(kept)).filter(([name]) => name === key)),
      ),
      set: this.#call(`storage.${area}.set`, (items: object) => {
        Object.assign(kept, structuredClone(items));
      }),
    };
  }

  #setter(name: string, property: keyof Button | undefined, from: string) {
    return this.#call(`action.${name}`, (details: { tabId?: number } & Record<string, unknown>) => {
      if (property === undefined) return;
      const button = details.tabId === undefined ? this.#common : this.#button;
      const value = details[from] as string | null | undefined;
      if (value === null || value === undefined) Reflect.deleteProperty(button, property);
      else button[property] = value;
    });
  }

  #browser(): Record<string, unknown> {
    const events = (path: string, names: readonly string[]): object =>
      Object.fromEntries(names.map((name) => [name, this.#event(`${path}.${name}`)]));
    return {
      webRequest: {
        ...events("webRequest", ["onBeforeRequest", "onBeforeSendHeaders", "onSendHeaders", "onHeadersReceived"]),
        ...events("webRequest", ["onErrorOccurred", "onBeforeRedirect", "onCompleted"]),
        getSecurityInfo: this.#call("webRequest.getSecurityInfo", (requestId: string) => this.#securityInfo(requestId)),
      },
      tabs: {
        ...events("tabs", ["onUpdated", "onRemoved"]),
        query: this.#call("tabs.query", () => [{ ...this.#tab }]),
        reload: this.#call("tabs.reload", () => undefined),
        update: this.#call("tabs.update", (tabId: number, { url }: { url: string }) => {
          if (tabId !== TAB) throw new Error(`Type error for parameter tabId: ${String(tabId)}`);
          this.#tab.url = `moz-extension://own/${url}`;
          this.#button = {};
        }),
      },
      scripting: {
        executeScript: this.#call("scripting.executeScript", this.#execute),
        getRegisteredContentScripts: this.#call("scripting.getRegisteredContentScripts", () => []),
        registerContentScripts: this.#call("scripting.registerContentScripts", () => undefined),
      },
      storage: { local: this.#area("local", this.#disk), session: this.#area("session", this.#session) },
      action: {
        setBadgeText: this.#setter("setBadgeText", "badge", "text"),
        setTitle: this.#setter("setTitle", "title", "title"),
        setIcon: this.#setter("setIcon", "icon", "path"),
        setBadgeBackgroundColor: this.#setter("setBadgeBackgroundColor", undefined, ""),
        setBadgeTextColor: this.#setter("setBadgeTextColor", undefined, ""),
      },
      notifications: {
        ...events("notifications", ["onClicked"]),
        create: this.#call("notifications.create", (id: string) => id),
      },
      permissions: {
        ...events("permissions", ["onAdded", "onRemoved"]),
        getAll: this.#call("permissions.getAll", () => ({ origins: ["*://*.ui.nabu.casa/*"], permissions: [] })),
        contains: this.#call("permissions.contains", () => true),
      },
      alarms: {
        ...events("alarms", ["onAlarm"]),
        get: this.#call("alarms.get", () => undefined),
        create: this.#call("alarms.create", () => undefined),
        clear: this.#call("alarms.clear", () => true),
      },
      runtime: {
        ...events("runtime", ["onMessage", "onInstalled", "onStartup"]),
        id: "own",
        getURL: this.#call("runtime.getURL", (path: string) => `moz-extension://own/${path}`),
        getBrowserInfo: this.#call("runtime.getBrowserInfo", () => ({ version: "153.7.0" })),
      },
      extension: { isAllowedIncognitoAccess: this.#call("extension.isAllowedIncognitoAccess", () => true) },
      browsingData: { remove: this.#call("browsingData.remove", () => undefined) },
      i18n: {
        getMessage: this.#call("i18n.getMessage", messageOf),
      },
    };
  }

  #securityInfo(requestId: string): object | undefined {
    const answer = this.#answers.get(requestId);
    if (answer === undefined) return undefined;
    if (answer.isProbe && answer.peer === "own") this.#shown++;
    const certificates = [CERTIFICATES[answer.peer], ROOT].map(({ sha1, sha256, spki, subject, issuer }) => ({
      ...{ fingerprint: { sha1, sha256 }, subjectPublicKeyInfoDigest: { sha256: spki }, subject, issuer },
      ...{ isBuiltInRoot: true, rawDER: [1] },
    }));
    return { state: "secure", certificateTransparencyStatus: "policy_compliant", certificates };
  }

  /** The tab's document does it, and its own requests come from that tab. */
  readonly #execute = async ({ func, args }: { func: Listener; args: unknown[] }): Promise<object[]> => {
    vi.stubGlobal("location", { origin: new URL(this.#tab.url).origin });
    for (const url of args.flat()) this.#fromTab.add(url);
    return [{ result: await func(...args) }];
  };

  readonly #fetch = async (url: string, init: { method: string; signal: number }): Promise<object> => {
    const asked = { type: "xmlhttprequest", method: init.method, url, tabId: this.#fromTab.has(url) ? TAB : -1 };
    const isAnswered = this.request(asked, (timing) => {
      setTimeout(() => {
        for (const take of observers) take({ ...timing, name: url });
      }, 1);
    });
    if (!(await withTimeout(isAnswered, init.signal, false))) throw new TypeError("NetworkError");
    return { arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) };
  };

  #stubGlobals(): void {
    observers.clear();
    openSocket = this.#call("WebSocket", (url: string, socket: EventTarget) => {
      const headers = ["Connection", "Upgrade"];
      void this.request({ type: "websocket", method: "GET", url, tabId: -1, headers }).then((isOpen) => {
        socket.dispatchEvent(new Event(isOpen ? "open" : "error"));
        if (isOpen)
          socket.dispatchEvent(
            new MessageEvent("message", { data: '{"type":"auth_required","ha_version":"2026.11.0"}' }),
          );
      });
    });
    let drawn = 0;
    vi.stubGlobal("PerformanceObserver", Observer);
    vi.stubGlobal("WebSocket", Socket);
    vi.stubGlobal("fetch", this.#call("fetch", this.#fetch));
    // Node's own would not go by the fake clock.
    vi.stubGlobal("AbortSignal", { timeout: (ms: number) => ms });
    vi.stubGlobal("crypto", {
      getRandomValues: this.#call("crypto.getRandomValues", (numbers: Uint32Array) => numbers.map(() => drawn++)),
      randomUUID: this.#call("crypto.randomUUID", () => {
        drawn++;
        return drawn.toString(16).padStart(32, "0");
      }),
    });
  }
}

/** Lets everything happen that is going to, from timer to timer. @param limit - in ms of the fake clock */
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
