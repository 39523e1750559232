import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { mayGuard } from "../../core/state/guard";
import { setLevel } from "../../core/state/guard-level";
import { acceptFirefox } from "../../core/state/guard-limit";
import { bypass, setGuard } from "../../core/state/reduce";
import { GUARD_LEVEL } from "../../core/state/state";
import type { ContentScripts } from "../guard/content-scripts";
import type { Store } from "../storage/store";
import type { HandlersOf } from "./messages";

/** What our pages may ask for about Guard. */
export function createGuardHandlers(store: Store, contentScripts: ContentScripts): HandlersOf<"guard"> {
  return {
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

    "guard.bypass": {
      schema: z.strictObject({ address: ADDRESS, tabId: z.int() }),
      run: async ({ address, tabId }) => {
        await store.change((state) => bypass(state, tabId, address));
        return null;
      },
    },
  };
}
