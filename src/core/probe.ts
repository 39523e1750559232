import type { Address } from "./address";

/**
 * A probe is known by its nonce, which nobody else can make up. It is a POST, because Firefox restarts a safe method
 * silently on another connection; Home Assistant answers 405 to it, and any answer will do.
 */
const PARAMETER = "latchkey";
const NONCE = /^[0-9a-f]{32}$/u;

export const PROBE_PATH = "/manifest.json";
/** Where a WebSocket handshake is tried, when the POST was answered over a connection shared by many requests. */
export const SOCKET_PATH = "/api/websocket";

export const probeUrl = (address: Address, nonce: string): string =>
  `https://${address}${PROBE_PATH}?${PARAMETER}=${nonce}`;
export const socketUrl = (address: Address, nonce: string): string =>
  `wss://${address}${SOCKET_PATH}?${PARAMETER}=${nonce}`;

/** The nonce in a request's URL, if it may be a probe's: whether it is ours is for its maker to say. */
export function nonceOf(url: string): string | undefined {
  const nonce = new URL(url).searchParams.get(PARAMETER);
  return nonce !== null && NONCE.test(nonce) ? nonce : undefined;
}

/** Over HTTP/2 and 3 requests share a connection, and `Connection: close` does nothing. @param statusLine - Firefox's */
export const isOwnConnection = (statusLine: string): boolean => /^HTTP\/1/u.test(statusLine);

/** Whether an answer shows that the house's requests share connections; a WebSocket that has its own does not tell. */
export function sharesConnection({ type, statusLine }: { type: string; statusLine: string }): boolean | undefined {
  const isOwn = isOwnConnection(statusLine);
  return isOwn && type === "websocket" ? undefined : !isOwn;
}

interface Header {
  name: string;
  value?: string;
}

/**
 * What a probe must not carry is taken out, and its connection is to end with it. A WebSocket's handshake keeps the
 * `Connection` header that makes it one.
 */
export function probeHeaders(headers: readonly Header[]): Header[] {
  const bare = headers.filter(({ name }) => !/^(?:cookie|authorization)$/iu.test(name));
  if (bare.some(({ name }) => name.toLowerCase() === "upgrade")) return bare;
  return [...bare.filter(({ name }) => name.toLowerCase() !== "connection"), { name: "Connection", value: "close" }];
}
