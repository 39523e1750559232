import browser from "webextension-polyfill";
import { hostOf, type Address } from "../core/address";
import type { State } from "../core/state";
import { within } from "./within";

const ID = "restore-query";

const MANNER = { runAt: "document_start", persistAcrossSessions: true } as const;

/** Maximum time for each of Firefox's answers, in ms. */
const LIMIT = 5000;

export interface QueryRestorer {
  /**
   * The instances that Guard is on for are these now. Their pages get back the query that Guard keeps from being sent,
   * also after a restart. If they aren't known, whatever is registered stays.
   * @returns when Firefox has been told. Never rejects; what failed is tried again at the next call.
   */
  readonly restoreAt: (guarded: State["guarded"]) => Promise<void>;
}

/**
 * Keeps the content script registered that puts a moved query back (`core/moved-query.ts`). Firefox forgets it when the
 * extension is updated, so it is to be asked for each time the background starts.
 */
export function createQueryRestorer(): QueryRestorer {
  let wanted: State["guarded"] | undefined;
  let done: Promise<void> = Promise.resolve();
  return {
    restoreAt: (guarded) => {
      if (guarded === "unknown" || guarded === wanted) return done;
      wanted = guarded;
      done = done.then(async () => {
        const isDone = await within(register(guarded), LIMIT, false);
        if (!isDone && wanted === guarded) wanted = undefined;
      });
      return done;
    },
  };
}

/** @returns whether Firefox took it. Never rejects. */
async function register(guarded: readonly Address[]): Promise<boolean> {
  const matches = [...new Set(guarded.map((address) => `https://${hostOf(address)}/*`))].sort();
  const { scripting } = browser;
  try {
    const [registered] = await scripting.getRegisteredContentScripts({ ids: [ID] });
    if (matches.length === 0) {
      if (registered !== undefined) await scripting.unregisterContentScripts({ ids: [ID] });
      return true;
    }
    if (registered?.matches?.toSorted().join(" ") === matches.join(" ")) return true;
    const script = { id: ID, js: ["restore-query.js"], matches, ...MANNER };
    // Changed in place: between removing one and registering another a login could come back.
    await (registered === undefined
      ? scripting.registerContentScripts([script])
      : scripting.updateContentScripts([script]));
    return true;
  } catch (cause) {
    console.error("Latchkey could not register its content script", cause);
    return false;
  }
}
