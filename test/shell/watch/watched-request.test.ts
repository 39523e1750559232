import { expect, it } from "vitest";
import type { AskedRequest } from "../../../src/shell/probe/probe-registry";
import type { Prober } from "../../../src/shell/probe/prober";
import { isForPrivateWindow } from "../../../src/shell/watch/watched-request";

const NONCE = "0123456789abcdef0123456789abcdef";
const url = `https://abc.ui.nabu.casa/auth/revoke?latchkey=${NONCE}`;
/** Knows one probe, which belongs to a private window. */
const prober = { isPrivate: (request: AskedRequest) => request.url.includes(NONCE) } as unknown as Prober;

it.each([
  ["a page's in an ordinary window", { url: "https://abc.ui.nabu.casa/", incognito: false }, false],
  ["a page's in a private window", { url: "https://abc.ui.nabu.casa/", incognito: true }, true],
  ["a probe for a private window, from its tab", { url, incognito: true }, true],
  ["the same from the background, which is in no window", { url, incognito: false }, true],
  ["a probe that is none of ours", { url: url.replace("0123", "ffff"), incognito: false }, false],
])("knows whether a request belongs to a private window: %s", (_, details, isPrivate) => {
  expect(isForPrivateWindow(prober, { requestId: "1", ...details })).toBe(isPrivate);
});
