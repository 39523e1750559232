import browser from "webextension-polyfill";
import { hostOf, type Address } from "../../core/address";
import type { State } from "../../core/state/state";
import { withTimeout } from "../with-timeout";

interface Script {
  readonly id: string;
  readonly js: string[];
  readonly allFrames: boolean;
  /** A match pattern for a host. */
  readonly pattern: (host: string) => string;
}

const SCRIPTS: readonly Script[] = [
  // Puts a query back that Guard kept from being sent (`core/request/moved-query.ts`).
  { id: "restore-query", js: ["restore-query.js"], allFrames: false, pattern: (host) => `https://${host}/*` },
  // Stops the document in frames of other sites (`core/request/framed.ts`). Latchkey can't see a plaintext response
  // there either.
  { id: "stop-framed", js: ["stop-framed.js"], allFrames: true, pattern: (host) => `*://${host}/*` },
];
const MANNER = { runAt: "document_start", persistAcrossSessions: true } as const;

/** Maximum time for each call to Firefox, in ms. */
const LIMIT = 5000;

export interface ContentScripts {
  /**
   * Registers the scripts for the instances that Guard is on for now. They stay registered after a restart. If
   * `guarded` isn't known, whatever is registered stays.
   * @returns when Firefox has answered. Never rejects; what failed is tried again at the next call.
   */
  readonly registerAt: (guarded: State["guarded"]) => Promise<void>;
}

/**
 * Keeps the content scripts of guarded instances registered. Firefox forgets them when the extension is updated, so
 * they are registered each time the background starts.
 */
export function createContentScripts(): ContentScripts {
  let wanted: State["guarded"] | undefined;
  let done: Promise<void> = Promise.resolve();
  return {
    registerAt: (guarded) => {
      if (guarded === "unknown" || guarded === wanted) return done;
      wanted = guarded;
      done = done.then(async () => {
        const all = await Promise.all(SCRIPTS.map((script) => withTimeout(register(script, guarded), LIMIT, false)));
        if (all.includes(false) && wanted === guarded) wanted = undefined;
      });
      return done;
    },
  };
}

/** @returns whether Firefox took it. Never rejects. */
async function register({ pattern, ...script }: Script, guarded: readonly Address[]): Promise<boolean> {
  const { id } = script;
  const matches = [...new Set(guarded.map((address) => pattern(hostOf(address))))].sort();
  const { scripting } = browser;
  try {
    const [registered] = await scripting.getRegisteredContentScripts({ ids: [id] });
    if (matches.length === 0) {
      if (registered !== undefined) await scripting.unregisterContentScripts({ ids: [id] });
      return true;
    }
    if (registered?.matches?.toSorted().join(" ") === matches.join(" ")) return true;
    // Updated in place: between removing one and registering another, a login could come back.
    await (registered === undefined
      ? scripting.registerContentScripts([{ ...script, ...MANNER, matches }])
      : scripting.updateContentScripts([{ ...script, ...MANNER, matches }]));
    return true;
  } catch (cause) {
    console.error("Latchkey could not register its content script", cause);
    return false;
  }
}
