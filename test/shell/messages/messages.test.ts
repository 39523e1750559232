import { expect, it } from "vitest";
import * as z from "zod/mini";
import { createListener, type Handlers } from "../../../src/shell/messages/messages";

const OWN = { id: "latchkey@pinned.home", origin: "moz-extension://ours/" };
const asked: unknown[] = [];
const listen = createListener(
  {
    "damage.read": {
      schema: z.strictObject({}),
      run: (request: unknown) => {
        asked.push(request);
        return Promise.resolve("bytes");
      },
    },
  } as unknown as Handlers,
  OWN,
);
const CALL = { type: "damage.read", request: {} };
const PAGE = { id: OWN.id, url: `${OWN.origin}popup.html` };

it("answers our own pages", async () => {
  await expect(listen(CALL, PAGE)).resolves.toBe("bytes");
});

const REFUSED: [string, unknown, object][] = [
  ["a script of ours in a web page", CALL, { id: OWN.id, url: "https://abc.ui.nabu.casa/" }],
  ["another extension", CALL, { id: "other@example.org", url: PAGE.url }],
  ["a sender without an address", CALL, { id: OWN.id }],
  ["an unknown call", { type: "pins.steal", request: {} }, PAGE],
  ["a call by an inherited name", { type: "toString", request: {} }, PAGE],
  ["an envelope with an extra field", { ...CALL, more: 1 }, PAGE],
  ["no envelope", "damage.read", PAGE],
];
it.each(REFUSED)("gives no answer to %s", (_, message, sender) => {
  const before = asked.length;
  expect(listen(message, sender)).toBeUndefined();
  expect(asked).toHaveLength(before);
});

it("refuses a request that does not fit, with the reason", async () => {
  await expect(listen({ ...CALL, request: { more: 1 } }, PAGE)).rejects.toThrow("damage.read: ");
});
