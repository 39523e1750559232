import type { CtMonitor } from "../ct/ct-monitor";
import type { ContentScripts } from "../guard/content-scripts";
import type { Permissions } from "../permissions";
import type { CtStore } from "../storage/ct-store";
import type { Store } from "../storage/store";
import type { Versions } from "../version/versions";
import type { Clearer } from "../watch/clearer";
import type { LocalReader } from "../watch/local-reader";
import type { Visits } from "../watch/visits";
import type { BlockedTabs } from "./blocked-tabs";
import { createCtHandlers } from "./ct-handlers";
import { createDamageHandlers } from "./damage-handlers";
import { createGuardHandlers } from "./guard-handlers";
import { createIncidentHandlers } from "./incident-handlers";
import { createLocalPageHandlers } from "./local-page-handlers";
import type { Handlers } from "./messages";
import { createPinHandlers } from "./pin-handlers";
import { createPinListHandlers } from "./pin-list-handlers";
import { createVersionHandlers } from "./version-handlers";
import { createViewHandlers } from "./view-handlers";
import { createWatchHandlers } from "./watch-handlers";

/** What the handlers work with. */
interface Parts {
  readonly store: Store;
  readonly visits: Visits;
  readonly permissions: Permissions;
  readonly localReader: LocalReader;
  readonly clearer: Clearer;
  readonly versions: Versions;
  readonly ctStore: CtStore;
  readonly ctMonitor: CtMonitor;
  readonly blockedTabs: BlockedTabs;
  readonly contentScripts: ContentScripts;
}

/** What our pages may ask for. Every change goes through the core. */
export const createHandlers = ({
  store,
  visits,
  permissions,
  localReader,
  clearer,
  versions,
  ctStore,
  ctMonitor,
  blockedTabs,
  contentScripts,
}: Parts): Handlers => ({
  ...createViewHandlers(store, permissions),
  ...createWatchHandlers(store, visits, versions),
  ...createGuardHandlers(store, contentScripts),
  ...createPinHandlers(store, visits, permissions),
  ...createPinListHandlers(store, visits),
  ...createLocalPageHandlers(store, visits, permissions, localReader),
  ...createIncidentHandlers(store, visits, clearer),
  ...createVersionHandlers(store, versions),
  ...createCtHandlers(store, ctStore, ctMonitor),
  ...createDamageHandlers(store, visits),
  ...blockedTabs.handlers,
});
