import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { isOnWarning } from "../../core/state/on-warning";
import { setHome } from "../../core/state/pins";
import { addPending } from "../../core/state/reduce";
import { FINGERPRINT } from "../../core/tls/fingerprint";
import type { Permissions } from "../permissions";
import type { Store } from "../storage/store";
import type { LocalReader } from "../watch/local-reader";
import type { Visits } from "../watch/visits";
import type { HandlersOf } from "./messages";
import { pinGranted } from "./pin-handlers";

/** What our pages may ask for about local pages: reading one, and pinning the certificate it shows. */
export function createLocalPageHandlers(
  store: Store,
  visits: Visits,
  permissions: Permissions,
  localReader: LocalReader,
): HandlersOf<"local-page"> {
  return {
    "local-page.read": {
      schema: z.strictObject({ tabId: z.int(), private: z.boolean() }),
      run: ({ tabId, private: isPrivate }) => localReader.read(tabId, isPrivate),
    },

    "local-page.pin": {
      schema: z.strictObject({
        hosts: z.array(ADDRESS).check(z.minLength(1)),
        fingerprint: FINGERPRINT,
        replaces: z.exactOptional(FINGERPRINT),
        private: z.boolean(),
      }),
      run: async ({ hosts, ...told }) => {
        const before = await store.read();
        if (hosts.some((address) => isOnWarning(before, address, { ...told, source: "home" }))) return "on-warning";
        const at = Date.now();
        await store.change((state) =>
          hosts.reduce((next, address) => addPending(next, { ...told, address, source: "home", at }), state),
        );
        const pinned = await pinGranted(store, visits, permissions);
        return hosts.every((address) => pinned.includes(address)) ? "pinned" : "waiting";
      },
    },

    "local-page.switch": {
      schema: z.strictObject({
        origin: z.string().check(z.regex(/^https?:\/\/[^/]+$/u)),
        isRead: z.boolean(),
        private: z.boolean(),
      }),
      run: async ({ origin, isRead, private: isPrivate }) => {
        // The choice is saved with the page's address, and nothing from private windows is saved.
        if (!isPrivate) await store.change((state) => setHome(state, origin, isRead));
        return null;
      },
    },
  };
}
