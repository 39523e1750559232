import browser from "webextension-polyfill";
import { hostOf, type Address } from "../core/address";

const IDS = { query: "restore-query", framed: "stop-framed" };

/**
 * From now on, also after a restart, these houses' pages get back the query that Guard keeps from being sent, and their
 * documents are stopped in frames of other sites.
 */
export async function restoreQueriesAt(guarded: readonly Address[]): Promise<void> {
  for (const id of Object.values(IDS))
    await browser.scripting.unregisterContentScripts({ ids: [id] }).catch(() => undefined); // there was none yet
  if (guarded.length === 0) return;
  const matches = guarded.map((address) => `https://${hostOf(address)}/*`);
  const always = { matches, runAt: "document_start", persistAcrossSessions: true } as const;
  await browser.scripting.registerContentScripts([
    { ...always, id: IDS.query, js: ["restore-query.js"] },
    // An answer in the clear comes unseen, too.
    {
      ...always,
      ...{ id: IDS.framed, js: ["stop-framed.js"], allFrames: true },
      matches: guarded.map((address) => `*://${hostOf(address)}/*`),
    },
  ]);
}
