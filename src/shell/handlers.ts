import browser from "webextension-polyfill";
import * as z from "zod/mini";
import { ADDRESS, parseAddress, placeOf, type Address } from "../core/address";
import { FINGERPRINT, parseFingerprint } from "../core/fingerprint";
import { mayGuard } from "../core/guard";
import { previewImport } from "../core/import-preview";
import { CLOSING } from "../core/incident";
import { hostsOf } from "../core/insecure";
import { isGranted } from "../core/permission";
import { pin, remembered, setHome, takeImport, trust, undo, unpin } from "../core/pins";
import { addPending, closeIncident, openAnyway, setGuard, setWatched, startAgain, takePending } from "../core/reduce";
import { ok } from "../core/result";
import { PIN } from "../core/pin";
import { isUnwatched, isWatched, sideOf, type State } from "../core/state";
import { EMPTY_VERSIONS, VERSION_TEXT } from "../core/version-book";
import { override, protectAgain, setFeed } from "../core/version-steps";
import { incidentsViewOf, viewOf } from "../core/view";
import type { Audit } from "./audit";
import type { Clearer } from "./clearer";
import type { HomeReader } from "./home-reader";
import type { Handlers } from "./messages";
import { restoreQueriesAt } from "./restore-queries";
import type { Permissions } from "./permissions";
import { createRecordHandlers } from "./record-handlers";
import type { RecordStore } from "./record-store";
import type { Store } from "./store";
import type { Versions } from "./versions";
import type { Visits } from "./visits";

/** A text field, long enough for a pasted dialog and no longer. */
const TYPED = z.string().check(z.maxLength(10_000));

