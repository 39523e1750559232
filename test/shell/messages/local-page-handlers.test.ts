import { expect, it } from "vitest";
import { EMPTY_STORED_STATE } from "../../../src/core/state/state";
import { createLocalPageHandlers } from "../../../src/shell/messages/local-page-handlers";
import { createStore } from "../../../src/shell/storage/store";
import { area, nothing } from "../storage/area";

const ORIGIN = "http://homeassistant.local:8123";
const OTHER = "http://192.168.1.5:8123";
type Parts = Parameters<typeof createLocalPageHandlers>;

const ROWS: [what: string, request: { isRead: boolean; private: boolean }, origins: string[]][] = [
  ["on in an ordinary window", { isRead: true, private: false }, [OTHER, ORIGIN]],
  ["off in an ordinary window", { isRead: false, private: false }, [OTHER]],
  ["on in a private window, which saves nothing", { isRead: true, private: true }, [OTHER]],
];
it.each(ROWS)("switches automatic reading of a local page %s", async (_, request, origins) => {
  const local = area({ book: { ...EMPTY_STORED_STATE, localOrigins: [OTHER] } });
  const store = createStore(local, area(), nothing);
  const handlers = createLocalPageHandlers(store, {} as Parts[1], {} as Parts[2], {} as Parts[3]);
  await handlers["local-page.switch"].run({ origin: ORIGIN, ...request });
  expect((await store.read()).stored.localOrigins).toEqual(origins);
  await expect.poll(() => local.kept["book"]).toMatchObject({ localOrigins: origins });
});

it("leaves a page that is read automatically as it is if a private window asks to stop", async () => {
  const local = area({ book: { ...EMPTY_STORED_STATE, localOrigins: [ORIGIN] } });
  const store = createStore(local, area(), nothing);
  const handlers = createLocalPageHandlers(store, {} as Parts[1], {} as Parts[2], {} as Parts[3]);
  await handlers["local-page.switch"].run({ origin: ORIGIN, isRead: false, private: true });
  expect((await store.read()).stored.localOrigins).toEqual([ORIGIN]);
});
