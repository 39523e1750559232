import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { VERSION_TEXT } from "../../core/version/version-state";
import { override, protectAgain, setFeed } from "../../core/state/version-steps";
import type { HandlersOf } from "./messages";
import type { Store } from "../storage/store";
import type { Versions } from "../version/versions";

/** What our pages may ask for about versions of Home Assistant and their advisories. */
export function createVersionHandlers(store: Store, versions: Versions): HandlersOf<"version" | "feed"> {
  return {
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
  };
}