/** What our pages may ask for. Every change goes through the core; a change of pins is followed by a probe at once. */
export function createHandlers(
  store: Store,
  visits: Visits,
  permissions: Permissions,
  homeReader: HomeReader,
  clearer: Clearer,
  versions: Versions,
  records: RecordStore,
  audit: Audit,
): Handlers {
  const subject = async (tabId: number | undefined, state: State, isPrivate: boolean): Promise<Subject> => {
    const tab = tabId === undefined ? undefined : await browser.tabs.get(tabId).catch(() => undefined);
    const place = tab?.url === undefined ? undefined : placeOf(tab.url);
    if (place === undefined) return tabId === undefined ? { address: sideOf(state, isPrivate).visited } : {};
    const { address, secure } = place;
    if (isWatched(state, address, isPrivate) || isUnwatched(state, address, isPrivate)) return { address };
    return secure ? { suggested: address } : {};
  };

  return {
    ...createRecordHandlers(store, records, audit),

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

    "pin.set": {
      schema: z.strictObject({
        address: TYPED,
        fingerprint: TYPED,
        replaces: z.exactOptional(FINGERPRINT),
        private: z.boolean(),
      }),
      run: async (request) => {
        const address = parseAddress(request.address);
        if (!address.ok) return address;
        const fingerprint = parseFingerprint(request.fingerprint);
        if (!fingerprint.ok) return fingerprint;
        await store.change((state) =>
          addPending(state, {
            ...{ address: address.value, fingerprint: fingerprint.value, source: "typed" },
            ...{ private: request.private, at: Date.now() },
            ...(request.replaces === undefined ? {} : { replaces: request.replaces }),
          }),
        );
        // The permission may be there already, or be given in this very click: whichever comes last pins.
        const pinned = await pinGranted(store, visits, permissions);
        return ok(pinned.includes(address.value) ? "pinned" : "waiting");
      },
    },

    "pin.forget-waiting": {
      schema: z.strictObject({ addresses: z.array(ADDRESS) }),
      run: async ({ addresses }) => {
        await store.change((state) => takePending(state, (waiting) => addresses.includes(waiting))[0]);
        return null;
      },
    },

    "pin.trust": {
      schema: z.strictObject({ address: ADDRESS, private: z.boolean() }),
      run: async ({ address, private: isPrivate }) => {
        await store.change((state) => trust(state, address, Date.now(), isPrivate));
        void visits.probe(address, isPrivate);
        return null;
      },
    },

    "home.read": {
      schema: z.strictObject({ tabId: z.int(), private: z.boolean() }),
      run: ({ tabId, private: isPrivate }) => homeReader.read(tabId, isPrivate),
    },

    "home.pin": {
      schema: z.strictObject({
        hosts: z.array(ADDRESS).check(z.minLength(1)),
        fingerprint: FINGERPRINT,
        replaces: z.exactOptional(FINGERPRINT),
        private: z.boolean(),
      }),
      run: async ({ hosts, ...told }) => {
        const at = Date.now();
        await store.change((state) =>
          hosts.reduce((next, address) => addPending(next, { ...told, address, source: "home", at }), state),
        );
        const pinned = await pinGranted(store, visits, permissions);
        return hosts.every((address) => pinned.includes(address)) ? "pinned" : "waiting";
      },
    },

    "home.switch": {
      schema: z.strictObject({ origin: z.string().check(z.regex(/^https?:\/\/[^/]+$/u)), isRead: z.boolean() }),
      run: async ({ origin, isRead }) => {
        await store.change((state) => setHome(state, origin, isRead));
        return null;
      },
    },

    "book.read": {
      schema: z.strictObject({ private: z.boolean() }),
      run: async (request) => {
        const state = await store.read();
        const { checks } = sideOf(state, request.private);
        const { pins, history, homes } = state.book;
        const { versions = EMPTY_VERSIONS } = state;
        return { pins, history, homes, checks, versions, damage: state.damage, unsaved: state.unsaved };
      },
    },

    "history.undo": {
      schema: z.strictObject({ at: z.number() }),
      run: async ({ at }) => {
        const { state } = await store.change((current) => undo(current, at, Date.now()));
        const entry = state.book.history.find((old) => old.at === at);
        const hosts = new Set([...(entry?.before ?? []), ...(entry?.after ?? [])].flatMap((pin) => pin.hosts));
        for (const address of hosts) void visits.probe(address, false);
        return null;
      },
    },

    "pins.import": {
      schema: z.strictObject({ pins: z.array(PIN) }),
      run: async ({ pins }) => {
        await store.change((state) => takeImport(state, previewImport(state.book.pins, pins), Date.now()));
        void visits.probeOpenTabs();
        return null;
      },
    },

    "pin.remove": {
      schema: z.strictObject({ addresses: z.array(ADDRESS), fingerprint: FINGERPRINT, private: z.boolean() }),
      run: async ({ addresses, fingerprint, private: isPrivate }) => {
        const at = Date.now();
        await store.change((state) =>
          remembered(state, "removed", at, (before) =>
            addresses.reduce((next, address) => unpin(next, address, fingerprint), before),
          ),
        );
        for (const address of addresses) void visits.probe(address, isPrivate);
        return at;
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
        await restoreQueriesAt(state.guarded === "unknown" ? [] : state.guarded);
        return null;
      },
    },

    "guard.open-anyway": {
      schema: z.strictObject({ address: ADDRESS, tabId: z.int() }),
      run: async ({ address, tabId }) => {
        await store.change((state) => openAnyway(state, tabId, address));
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

    "version.override": {
      schema: z.strictObject({ address: ADDRESS, text: VERSION_TEXT, ids: z.array(z.string()) }),
      run: async ({ address, text, ids }) => {
        await store.change((state) => override(state, address, text, ids, Date.now()));
        return null;
      },
    },

    "version.protect": {
      schema: z.strictObject({ address: ADDRESS }),
      run: async ({ address }) => {
        await store.change((state) => protectAgain(state, address, Date.now()));
        return null;
      },
    },

    "feed.set": {
      schema: z.strictObject({ on: z.boolean() }),
      run: async ({ on }) => {
        await store.change((state) => setFeed(state, on, Date.now()));
        await versions.feed.fetchDue();
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

/** Pins what waited for a permission that is there now, and looks at once. @returns the addresses pinned */
export async function pinGranted(store: Store, visits: Visits, permissions: Permissions): Promise<Address[]> {
  await permissions.refresh();
  const pinned: { address: Address; private: boolean }[] = [];
  await store.change((state) => {
    const [without, granted] = takePending(state, (address) => isGranted(permissions.origins(), address));
    pinned.push(...granted);
    const event = granted.some(({ replaces }) => replaces !== undefined) ? "changed" : "pinned";
    return remembered(without, event, Date.now(), (next) => granted.reduce(pin, next));
  });
  for (const { address, private: isPrivate } of pinned) void visits.probe(address, isPrivate);
  return pinned.map(({ address }) => address);
}
