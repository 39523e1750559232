import * as z from "zod/mini";
import { startAgain } from "../../core/state/reduce";
import type { Store } from "../storage/store";
import type { Visits } from "../watch/visits";
import type { HandlersOf } from "./messages";

/** What our pages may ask for when the saved state can't be read. */
export function createDamageHandlers(store: Store, visits: Visits): HandlersOf<"damage"> {
  return {
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
