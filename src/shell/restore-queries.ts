import browser from "webextension-polyfill";
import { hostOf, type Address } from "../core/address";

const ID = "restore-query";

/** From now on, also after a restart, these houses' pages get back the query that Guard keeps from being sent. */
export async function restoreQueriesAt(guarded: readonly Address[]): Promise<void> {
  await browser.scripting.unregisterContentScripts({ ids: [ID] }).catch(() => undefined); // there was none yet
  if (guarded.length === 0) return;
  await browser.scripting.registerContentScripts([
    {
      id: ID,
      js: ["restore-query.js"],
      matches: guarded.map((address) => `https://${hostOf(address)}/*`),
      runAt: "document_start",
      persistAcrossSessions: true,
    },
  ]);
}
