// The watcher with all its parts, as the background makes them, on a fake webRequest.
import { vi } from "vitest";
import { EMPTY_SESSION, EMPTY_STORED_STATE, type State } from "../../../src/core/state/state";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createConnections, type Connections } from "../../../src/shell/guard/connections";
import { createGuard } from "../../../src/shell/guard/guard";
import { createNavigations } from "../../../src/shell/guard/navigations";
import { createProbeRegistry, type ProbeRegistry } from "../../../src/shell/probe/probe-registry";
import type { Prober } from "../../../src/shell/probe/prober";
import { createStore } from "../../../src/shell/storage/store";
import type { Notifier } from "../../../src/shell/ui/notifier";
import { createAwaitedAnswers } from "../../../src/shell/watch/awaited-answers";
import { createClearer } from "../../../src/shell/watch/clearer";
import { createWatcher, type Watcher } from "../../../src/shell/watch/watcher";
import { confirmed, INSTANCE, unconfirmed } from "../../core/samples";
import { TAB } from "../fake/profile";
import { area, nothing } from "../storage/area";

export const PAGE = `https://${INSTANCE}/lovelace`;
/** An instance that has been verified before, whose stored files Firefox has cleared. */
const CLEARED = [`${INSTANCE} firefox-default`];

export interface Before {
  readonly isGuarded?: boolean;
  /** Whether a connection has matched the pin before. */
  readonly isConfirmed?: boolean;
  /** Whether Firefox has cleared the files that it stored before. */
  readonly isCleared?: boolean;
  readonly unwatched?: readonly string[];
  /** Further content of the session. */
  readonly session?: object;
}

/** The fields of a listener's answer that the tests read. */
interface Response {
  readonly cancel?: boolean;
  readonly responseHeaders?: readonly { readonly name: string; readonly value?: string }[];
}

export interface Watching {
  readonly probes: ProbeRegistry;
  readonly connections: Connections;
  /** Notes that Firefox asks in this batch about something that is held. */
  readonly hold: () => void;
  /** Sends a request. */
  readonly send: (more?: object) => void;
  /** Lets its headers come. */
  readonly answer: (more?: object) => Promise<Response>;
  /** Lets it fail. */
  readonly fail: (error: string, more?: object) => Promise<void>;
  readonly state: () => Promise<State>;
}

/** The listeners get what Firefox reports about a request: by default, a page's request for an image. */
export function watch(before: Before = {}): Watching {
  const { isGuarded = false, isConfirmed = true, isCleared = true, unwatched = [], session = {} } = before;
  const pins = [isConfirmed ? confirmed("1", "K") : unconfirmed("1")];
  const kept = { ...EMPTY_SESSION, ...(isCleared ? { cleared: CLEARED } : {}), ...session };
  const guarded = { version: 1, addresses: isGuarded ? [INSTANCE] : [] };
  const disk = area({ book: { ...EMPTY_STORED_STATE, pins, unwatched }, guarded });
  const store = createStore(disk, area({ session: kept }), nothing);
  const probes = createProbeRegistry();
  const prober = { ...probes, isExact: () => false } as unknown as Prober;
  const notifier = { notify: () => Promise.resolve() } as unknown as Notifier;
  const connections = createConnections(store);
  const currentBatch = createEventBatches();
  const guard = createGuard({
    ...{ store, prober, connections, notifier, navigations: createNavigations(() => 0), currentBatch },
    ...{ onUnchecked: nothing, firefoxKnown: Promise.resolve() },
  });
  const watcher = createWatcher({
    ...{ store, prober, notifier, guard, clearer: createClearer(store), connections },
    ...{ awaited: createAwaitedAnswers(store), currentBatch },
  });
  const detailsOf = (more: object): object => ({
    ...{ requestId: "1", url: PAGE, type: "image", method: "GET", tabId: TAB, timeStamp: Date.now() },
    ...{ incognito: false, cookieStoreId: "firefox-default" },
    ...more,
  });
  const ok = { statusCode: 200, statusLine: "HTTP/1.1 200 OK", responseHeaders: [] };
  return {
    ...{ probes, connections },
    hold: () => {
      currentBatch().hold();
    },
    send: (more = {}) => {
      watcher.onSend(detailsOf(more) as Parameters<Watcher["onSend"]>[0]);
    },
    answer: async (more = {}) => {
      const response = watcher.onHeaders(detailsOf({ ...ok, ...more }) as Parameters<Watcher["onHeaders"]>[0]);
      await vi.advanceTimersByTimeAsync(0);
      return response;
    },
    fail: async (error, more = {}) => {
      watcher.onError(detailsOf({ error, ...more }) as Parameters<Watcher["onError"]>[0]);
      await vi.advanceTimersByTimeAsync(0);
    },
    state: () => store.read(),
  };
}
