import browser from "webextension-polyfill";
import * as z from "zod/mini";
import { ADDRESS, placeOf, type Address } from "../../core/address";
import { isUnwatched, isWatched, windowStateOf } from "../../core/state/state";
import { incidentsViewOf, incidentViewOf } from "../../core/view/incidents-view";
import { storedViewOf } from "../../core/view/stored-view";
import { viewOf } from "../../core/view/view";
import type { Permissions } from "../permissions";
import type { Store } from "../storage/store";
import type { HandlersOf } from "./messages";

/** Where a part of a list begins. */
const FROM = z.int().check(z.nonnegative());

/** What our pages show: one instance, all that is saved, and the warnings. These calls change nothing. */
export function createViewHandlers(
  store: Store,
  permissions: Permissions,
): HandlersOf<"view" | "stored" | "incidents"> {
  return {
    "view.read": {
      schema: z.strictObject({
        private: z.boolean(),
        tabId: z.exactOptional(z.int()),
        address: z.exactOptional(ADDRESS),
      }),
      run: async (request) => {
        const [{ address, suggested }] = await Promise.all([
          request.address === undefined
            ? subject(request.tabId, store, request.private)
            : { address: request.address, suggested: undefined },
          permissions.refresh(),
        ]);
        const state = await store.read();
        const sight = {
          private: request.private,
          origins: permissions.origins(),
          privateAllowed: permissions.privateAllowed(),
        };
        return { view: viewOf(state, address, sight), ...(suggested === undefined ? {} : { suggested }) };
      },
    },

    "stored.read": {
      schema: z.strictObject({ find: z.string(), pinsFrom: FROM, historyFrom: FROM }),
      run: async (query) => storedViewOf(await store.read(), query),
    },

    "incidents.read": {
      schema: z.strictObject({ private: z.boolean(), from: FROM }),
      run: async (request) => incidentsViewOf(await store.read(), request.private, request.from),
    },

    "incidents.read-one": {
      schema: z.strictObject({ private: z.boolean(), key: z.string() }),
      run: async (request) => incidentViewOf(await store.read(), request.private, request.key) ?? null,
    },
  };
}

interface Subject {
  readonly address?: Address | undefined;
  readonly suggested?: Address;
}

/** What the view is about: the address in a tab or, without a tab, the one visited last. */
async function subject(tabId: number | undefined, store: Store, isPrivate: boolean): Promise<Subject> {
  const tab = tabId === undefined ? undefined : await browser.tabs.get(tabId).catch(() => undefined);
  const state = await store.read();
  const place = tab?.url === undefined ? undefined : placeOf(tab.url);
  if (place === undefined) return tabId === undefined ? { address: windowStateOf(state, isPrivate).visited } : {};
  const { address, secure } = place;
  if (isWatched(state, address, isPrivate) || isUnwatched(state, address, isPrivate)) return { address };
  return secure ? { suggested: address } : {};
}
