// What Guard changes in requests before they leave.
import { expect, it } from "vitest";
import { DIRECT } from "../../../src/core/probe/route";
import type { State } from "../../../src/core/state/state";
import { noteCleared } from "../../../src/core/state/stored-copies";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createConnections } from "../../../src/shell/guard/connections";
import type { Sending } from "../../../src/shell/guard/details";
import type { Holding } from "../../../src/shell/guard/holding";
import type { Navigations } from "../../../src/shell/guard/navigations";
import { createRequestListeners } from "../../../src/shell/guard/requests";
import type { Prober } from "../../../src/shell/probe/prober";
import { createStore } from "../../../src/shell/storage/store";
import { confirmed, INSTANCE, stateOf } from "../../core/samples";
import { area, nothing } from "../storage/area";

const POOL = `${INSTANCE} firefox-default`;
const PINNED: State = { ...stateOf([confirmed("1", "K")]), guarded: [INSTANCE] };
/** Firefox may open its cache: it was cleared after the pin. */
const GUARDED = noteCleared(PINNED, { address: INSTANCE, private: false, store: "firefox-default" });

it.each<[what: string, details: object, isWaiting: boolean, isStored: boolean]>([
  ["a script", { type: "script" }, true, false],
  ["a font", { type: "font" }, true, false],
  ["data of a page", { type: "xmlhttprequest" }, true, false],
  ["data of a page", { type: "xmlhttprequest" }, false, true],
  ["an upload", { type: "xmlhttprequest", method: "OPTIONS" }, true, true],
])("of %s %j while a secret waits (%s), the cache may answer: %s", async (_, details, isWaiting, isStored) => {
  const store = createStore(area(), area(), nothing);
  await store.change(() => GUARDED);
  const connections = createConnections(store);
  await store.read();
  if (isWaiting) connections.begin("secret", POOL, 1);
  const { onSendHeaders } = createRequestListeners({
    store,
    connections,
    prober: { asked: () => false } as unknown as Prober,
    navigations: { tabOf: () => 1 } as unknown as Navigations,
    currentBatch: createEventBatches(),
    holding: {} as Holding,
    guardOf: () => "on",
    block: () => ({ cancel: true }),
  });
  const request = { requestId: "1", url: `https://${INSTANCE}/a`, method: "GET", tabId: 1, requestHeaders: [] };
  const { requestHeaders = [] } = await onSendHeaders({
    ...{ ...request, cookieStoreId: "firefox-default", proxyInfo: DIRECT, ...details },
  } as unknown as Sending);
  expect(requestHeaders).toContainEqual({ name: "Connection", value: "close" });
  expect(requestHeaders.some(({ value }) => value === "no-store")).toBe(!isStored);
});
