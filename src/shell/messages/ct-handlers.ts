import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { CERT_SPOTTER } from "../../core/hosts";
import { pinsFor } from "../../core/pin/pin";
import { shownAt } from "../../core/ct/ct-state";
import { markReviewed, oursOf, setMonitoring, wildcardRead } from "../../core/state/ct-reduce";
import type { CtMonitor } from "../ct/ct-monitor";
import type { HandlersOf } from "./messages";
import { hasConsent } from "../ct/ct-log";
import { createSecondOpinionHandlers } from "./second-opinion-handlers";
import type { CtStore } from "../storage/ct-store";
import type { Store } from "../storage/store";

/** What the page of the certificate logs may ask for. */
export function createCtHandlers(store: Store, ctStore: CtStore, ctMonitor: CtMonitor): HandlersOf<"ct"> {
  const of = z.strictObject({ address: ADDRESS });
  return {
    ...createSecondOpinionHandlers(ctMonitor),

    "ct.read": {
      schema: of,
      run: async ({ address }) => {
        const state = await store.read();
        const kept = await ctStore.read(address);
        return {
          ctState: shownAt(state.ctStates, address),
          ours: oursOf(state, address),
          isFirstUse: pinsFor(state.stored.pins, address).every(({ source }) => source === "first-use"),
          issuances: kept.kind === "value" ? kept.value : [],
          damage: kept.kind === "damaged" ? kept.reason : undefined,
          progress: ctMonitor.progress(address),
        };
      },
    },

    "ct.set": {
      schema: z.strictObject({ address: ADDRESS, on: z.boolean() }),
      run: async ({ address, on }) => {
        await store.change((state) => setMonitoring(state, address, on));
        // Firefox may have given the permission already, or give it in this click. Whichever comes second starts the
        // query.
        if (!on) await ctMonitor.withdrawUnused();
        else if (await hasConsent(CERT_SPOTTER)) void ctMonitor.runDue();
        return null;
      },
    },

    "ct.check": {
      schema: of,
      run: async ({ address }) => {
        await ctMonitor.check(address);
        return null;
      },
    },

    "ct.reviewed": {
      schema: z.strictObject({ address: ADDRESS, until: z.number() }),
      run: async ({ address, until }) => {
        const kept = await ctStore.read(address);
        const issuances = kept.kind === "value" ? kept.value : [];
        await store.change((state) => markReviewed(state, address, issuances, until));
        return null;
      },
    },

    "ct.wildcard-read": {
      schema: of,
      run: async ({ address }) => {
        await store.change((state) => wildcardRead(state, address));
        return null;
      },
    },
  };
}
