import "../newer";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Address } from "../../../src/core/address";
import { EMPTY_STORED_STATE, type State } from "../../../src/core/state/state";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createConnections } from "../../../src/shell/guard/connections";
import { createGuard } from "../../../src/shell/guard/guard";
import { createNavigations } from "../../../src/shell/guard/navigations";
import { createProber } from "../../../src/shell/probe/prober";
import { createStore } from "../../../src/shell/storage/store";
import { createAwaitedAnswers } from "../../../src/shell/watch/awaited-answers";
import { createClearer } from "../../../src/shell/watch/clearer";
import { createWatcher } from "../../../src/shell/watch/watcher";
import type { Notifier } from "../../../src/shell/ui/notifier";
import { confirmed, INSTANCE } from "../../core/samples";
import { securityInfoOf } from "../fake/profile";
import { area, nothing } from "../storage/area";

const OWN = "ha.example.org" as Address;
/** What Firefox reports about a certificate, or how it fails. */
const CERTIFICATES = {
  own: () => Promise.resolve(securityInfoOf("own")),
  "the attacker's": () => Promise.resolve(securityInfoOf("attacker")),
  late: () => new Promise(nothing),
  none: () => Promise.resolve(undefined),
  unreadable: () => Promise.resolve({ certificates: [{}] }),
  failing: () => Promise.reject(new Error("no such request")),
};
type Shown = keyof typeof CERTIFICATES;

const firefox = vi.hoisted(() => ({ shown: "own", asked: 0 }));
vi.mock("webextension-polyfill", () => ({
  default: {
    webRequest: {
      getSecurityInfo: () => {
        firefox.asked++;
        return CERTIFICATES[firefox.shown as Shown]();
      },
    },
    tabs: { query: () => Promise.resolve([]), update: () => Promise.resolve() },
    runtime: { getURL: (path: string) => path },
    permissions: { contains: () => Promise.resolve(true) },
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
  firefox.asked = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const GUARDED = { version: 1, addresses: [INSTANCE] };
const DISKS = {
  watched: { book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] } },
  guarded: { book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] }, guarded: GUARDED },
  unwatched: { book: { ...EMPTY_STORED_STATE, unwatched: [INSTANCE] } },
  damaged: { book: "torn" },
  "guarded and damaged": { book: "torn", guarded: GUARDED },
} as const;

/** The listener's answer about a response, right after the background starts, and the state after it. */
async function respond(disk: object, url: string, shown: Shown): Promise<{ response: object; state: State }> {
  firefox.shown = shown;
  const store = createStore(area(structuredClone(disk) as Record<string, unknown>), area(), nothing);
  const prober = createProber(nothing, nothing, { wants: () => false, note: nothing });
  const notifier = { notify: () => Promise.resolve() } as unknown as Notifier;
  const connections = createConnections(store);
  const batches = createEventBatches();
  const navigations = createNavigations(() => 0);
  const known = Promise.resolve();
  const guard = createGuard({
    store,
    prober,
    connections,
    notifier,
    navigations,
    currentBatch: batches,
    onUnchecked: nothing,
    firefoxKnown: known,
  });
  const awaited = createAwaitedAnswers(store);
  const clearer = createClearer(store);
  const watcher = createWatcher({
    store,
    prober,
    notifier,
    guard,
    clearer,
    connections,
    awaited,
    currentBatch: batches,
  });
  const details = {
    requestId: "1",
    url,
    type: "image",
    method: "GET",
    tabId: 7,
    timeStamp: Date.now(),
    incognito: false,
    statusCode: 200,
    statusLine: "HTTP/1.1 200 OK",
    responseHeaders: [],
    cookieStoreId: "firefox-default",
  };
  const response = watcher.onHeaders(details as unknown as Parameters<typeof watcher.onHeaders>[0]);
  await vi.advanceTimersByTimeAsync(10_000);
  return { response: await response, state: await store.read() };
}

const said = ({ stored, session }: State): string | undefined =>
  stored.incidents[0]?.verdict.kind ?? session.ordinary.failures[0]?.reason ?? session.ordinary.checks[0]?.verdict.kind;

const STOPPED = { cancel: true };
const PAGE = `https://${INSTANCE}/`;
const ROWS: [disk: keyof typeof DISKS, shown: Shown, url: string, response: object, said: string][] = [
  ["watched", "own", PAGE, {}, "match"],
  ["watched", "the attacker's", PAGE, {}, "mismatch"],
  ["watched", "late", PAGE, {}, "certificate-late"],
  ["watched", "none", PAGE, {}, "no-certificate"],
  ["watched", "unreadable", PAGE, {}, "no-certificate"],
  ["watched", "failing", PAGE, {}, "certificate-error"],
  ["watched", "own", `http://${INSTANCE}/`, {}, "plaintext"],
  ["watched", "own", `wss://${INSTANCE}/api/websocket`, {}, "match"],
  ["guarded", "own", PAGE, {}, "match"],
  ["guarded", "the attacker's", PAGE, STOPPED, "mismatch"],
  ["guarded", "late", PAGE, STOPPED, "certificate-late"],
  ["guarded", "none", PAGE, STOPPED, "no-certificate"],
  ["guarded", "unreadable", PAGE, STOPPED, "no-certificate"],
  ["guarded", "failing", PAGE, STOPPED, "certificate-error"],
  ["guarded", "own", `http://${INSTANCE}/`, STOPPED, "plaintext"],
  // A certificate that can't be compared is never shown as safe. If the address may be guarded, the response is stopped.
  ["damaged", "own", PAGE, {}, "storage-damaged"],
  ["guarded and damaged", "own", PAGE, STOPPED, "storage-damaged"],
  ["guarded and damaged", "late", PAGE, STOPPED, "certificate-late"],
];
it.each(ROWS)(
  "%s, certificate %s, %s: the listener answers %j, and the state says %s",
  async (disk, shown, url, expected, outcome) => {
    const { response, state } = await respond(DISKS[disk], url, shown);
    expect(response).toEqual(expected);
    expect(said(state)).toBe(outcome);
  },
);

it.each([
  ["an address you don't watch", DISKS.unwatched, PAGE],
  ["an address that isn't yours", DISKS.guarded, `https://${OWN}/`],
  ["an address of another scheme", DISKS.guarded, "ftp://abc.ui.nabu.casa/"],
])("lets through the response of %s, and doesn't ask for its certificate", async (_, disk, url) => {
  const { response, state } = await respond(disk, url, "the attacker's");
  expect([response, said(state), firefox.asked]).toEqual([{}, undefined, 0]);
});
