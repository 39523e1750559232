import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { CLOSING } from "../../core/incident/incident";
import { closeIncident } from "../../core/state/reduce";
import type { Store } from "../storage/store";
import type { Clearer } from "../watch/clearer";
import type { Visits } from "../watch/visits";
import type { HandlersOf } from "./messages";

/** What our pages may ask for after a warning: closing it, and clearing what the attacker may have left. */
export function createIncidentHandlers(
  store: Store,
  visits: Visits,
  clearer: Clearer,
): HandlersOf<"incident" | "clear"> {
  return {
    "incident.close": {
      schema: z.strictObject({ key: z.string(), how: CLOSING, address: ADDRESS, private: z.boolean() }),
      run: async ({ key, how, address, private: isPrivate }) => {
        await store.change((state) => closeIncident(state, key, how, Date.now()));
        void visits.probe(address, isPrivate);
        return null;
      },
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
  };
}
