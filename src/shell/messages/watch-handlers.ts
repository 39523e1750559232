import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { setWatched } from "../../core/state/reduce";
import { hostsOf } from "../../core/state/version-advice";
import type { Store } from "../storage/store";
import type { Versions } from "../version/versions";
import type { Visits } from "../watch/visits";
import type { HandlersOf } from "./messages";

/** What our pages may ask for about Watch: its switch, and a check at once. */
export function createWatchHandlers(store: Store, visits: Visits, versions: Versions): HandlersOf<"watch" | "check"> {
  return {
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
        const isAsked = !isPrivate && hostsOf(await store.read(), address).length > 0;
        await (isAsked ? versions.asker.ask(address) : visits.probe(address, isPrivate));
        return null;
      },
    },
  };
}
