import type { Address } from "./address";

/**
 * A probe is known by its nonce, which nobody else can make up. It is a POST, because Firefox restarts a safe method
 * silently on another connection. Any answer will do, but best is one without a body, which is over as soon as it has
 * begun: so Home Assistant answers who asks it to revoke nothing (`RevokeTokenView` in `components/auth/__init__.py`).
 */
const PARAMETER = "latchkey";
const NONCE = /^[0-9a-f]{32}$/u;

export const PROBE_PATH = "/auth/revoke";
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

interface Header {
  name: string;
  value?: string;
}

/**
 * What a probe must not carry is taken out, and its connection is to end with it. The server is asked for a word before
 * its answer (`Expect`, RFC 9110, 10.1.1): only then has the timing when the answer itself began. A WebSocket's
 * handshake keeps the `Connection` header that makes it one.
 */
export function probeHeaders(headers: readonly Header[]): Header[] {
  const bare = headers.filter(({ name }) => !/^(?:cookie|authorization)$/iu.test(name));
  if (bare.some(({ name }) => name.toLowerCase() === "upgrade")) return bare;
  return [
    ...bare.filter(({ name }) => name.toLowerCase() !== "connection"),
    { name: "Connection", value: "close" },
    { name: "Expect", value: "100-continue" },
  ];
}

/**
 * Lets the background read the timing of its own probe, which is one of another origin.
 * @returns the answer's headers, with the permission (Resource Timing, `Timing-Allow-Origin`)
 */
export const tellingTimes = (headers: readonly Header[]): Header[] => [
  ...headers.filter(({ name }) => !/^timing-allow-origin$/iu.test(name)),
  { name: "Timing-Allow-Origin", value: "*" },
];
