import * as z from "zod/mini";
import { ADDRESS, type Address } from "../../core/address";
import { FINGERPRINT, GIVEN } from "../../core/tls/fingerprint";
import { previewImport } from "../../core/pin/import-preview";
import { isGranted } from "../../core/state/permission";
import { MAX_NOTE } from "../../core/pin/note";
import { isOnWarning, takesFromWarning } from "../../core/state/on-warning";
import { PIN } from "../../core/pin/pin";
import { eventOf, pin, remembered, setHome, setNote, takeImport, trust, undo, unpin } from "../../core/state/pins";
import { addPending, takePending } from "../../core/state/reduce";
import type { LocalReader } from "../watch/local-reader";
import type { HandlersOf } from "./messages";
import type { Permissions } from "../permissions";
import type { Store } from "../storage/store";
import type { Visits } from "../watch/visits";

const NOTE = z.string().check(z.maxLength(MAX_NOTE));

/** What our pages may ask for about pins and the pages they are read from. A change of pins is followed by a probe at once. */
export function createPinHandlers(
  store: Store,
  visits: Visits,
  permissions: Permissions,
  homeReader: LocalReader,
): HandlersOf<"pin" | "pins" | "home" | "history"> {
  return {
    "pin.set": {
      schema: z.strictObject({
        address: ADDRESS,
        ...GIVEN,
        replaces: z.exactOptional(FINGERPRINT),
        note: z.exactOptional(NOTE),
        compared: z.exactOptional(z.literal(true)),
        private: z.boolean(),
      }),
      run: async (request) => {
        const before = await store.read();
        if (request.compared !== true && isOnWarning(before, request.address, request)) return "on-warning";
        await store.change((state) =>
          addPending(state, {
            ...{ ...request, source: "typed", at: Date.now() },
            ...(request.note === undefined ? {} : { note: request.note.trim() }),
          }),
        );
        // The permission may be there already, or be given in this very click: whichever comes last pins.
        const pinned = await pinGranted(store, visits, permissions);
        return pinned.includes(request.address) ? "pinned" : "waiting";
      },
    },

    "pin.forget-waiting": {
      schema: z.strictObject({ addresses: z.array(ADDRESS) }),
      run: async ({ addresses }) => {
        await store.change((state) => takePending(state, (waiting) => addresses.includes(waiting))[0]);
        return null;
      },
    },

    "pin.note": {
      schema: z.strictObject({ fingerprint: FINGERPRINT, note: NOTE }),
      run: async ({ fingerprint, note }) => {
        const at = Date.now();
        await store.change((state) =>
          remembered(state, "noted", at, (before) => setNote(before, fingerprint, note.trim(), false)),
        );
        return at;
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

    "pins.import": {
      schema: z.strictObject({ pins: z.array(PIN) }),
      run: async ({ pins }) => {
        const before = await store.read();
        const refused = takesFromWarning(before, previewImport(before.stored.pins, pins));
        await store.change((state) => takeImport(state, previewImport(state.stored.pins, pins), Date.now()));
        void visits.probeOpenTabs();
        return refused;
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
        const before = await store.read();
        if (hosts.some((address) => isOnWarning(before, address, told))) return "on-warning";
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

    "history.undo": {
      schema: z.strictObject({ at: z.number() }),
      run: async ({ at }) => {
        const { state } = await store.change((current) => undo(current, at, Date.now()));
        const entry = state.stored.history.find((old) => old.at === at);
        const hosts = new Set([...(entry?.before ?? []), ...(entry?.after ?? [])].flatMap((pin) => pin.hosts));
        for (const address of hosts) void visits.probe(address, false);
        return null;
      },
    },
  };
}

/**
 * Pins what waited for a permission that is there now, and looks at once. What a warning has shown meanwhile waits no
 * longer and is not pinned.
 * @returns the addresses pinned
 */
export async function pinGranted(store: Store, visits: Visits, permissions: Permissions): Promise<Address[]> {
  await permissions.refresh();
  const pinned: { address: Address; private: boolean }[] = [];
  await store.change((state) => {
    const [without, taken] = takePending(state, (address) => isGranted(permissions.origins(), address));
    const granted = taken.filter((told) => told.compared === true || !isOnWarning(state, told.address, told));
    pinned.push(...granted);
    return remembered(without, eventOf(without, granted), Date.now(), (next) => granted.reduce(pin, next));
  });
  for (const { address, private: isPrivate } of pinned) void visits.probe(address, isPrivate);
  return pinned.map(({ address }) => address);
}
