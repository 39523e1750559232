import * as z from "zod/mini";
import { ADDRESS, type Address } from "../../core/address";
import { FINGERPRINT, GIVEN } from "../../core/tls/fingerprint";
import { isGranted } from "../../core/state/permission";
import { MAX_NOTE } from "../../core/pin/note";
import { isOnWarning } from "../../core/state/on-warning";
import { eventOf, pin, remembered, setNote, trust, unpin } from "../../core/state/pins";
import { addPending, takePending } from "../../core/state/reduce";
import type { HandlersOf } from "./messages";
import type { Permissions } from "../permissions";
import type { Store } from "../storage/store";
import type { Visits } from "../watch/visits";

const NOTE = z.string().check(z.maxLength(MAX_NOTE));

/** What our pages may ask for about a single pin. A change of pins is followed by a probe at once. */
export function createPinHandlers(store: Store, visits: Visits, permissions: Permissions): HandlersOf<"pin"> {
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
            ...request,
            source: "typed",
            at: Date.now(),
            ...(request.note === undefined ? {} : { note: request.note.trim() }),
          }),
        );
        // Firefox may have given the permission already, or give it in this click. Whichever comes second pins.
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
  };
}

/**
 * Pins what waited for a permission that is there now, and checks at once. If a warning has shown a waiting certificate
 * meanwhile, it is dropped and not pinned.
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
