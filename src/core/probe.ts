import type { Address } from "./address";

/**
 * A probe is known by its nonce, which nobody else can make up. Any answer will do, but a short one is best: Home
 * Assistant gives one without a body to a request that asks it to revoke nothing (`RevokeTokenView` in
 * `components/auth/__init__.py`).
 */
const PARAMETER = "latchkey";
const NONCE = /^[0-9a-f]{32}$/u;

export const PROBE_PATH = "/auth/revoke";
/** Home Assistant's WebSocket, which is open to everyone until it is told a token (`components/websocket_api`). */
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

interface Header {
  name: string;
  value?: string;
}

/**
 * What a probe must not carry is taken out. A WebSocket's handshake keeps the `Connection` header that makes it one.
 * @param connection - whether its connection is to be used once more, or to end with it
 */
export function probeHeaders(headers: readonly Header[], connection: "keep" | "close"): Header[] {
  const bare = headers.filter(({ name }) => !/^(?:cookie|authorization|referer)$/iu.test(name));
  if (connection === "keep" || bare.some(({ name }) => name.toLowerCase() === "upgrade")) return bare;
  return [...bare.filter(({ name }) => name.toLowerCase() !== "connection"), { name: "Connection", value: "close" }];
}

/**
 * Lets the background read the timing of its own probe, which is one of another origin.
 * @returns the answer's headers, with the permission (Resource Timing, `Timing-Allow-Origin`)
 */
export const tellingTimes = (headers: readonly Header[]): Header[] => [
  ...headers.filter(({ name }) => !/^timing-allow-origin$/iu.test(name)),
  { name: "Timing-Allow-Origin", value: "*" },
];
