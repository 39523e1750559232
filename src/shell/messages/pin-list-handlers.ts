import * as z from "zod/mini";
import { previewImport } from "../../core/pin/import-preview";
import { PIN } from "../../core/pin/pin";
import { takesFromWarning } from "../../core/state/on-warning";
import { takeImport, undo } from "../../core/state/pins";
import type { Store } from "../storage/store";
import type { Visits } from "../watch/visits";
import type { HandlersOf } from "./messages";

/** What our pages may ask for about many pins at once: taking in a file of pins, and undoing an earlier change. */
export function createPinListHandlers(store: Store, visits: Visits): HandlersOf<"pins" | "history"> {
  return {
    "pins.read": {
      schema: z.strictObject({}),
      run: async () => (await store.read()).stored.pins,
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
