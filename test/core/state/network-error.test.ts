import { expect, it } from "vitest";
import { mayHaveBeenRead, readNetworkError } from "../../../src/core/state/network-error";

// What stock Firefox says; the browser tests show the first four.
const ERRORS: [string, string | undefined][] = [
  ["NS_ERROR_NET_RESET", "cut-off"],
  ["NS_ERROR_CONNECTION_REFUSED", "unreachable"],
  ["NS_ERROR_UNKNOWN_HOST", "unreachable"],
  ["Peer’s Certificate has expired.", "refused"],
  ["NS_ERROR_NET_INTERRUPT", "cut-off"],
  ["NS_ERROR_NET_ON_RECEIVING_FROM", "cut-off"],
  ["NS_ERROR_NET_TIMEOUT", "unreachable"],
  ["NS_ERROR_OFFLINE", "unreachable"],
  ["NS_BINDING_ABORTED", undefined],
  ["NS_ERROR_ABORT", undefined],
];
it.each(ERRORS)("%s is %s", (error, reason) => {
  expect(readNetworkError(error, 0)?.reason).toBe(reason);
});

/** An attacker may have read a request that failed after a long wait, and stayed silent. */
const LATE: [error: string, waited: number, reason: string | undefined][] = [
  ["NS_BINDING_ABORTED", 14_999, undefined],
  ["NS_BINDING_ABORTED", 15_000, "not-answered"],
  ["NS_ERROR_ABORT", 60_000, "not-answered"],
  ["NS_ERROR_NET_TIMEOUT", 14_999, "unreachable"],
  ["NS_ERROR_NET_TIMEOUT", 300_000, "not-answered"],
  ["NS_ERROR_NET_RESET", 300_000, "cut-off"],
  ["NS_ERROR_UNKNOWN_HOST", 60_000, "unreachable"],
  ["NS_ERROR_CONNECTION_REFUSED", 60_000, "unreachable"],
  ["Issuer certificate is invalid.", 60_000, "refused"],
];
it.each(LATE)("%s after %d ms is %s", (error, waited, reason) => {
  expect(readNetworkError(error, waited)?.reason).toBe(reason);
});

it("quotes Firefox if it refused the connection", () => {
  expect(readNetworkError("Issuer certificate is invalid.", 0)?.words).toBe("Issuer certificate is invalid.");
});

const FETCH = { type: "xmlhttprequest", method: "POST", url: "https://abc.ui.nabu.casa/auth/token" };
const READ: [error: string, waited: number, mayBe: boolean][] = [
  ["NS_ERROR_NET_RESET", 0, true],
  ["NS_ERROR_NET_INTERRUPT", 0, true],
  ["NS_ERROR_NET_ON_RECEIVING_FROM", 0, true],
  ["NS_ERROR_NET_TIMEOUT", 0, true],
  ["NS_ERROR_CONNECTION_REFUSED", 60_000, false],
  ["NS_ERROR_UNKNOWN_HOST", 0, false],
  ["NS_ERROR_PROXY_CONNECTION_REFUSED", 0, false],
  ["NS_ERROR_OFFLINE", 0, false],
  ["SSL received a record that exceeded the maximum permissible length.", 0, true],
  ["NS_ERROR_NET_HTTP2_SENT_GOAWAY", 0, true],
  ["NS_BINDING_ABORTED", 100, false],
  ["NS_BINDING_ABORTED", 19_999, false],
  ["NS_BINDING_ABORTED", 20_000, true],
];
it.each(READ)("a request that ended with %s after %d ms may have been read: %s", (error, waited, mayBe) => {
  expect(mayHaveBeenRead(error, waited, FETCH)).toBe(mayBe);
});

/** The page or its user gave the request up after a long time. */
const LEFT: [type: string, path: string, error: string, mayBe: boolean][] = [
  ["main_frame", "/api/hassio_ingress/x/save", "NS_BINDING_ABORTED", false],
  ["sub_frame", "/api/hassio_ingress/x/save", "NS_BINDING_ABORTED", false],
  ["main_frame", "/auth/login_flow/0a1b", "NS_BINDING_ABORTED", true],
  ["main_frame", "/auth/external/callback?code=1", "NS_BINDING_ABORTED", true],
  ["xmlhttprequest", "/api/hassio_ingress/x/save", "NS_BINDING_ABORTED", true],
  ["beacon", "/auth/token", "NS_BINDING_ABORTED", true],
  ["main_frame", "/api/webhook/5ec4e7", "NS_BINDING_ABORTED", true],
  // Latchkey reports any request that the other end closed.
  ["main_frame", "/api/hassio_ingress/x/save", "NS_ERROR_NET_RESET", true],
  ["main_frame", "/api/hassio_ingress/x/save", "NS_ERROR_NET_TIMEOUT", true],
];
it.each(LEFT)("a POST of %s to %s that ended with %s may have been read: %s", (type, path, error, mayBe) => {
  const request = { type, method: "POST", url: `https://abc.ui.nabu.casa${path}` };
  expect(mayHaveBeenRead(error, 60_000, request)).toBe(mayBe);
});

/** Home Assistant doesn't answer for a camera that is offline, and the player gives up after 30 s. */
const STREAMS: [path: string, error: string, mayBe: boolean][] = [
  ["/api/hls/5ec4e7/master_playlist.m3u8", "NS_BINDING_ABORTED", false],
  ["/api/hls/5ec4e7/playlist.m3u8?_HLS_msn=7", "NS_BINDING_ABORTED", false],
  ["/api/hls/5ec4e7/playlist.m3u8?access_token=1", "NS_BINDING_ABORTED", true],
  ["/api/hls/5ec4e7/playlist.m3u8?authSig=1", "NS_BINDING_ABORTED", true],
  ["/api/hls/5ec4e7/playlist.m3u8?code=1", "NS_BINDING_ABORTED", true],
  ["/api/tts_proxy/5ec4e7.mp3", "NS_BINDING_ABORTED", true],
  ["/api/hls/5ec4e7/playlist.m3u8", "NS_ERROR_NET_RESET", true],
];
it.each(STREAMS)("a GET of %s that ended with %s may have been read: %s", (path, error, mayBe) => {
  const request = { type: "xmlhttprequest", method: "GET", url: `https://abc.ui.nabu.casa${path}` };
  expect(mayHaveBeenRead(error, 60_000, request)).toBe(mayBe);
});
