import browser from "webextension-polyfill";
import * as z from "zod/mini";
import { ADDRESS, placeOf, type Address } from "../../core/address";
import { mayGuard } from "../../core/state/guard";
import { setLevel } from "../../core/state/guard-level";
import { acceptFirefox } from "../../core/state/guard-limit";
import { CLOSING } from "../../core/incident/incident";
import { hostsOf } from "../../core/state/version-advice";
import { closeIncident, bypass, setGuard, setWatched, startAgain } from "../../core/state/reduce";
import { GUARD_LEVEL, isUnwatched, isWatched, windowStateOf, type State } from "../../core/state/state";
import { EMPTY_VERSIONS } from "../../core/version/version-state";
import { incidentsViewOf, viewOf } from "../../core/view/view";
import type { CtMonitor } from "../ct/ct-monitor";
import type { BlockedTabs } from "./blocked-tabs";
import type { Clearer } from "../watch/clearer";
import type { LocalReader } from "../watch/local-reader";
import type { Handlers } from "./messages";
import type { Permissions } from "../permissions";
import { createPinHandlers } from "./pin-handlers";
import { createCtHandlers } from "./ct-handlers";
import type { CtStore } from "../storage/ct-store";
import type { ContentScripts } from "../guard/content-scripts";
import type { Store } from "../storage/store";
import { createVersionHandlers } from "./version-handlers";
import type { Versions } from "../version/versions";
import type { Visits } from "../watch/visits";

/** What our pages may ask for. Every change goes through the core. */
export function createHandlers(
  store: Store,
  visits: Visits,
  permissions: Permissions,
  homeReader: LocalReader,
  clearer: Clearer,
  versions: Versions,
  records: CtStore,
  ctMonitor: CtMonitor,
  blockedTabs: BlockedTabs,
  contentScripts: ContentScripts,
): Handlers {
  const subject = async (tabId: number | undefined, state: State, isPrivate: boolean): Promise<Subject> => {
    const tab = tabId === undefined ? undefined : await browser.tabs.get(tabId).catch(() => undefined);
    const place = tab?.url === undefined ? undefined : placeOf(tab.url);
    if (place === undefined) return tabId === undefined ? { address: windowStateOf(state, isPrivate).visited } : {};
    const { address, secure } = place;
    if (isWatched(state, address, isPrivate) || isUnwatched(state, address, isPrivate)) return { address };
    return secure ? { suggested: address } : {};
  };

  return {
    ...createPinHandlers(store, visits, permissions, homeReader),
    ...createVersionHandlers(store, versions),
    ...createCtHandlers(store, records, ctMonitor),
    ...blockedTabs.handlers,

    "view.read": {
      schema: z.strictObject({
        private: z.boolean(),
        tabId: z.exactOptional(z.int()),
        address: z.exactOptional(ADDRESS),
      }),
      run: async (request) => {
        await permissions.refresh();
        const state = await store.read();
        const named: Subject | undefined = request.address === undefined ? undefined : { address: request.address };
        const { address, suggested } = named ?? (await subject(request.tabId, state, request.private));
        const sight = {
          private: request.private,
          origins: permissions.origins(),
          privateAllowed: permissions.privateAllowed(),
        };
        return { view: viewOf(state, address, sight), ...(suggested === undefined ? {} : { suggested }) };
      },
    },

    "stored.read": {
      schema: z.strictObject({ private: z.boolean() }),
      run: async (request) => {
        const state = await store.read();
        const { checks } = windowStateOf(state, request.private);
        const { pins, history, homes } = state.stored;
        const { versions = EMPTY_VERSIONS } = state;
        return { pins, history, homes, checks, versions, damage: state.damage, unsaved: state.unsaved };
      },
    },

    "watch.set": {
      schema: z.strictObject({ address: ADDRESS, watched: z.boolean(), private: z.boolean() }),
      run: async ({ address, watched, private: isPrivate }) => {
        await store.change((state) => setWatched(state, address, watched, isPrivate));
        if (watched) void visits.probe(address, isPrivate);
        return null;
      },
    },

    "guard.set": {
      schema: z.strictObject({ address: ADDRESS, on: z.boolean() }),
      run: async ({ address, on }) => {
        const { state } = await store.change((current) =>
          mayGuard(current, address) ? setGuard(current, address, on) : current,
        );
        await contentScripts.registerAt(state.guarded);
        return null;
      },
    },

    "guard.level": {
      schema: z.strictObject({ address: ADDRESS, level: GUARD_LEVEL, private: z.boolean() }),
      run: async ({ address, level, private: isPrivate }) => {
        await store.change((state) => setLevel(state, address, level, isPrivate));
        return null;
      },
    },

    "guard.accept-firefox": {
      schema: z.strictObject({}),
      run: async () => {
        await store.change(acceptFirefox);
        return null;
      },
    },

    "guard.open-anyway": {
      schema: z.strictObject({ address: ADDRESS, tabId: z.int() }),
      run: async ({ address, tabId }) => {
        await store.change((state) => bypass(state, tabId, address));
        return null;
      },
    },

    "check.now": {
      schema: z.strictObject({ address: ADDRESS, private: z.boolean() }),
      run: async ({ address, private: isPrivate }) => {
        const isAsked = !isPrivate && hostsOf(await store.read(), address).length > 0;
        await (isAsked ? versions.asker.ask(address) : visits.probe(address, isPrivate));
        return null;
      },
    },

    "incident.close": {
      schema: z.strictObject({ key: z.string(), how: CLOSING, address: ADDRESS, private: z.boolean() }),
      run: async ({ key, how, address, private: isPrivate }) => {
        await store.change((state) => closeIncident(state, key, how, Date.now()));
        void visits.probe(address, isPrivate);
        return null;
      },
    },

    "incidents.read": {
      schema: z.strictObject({ private: z.boolean() }),
      run: async (request) => incidentsViewOf(await store.read(), request.private),
    },

    "clear.ask": {
      schema: z.strictObject({ address: ADDRESS }),
      run: async ({ address }) => {
        await clearer.ask(address);
        return null;
      },
    },

    "clear.forget": {
      schema: z.strictObject({ address: ADDRESS }),
      run: async ({ address }) => {
        await clearer.forget(address);
        return null;
      },
    },

    "damage.read": { schema: z.strictObject({}), run: () => store.readDamaged() },

    "damage.start-again": {
      schema: z.strictObject({}),
      run: async () => {
        await store.putDamagedAside(Date.now());
        await store.change(startAgain);
        void visits.probeOpenTabs();
        return null;
      },
    },
  };
}

interface Subject {
  readonly address?: Address | undefined;
  readonly suggested?: Address;
}
