import browser from "webextension-polyfill";
import * as z from "zod/mini";
import { ADDRESS, parseAddress, placeOf, type Address } from "../core/address";
import { FINGERPRINT, parseFingerprint } from "../core/fingerprint";
import { CLOSING } from "../core/incident";
import { isGranted } from "../core/permission";
import { addPending, closeIncident, pin, setWatched, startAgain, takePending, unpin } from "../core/reduce";
import { ok } from "../core/result";
import { isUnwatched, isWatched, sideOf, type State } from "../core/state";
import { viewOf } from "../core/view";
import type { Handlers } from "./messages";
import type { Permissions } from "./permissions";
import type { Store } from "./store";
import type { Visits } from "./visits";

/** A text field, long enough for a pasted dialog and no longer. */
const TYPED = z.string().check(z.maxLength(10_000));

/** What our pages may ask for. Every change goes through the core; a change of pins is followed by a probe at once. */
export function createHandlers(store: Store, visits: Visits, permissions: Permissions): Handlers {
  const subject = async (tabId: number | undefined, state: State, isPrivate: boolean): Promise<Subject> => {
    const tab = tabId === undefined ? undefined : await browser.tabs.get(tabId).catch(() => undefined);
    const place = tab?.url === undefined ? undefined : placeOf(tab.url);
    if (place === undefined) return tabId === undefined ? { address: sideOf(state, isPrivate).visited } : {};
    const { address, secure } = place;
    if (isWatched(state, address, isPrivate) || isUnwatched(state, address, isPrivate)) return { address };
    return secure ? { suggested: address } : {};
  };

  return {
    "view.read": {
      schema: z.strictObject({
        private: z.boolean(),
        tabId: z.exactOptional(z.int()),
        address: z.exactOptional(ADDRESS),
      }),
      run: async (request) => {
        await permissions.refresh();
        const { state } = await store.change((current) => current);
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
            ...{ address: address.value, fingerprint: fingerprint.value, private: request.private, at: Date.now() },
            ...(request.replaces === undefined ? {} : { replaces: request.replaces }),
          }),
        );
        // The permission may be there already, or be given in this very click: whichever comes last pins.
        const pinned = await pinGranted(store, visits, permissions);
        return ok(pinned.includes(address.value) ? "pinned" : "waiting");
      },
    },

    "pin.forget-waiting": {
      schema: z.strictObject({ address: TYPED }),
      run: async ({ address }) => {
        await store.change((state) => takePending(state, (waiting) => waiting === address)[0]);
        return null;
      },
    },

    "pin.remove": {
      schema: z.strictObject({ address: ADDRESS, fingerprint: FINGERPRINT, private: z.boolean() }),
      run: async ({ address, fingerprint, private: isPrivate }) => {
        await store.change((state) => unpin(state, address, fingerprint));
        void visits.probe(address, isPrivate);
        return null;
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

    "check.now": {
      schema: z.strictObject({ address: ADDRESS, private: z.boolean() }),
      run: async ({ address, private: isPrivate }) => {
        await visits.probe(address, isPrivate);
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
    return granted.reduce((next, told) => pin(next, { ...told, source: "typed" }), without);
  });
  for (const { address, private: isPrivate } of pinned) void visits.probe(address, isPrivate);
  return pinned.map(({ address }) => address);
}
