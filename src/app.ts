import browser, { type Alarms, type Runtime, type Tabs, type WebRequest } from "webextension-polyfill";
import { createCtMonitor } from "./shell/ct/ct-monitor";
import { createAwaitedAnswers } from "./shell/watch/awaited-answers";
import { createBlockedTabs } from "./shell/messages/blocked-tabs";
import { createClearer } from "./shell/watch/clearer";
import { createConnections } from "./shell/guard/connections";
import { createDisk } from "./shell/storage/disk";
import { failClosed } from "./shell/guard/fail-closed";
import { createGuard, type Completed, type Sending } from "./shell/guard/guard";
import { createHandlers } from "./shell/messages/handlers";
import { createLocalReader } from "./shell/watch/local-reader";
import { createNavigations } from "./shell/guard/navigations";
import { createNotifier } from "./shell/ui/notifier";
import { createPermissions } from "./shell/permissions";
import { pinGranted } from "./shell/messages/pin-handlers";
import { createProber, type OnLimit, type OnUnchecked } from "./shell/probe/prober";
import { createCtStore } from "./shell/storage/ct-store";
import { createContentScripts } from "./shell/guard/content-scripts";
import { monotonicNow } from "./shell/monotonic-clock";
import { createStore } from "./shell/storage/store";
import { createToolbar } from "./shell/ui/toolbar";
import { createEventBatches } from "./shell/event-batch";
import { createVersions } from "./shell/version/versions";
import { createVisits } from "./shell/watch/visits";
import { createWatcher } from "./shell/watch/watcher";
import { withTimeout } from "./shell/with-timeout";
import { noteCertificate, wantsCertificate } from "./core/state/client-certificate";
import { noteFirefox, noteLimit } from "./core/state/guard-limit";
import { nonceOf } from "./core/probe/probe";
import { noteSaved, observe, tabClosed } from "./core/state/reduce";
import { isWatched, type State } from "./core/state/state";

/** Makes the parts and ties them together. Nothing here waits: the caller registers the listeners in its first turn. */
export function createApp() {
  const permissions = createPermissions();
  const toolbar = createToolbar(() => store.peek(), permissions);
  const disk = createDisk(browser.storage.local, browser.storage.session, (why) => {
    void store.change((state) => noteSaved(state, why));
  });
  const contentScripts = createContentScripts();
  let workersToClear: State["workersToClear"];
  const store = createStore(disk, browser.storage.session, (state) => {
    void toolbar.show();
    versions.asker.askDue();
    ctMonitor.onState(state);
    void contentScripts.registerAt(state.guarded);
    if (state.workersToClear !== workersToClear && state.workersToClear !== undefined) void clearer.onAsked();
    workersToClear = state.workersToClear;
  });
  const notifier = createNotifier((address) => {
    const subject = address === undefined ? "" : `?address=${encodeURIComponent(address)}`;
    void browser.tabs.create({ url: `popup.html${subject}` });
  });
  const records = createCtStore(disk);
  const blockedTabs = createBlockedTabs(disk);
  const ctMonitor = createCtMonitor(store, records, notifier);
  const onUnchecked: OnUnchecked = ({ address, private: isPrivate }, at, { reason, words }) => {
    const request = { type: "probe", method: "POST", url: `https://${address}/` };
    void store.change((state) => {
      const known = isWatched(state, address, isPrivate);
      const seen = { kind: "nothing", reason, ...(words === undefined ? {} : { words }) } as const;
      return known ? observe(state, { address, at, private: isPrivate, seen, freshness: "live", request }) : state;
    });
  };
  const onLimit: OnLimit = (isPrivate, limit) => {
    void store.change((state) => noteLimit(state, limit, isPrivate));
  };
  const prober = createProber(onUnchecked, onLimit, {
    wants: (address) => {
      const state = store.peek();
      return state && wantsCertificate(state, address);
    },
    note: (address, isWanted) => void store.change((state) => noteCertificate(state, address, isWanted)),
  });
  const firefoxKnown = browserVersion().then((version) => store.change((state) => noteFirefox(state, version)));
  const navigations = createNavigations(monotonicNow);
  const currentBatch = createEventBatches();
  const visits = createVisits(store, prober);
  const connections = createConnections(store);
  const versions = createVersions(store, prober, visits, notifier);
  const guard = createGuard(store, prober, connections, notifier, currentBatch, onUnchecked, navigations, firefoxKnown);
  const clearer = createClearer(store);
  const awaited = createAwaitedAnswers(store);
  const watcher = createWatcher({ store, prober, notifier, guard, clearer, connections, awaited, currentBatch });
  const localReader = createLocalReader(store, visits, (address) => void notifier.askAtHome(address));

  const onPermissionsChanged = async (): Promise<void> => {
    await pinGranted(store, visits, permissions);
    await clearer.onPermission();
    await versions.feed.fetchDue();
    await toolbar.show();
    await ctMonitor.onPermissionsChanged();
  };
  void permissions.refresh().then(toolbar.show);
  // Firefox forgets its alarms when it ends.
  void ctMonitor.schedule();

  const onSendHeaders = (details: Sending) =>
    prober.onSendHeaders(nonceOf(details.url), details.requestHeaders ?? [], details.proxyInfo, currentBatch()) ??
    guard.onSendHeaders(details);

  return {
    /** The three that Firefox waits for. */
    blocking: {
      onRequest: failClosed((details: WebRequest.OnBeforeRequestDetailsType) => {
        navigations.began(details);
        const { tabId, url, incognito = false } = details;
        if (tabId >= 0) toolbar.seen({ id: tabId, url, incognito });
        return guard.onRequest(details);
      }, guard.onFailure),
      onSendHeaders: failClosed(onSendHeaders, guard.onFailure),
      onHeaders: failClosed(watcher.onHeaders, guard.onFailure),
    },
    watcher,
    visits,
    handlers: createHandlers({
      store,
      visits,
      permissions,
      localReader,
      clearer,
      versions,
      records,
      ctMonitor,
      blockedTabs,
      contentScripts,
    }),
    onEnded: ({ requestId }: { readonly requestId: string }) => {
      connections.ended(requestId);
    },
    onCompleted: (details: Completed & { readonly url: string }) => {
      prober.completed(nonceOf(details.url), details.responseSize);
      guard.onCompleted(details);
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
    onTabClosed: (tabId: number) => {
      connections.tabClosed(tabId);
      awaited.tabClosed(tabId);
      navigations.tabClosed(tabId);
      blockedTabs.onTabClosed(tabId);
      toolbar.closed(tabId);
      void store.change((state) => tabClosed(state, tabId));
    },
    onPermissionsChanged: () => void onPermissionsChanged(),
    onNotificationClicked: notifier.onClicked,
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

/** Maximum time for Firefox to tell its version, in ms: what carries a secret waits for it. */
const LIMIT = 2000;

/** Firefox's version; `undefined` when it isn't told, which counts as one on which nothing is shown. */
async function browserVersion(): Promise<string | undefined> {
  try {
    return (await withTimeout(browser.runtime.getBrowserInfo(), LIMIT, undefined))?.version;
  } catch {
    return undefined;
  }
}
