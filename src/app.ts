import browser, { type Alarms, type Runtime, type Tabs, type WebRequest } from "webextension-polyfill";
import { createCtMonitor } from "./shell/ct/ct-monitor";
import { createAwaitedAnswers } from "./shell/watch/awaited-answers";
import { createBegunRequests } from "./shell/guard/begun-requests";
import { createBlockedTabs } from "./shell/messages/blocked-tabs";
import { createClearer } from "./shell/watch/clearer";
import { createConnections } from "./shell/guard/connections";
import { createDisk } from "./shell/storage/disk";
import { failClosed } from "./shell/guard/fail-closed";
import type { Completed, Sending } from "./shell/guard/details";
import { createGuard } from "./shell/guard/guard";
import { inTurn } from "./shell/probe/gate";
import { createHandlers } from "./shell/messages/handlers";
import { createLocalReader } from "./shell/watch/local-reader";
import { DECISION_LIMIT } from "./shell/guard/holding";
import { createNavigations } from "./shell/guard/navigations";
import { createNotifier } from "./shell/ui/notifier";
import { createPermissions } from "./shell/permissions";
import { pinGranted } from "./shell/messages/pin-handlers";
import type { ClientCertificates } from "./shell/probe/knock";
import { createProber, type OnUnchecked } from "./shell/probe/prober";
import type { OnLimit } from "./shell/probe/round";
import { createCtStore } from "./shell/storage/ct-store";
import { createContentScripts } from "./shell/guard/content-scripts";
import { monotonicNow } from "./shell/monotonic-clock";
import { createStore, type Store } from "./shell/storage/store";
import { createRedrawSignal } from "./shell/ui/redraw-signal";
import { createToolbar } from "./shell/ui/toolbar";
import { createEventBatches } from "./shell/event-batch";
import { createVersions } from "./shell/version/versions";
import { createVisits } from "./shell/watch/visits";
import { createWatcher } from "./shell/watch/watcher";
import { withTimeout } from "./shell/with-timeout";
import { noteCertificate, wantsCertificate } from "./core/state/client-certificate";
import { noteFirefox, noteLimit } from "./core/state/guard-limit";
import { noteSaved, observe, tabClosed } from "./core/state/reduce";
import { isWatched, type State } from "./core/state/state";

type Parts = ReturnType<typeof createParts>;

/** Makes the parts and connects them. It waits for nothing, because the caller must register the listeners at once. */
export function createApp() {
  const parts = createParts();
  const { permissions, toolbar, ctMonitor, blockedTabs, connections, prober, guard, versions, visits, watcher } = parts;
  void permissions.refresh().then(toolbar.show);
  // Firefox forgets its alarms when it ends.
  void ctMonitor.schedule();

  return {
    begunRequests: parts.begunRequests,
    onVisit: (details: WebRequest.OnBeforeRequestDetailsType) => {
      const { tabId, url, incognito = false } = details;
      parts.navigations.began(details);
      toolbar.seen({ id: tabId, url, incognito });
      visits.onRequest(details);
    },
    handlers: createHandlers(parts),
    blocking: blockingListeners(parts),
    ...tabListeners(parts),
    onRedirect: ({ requestId }: { readonly requestId: string }) => {
      connections.ended(requestId);
    },
    onCompleted: (details: Completed & { readonly url: string }) => {
      prober.completed(details, details.responseSize);
      guard.onCompleted(details);
      connections.ended(details.requestId);
    },
    onError: (details: WebRequest.OnErrorOccurredDetailsType) => {
      watcher.onError(details);
      connections.ended(details.requestId);
    },
    onInstalled: (details: Runtime.OnInstalledDetailsType) => {
      blockedTabs.onInstalled(details);
      void visits.probeOpenTabs();
    },
    onStartup: () => {
      blockedTabs.onStartup();
      void visits.probeOpenTabs();
    },
    onAlarm: (alarm: Alarms.Alarm) => {
      versions.onAlarm(alarm);
      void ctMonitor.onAlarm(alarm);
    },
    onPermissionsChanged: () => void takeUpPermissions(parts),
    onNotificationClicked: parts.notifier.onClicked,
  };
}

/** Makes the parts. If two need each other, each gets a function that is called only once both exist. */
function createParts() {
  const permissions = createPermissions();
  const toolbar = createToolbar(() => store.peek(), permissions);
  const redrawPages = createRedrawSignal(browser.storage.session);
  const disk = createDisk(browser.storage.local, browser.storage.session, (why) => {
    void store.change((state) => noteSaved(state, why));
    redrawPages();
  });
  const contentScripts = createContentScripts();
  const begunRequests = createBegunRequests();
  let workersToClear: State["workersToClear"];
  const store = createStore(disk, browser.storage.session, (state) => {
    void toolbar.show();
    versions.asker.askDue();
    ctMonitor.onState(state);
    void contentScripts.registerAt(state.guarded);
    begunRequests.onState(state);
    if (state.workersToClear !== workersToClear && state.workersToClear !== undefined) void clearer.onAsked();
    workersToClear = state.workersToClear;
  });
  const notifier = createNotifier(openPopup);
  const ctStore = createCtStore(disk);
  const blockedTabs = createBlockedTabs(disk);
  const ctMonitor = createCtMonitor(store, ctStore, notifier);
  const onUnchecked = saveUncheckedIn(store);
  const prober = createProber(onUnchecked, saveLimitIn(store), clientCertificatesIn(store));
  const firefoxKnown = browserVersion().then((version) => store.change((state) => noteFirefox(state, version)));
  const navigations = createNavigations(monotonicNow);
  const currentBatch = createEventBatches();
  const visits = createVisits(store, prober);
  const connections = createConnections(store);
  const versions = createVersions(store, prober, visits, notifier);
  const guard = createGuard({
    store,
    prober,
    connections,
    notifier,
    navigations,
    currentBatch,
    onUnchecked,
    firefoxKnown,
  });
  const clearer = createClearer(store);
  const awaited = createAwaitedAnswers(store);
  const watcher = createWatcher({ store, prober, notifier, guard, clearer, connections, awaited, currentBatch });
  const localReader = createLocalReader(store, visits, (address) => void notifier.askAtHome(address));
  return {
    awaited,
    begunRequests,
    blockedTabs,
    clearer,
    connections,
    contentScripts,
    ctMonitor,
    currentBatch,
    guard,
    localReader,
    navigations,
    notifier,
    permissions,
    prober,
    ctStore,
    store,
    toolbar,
    versions,
    visits,
    watcher,
  };
}

