import { expect, it } from "vitest";
import { createRedrawSignal } from "../../../src/shell/ui/redraw-signal";

it("changes the session each time, for Firefox reports nothing if a value stays", () => {
  const written: Record<string, unknown>[] = [];
  const redraw = createRedrawSignal({
    get: () => Promise.resolve({}),
    set: (items) => {
      written.push(items);
      return Promise.resolve();
    },
  });
  redraw();
  redraw();
  expect(written).toHaveLength(2);
  expect(Object.values(written[0] ?? {})).not.toEqual(Object.values(written[1] ?? {}));
});

it("leaves no error behind if Firefox refuses the session's storage", async () => {
  const unhandled: unknown[] = [];
  const note = (cause: unknown): void => void unhandled.push(cause);
  process.on("unhandledRejection", note);
  createRedrawSignal({ get: () => Promise.resolve({}), set: () => Promise.reject(new Error("QuotaExceededError")) })();
  await new Promise((done) => setImmediate(done));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});
