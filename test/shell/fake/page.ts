// The globals of pages and of the background that send requests, and the times of requests that a page can read.
import { vi } from "vitest";
import type { MakeCall } from "./calls";
import { TAB } from "./profile";

/** The observers of the times of requests. */
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

export interface Asked {
  readonly type: string;
  readonly method: string;
  readonly url: string;
  readonly tabId: number;
  readonly headers?: readonly string[];
}
/** Sends a request. Resolves to whether the page got an answer. */
export type Send = (asked: Asked, onTiming?: (timing: object) => void) => Promise<boolean>;

/** Runs a function in a page of an origin. The page's own requests come from the tab. */
export type Execute = (origin: string, func: (...args: unknown[]) => unknown, args: unknown[]) => Promise<object[]>;

/** @returns a function that runs a script in the tab's document */
export function stubGlobals(call: MakeCall, send: Send): Execute {
  const fromTab = new Set<unknown>();
  observers.clear();
  openSocket = call("WebSocket", (url: string, socket: EventTarget) => {
    const headers = ["Connection", "Upgrade"];
    void send({ type: "websocket", method: "GET", url, tabId: -1, headers }).then((isOpen) => {
      socket.dispatchEvent(new Event(isOpen ? "open" : "error"));
      const data = '{"type":"auth_required","ha_version":"2026.11.0"}';
      if (isOpen) socket.dispatchEvent(new MessageEvent("message", { data }));
    });
  });
  const fetchAs = async (url: string, init: { method: string; signal: AbortSignal }): Promise<object> => {
    const asked = { type: "xmlhttprequest", method: init.method, url, tabId: fromTab.has(url) ? TAB : -1 };
    const isAnswered = send(asked, (timing) => {
      setTimeout(() => {
        for (const take of observers) take({ ...timing, name: url });
      }, 1);
    });
    const isOver = new Promise<false>((done) => {
      init.signal.addEventListener("abort", () => {
        done(false);
      });
    });
    if (!(await Promise.race([isAnswered, isOver]))) throw new TypeError("NetworkError");
    return { arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) };
  };
  let drawn = 0;
  vi.stubGlobal("PerformanceObserver", Observer);
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("fetch", call("fetch", fetchAs));
  // Node's own version ignores the fake clock.
  vi.stubGlobal("AbortSignal", {
    timeout: (ms: number) => {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort();
      }, ms);
      return controller.signal;
    },
  });
  vi.stubGlobal("crypto", {
    getRandomValues: call("crypto.getRandomValues", (numbers: Uint32Array) => numbers.map(() => drawn++)),
    randomUUID: call("crypto.randomUUID", () => {
      drawn++;
      return drawn.toString(16).padStart(32, "0");
    }),
  });
  return async (origin, func, args) => {
    vi.stubGlobal("location", { origin });
    for (const url of args.flat()) fromTab.add(url);
    return [{ result: await func(...args) }];
  };
}