/** The three listeners that Firefox waits for. */
function blockingListeners({ currentBatch, guard, prober, toolbar, watcher }: Parts) {
  const onSendHeaders = (details: Sending) => {
    const { tabId, url, requestHeaders = [], proxyInfo, incognito = false } = details;
    toolbar.seen({ id: tabId, url, incognito });
    return prober.onSendHeaders(details, requestHeaders, proxyInfo, currentBatch()) ?? guard.onSendHeaders(details);
  };
  return {
    onRequest: failClosed(guard.onRequest, guard.onFailure),
    // A request that may leave counts as sent now: a separate event for it would delay every request.
    onSendHeaders: inTurn(
      failClosed(
        onSendHeaders,
        guard.onFailure,
        (details: Sending, { requestHeaders = details.requestHeaders }) => {
          watcher.onSend({ ...details, ...(requestHeaders === undefined ? {} : { requestHeaders }) });
        },
        DECISION_LIMIT,
      ),
    ),
    // Of these, Firefox only reports that they leave: with the page's own headers, whatever is decided.
    onPassiveSent: failClosed(onSendHeaders, guard.onFailure, (details) => {
      watcher.onSend(details);
    }),
    onHeaders: failClosed(watcher.onHeaders, guard.onFailure),
  };
}

function tabListeners(parts: Parts) {
  const { awaited, blockedTabs, clearer, connections, guard, localReader, navigations, store, toolbar, visits } = parts;
  return {
    onTabClosed: (tabId: number) => {
      connections.tabClosed(tabId);
      awaited.tabClosed(tabId);
      navigations.tabClosed(tabId);
      blockedTabs.onTabClosed(tabId);
      toolbar.closed(tabId);
      void store.change((state) => tabClosed(state, tabId));
    },
    /** Firefox clears a tab's button when its document changes. */
    onTabUpdated: (tabId: number, change: Tabs.OnUpdatedChangeInfoType, tab: Tabs.Tab) => {
      if (change.url !== undefined) {
        clearer.onPage(tab);
        toolbar.seen(tab);
        toolbar.forget(tabId);
        guard.onShown(tab);
        void toolbar.show();
      }
      visits.onUpdated(tabId, change, tab);
      localReader.onUpdated(change, tab);
    },
  };
}

/** Does what waits for a permission, step by step. */
async function takeUpPermissions({ clearer, ctMonitor, permissions, store, toolbar, versions, visits }: Parts) {
  await pinGranted(store, visits, permissions);
  await clearer.onPermission();
  await versions.feed.fetchDue();
  await toolbar.show();
  await ctMonitor.onPermissionsChanged();
}

/** Saves that an address could not be checked: the button then says why. */
const saveUncheckedIn =
  (store: Store): OnUnchecked =>
  ({ address, private: isPrivate }, at, { reason, words }) => {
    const request = { type: "probe", method: "POST", url: `https://${address}/` };
    void store.change((state) => {
      const known = isWatched(state, address, isPrivate);
      const seen = { kind: "nothing", reason, ...(words === undefined ? {} : { words }) } as const;
      return known ? observe(state, { address, at, private: isPrivate, seen, freshness: "live", request }) : state;
    });
  };

/** Saves why Guard can't check in this Firefox. */
const saveLimitIn =
  (store: Store): OnLimit =>
  (isPrivate, limit) => {
    void store.change((state) => noteLimit(state, limit, isPrivate));
  };

/** Which instances want a client certificate, as the state has it. */
const clientCertificatesIn = (store: Store): ClientCertificates => ({
  wants: (address) => {
    const state = store.peek();
    return state && wantsCertificate(state, address);
  },
  note: (address, isWanted) => void store.change((state) => noteCertificate(state, address, isWanted)),
});

/** Opens the popup in a tab: for an address, or for the one visited last. */
function openPopup(address: string | undefined): void {
  const subject = address === undefined ? "" : `?address=${encodeURIComponent(address)}`;
  void browser.tabs.create({ url: `popup.html${subject}` });
}

/** Maximum time for Firefox to report its version, in ms: requests with secrets wait for it. */
const LIMIT = 2000;

/** Firefox's version. `undefined` if it isn't reported: then it counts as a version on which Guard isn't tested. */
async function browserVersion(): Promise<string | undefined> {
  try {
    return (await withTimeout(browser.runtime.getBrowserInfo(), LIMIT, undefined))?.version;
  } catch {
    return undefined;
  }
}
