import type { Address } from "../address";
import type { Header } from "../request/header";

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

/**
 * The WebSocket of a check. After a handshake that was refused, Firefox lets the next one to the same path wait, each time
 * longer, up to a minute (`nsWSAdmissionManager` in `WebSocketChannel.cpp`). So each has a spelling of the path to itself:
 * some letters are percent-encoded, which means the same to a server (RFC 3986, 6.2.2.2). Home Assistant 2026.11 opens the
 * WebSocket; 2024.3 answers 404. Either is an answer.
 */
export function socketUrl(address: Address, nonce: string): string {
  const spelled = Array.from(SOCKET_PATH, (letter, index) =>
    /[a-z]/u.test(letter) && Number.parseInt(nonce[index] ?? "0", 16) % 2 === 1
      ? `%${letter.charCodeAt(0).toString(16)}`
      : letter,
  );
  return `wss://${address}${spelled.join("")}?${PARAMETER}=${nonce}`;
}

/** The same with the path as it is, for a WebSocket that has to open: Home Assistant 2024.3 knows no other spelling. */
export const plainSocketUrl = (address: Address, nonce: string): string =>
  `wss://${address}${SOCKET_PATH}?${PARAMETER}=${nonce}`;

/** The nonce in a request's URL, if it may be a probe's: whether it is ours is for its maker to say. */
export function nonceOf(url: string): string | undefined {
  // Asked several times of every request of every page, where parsing would cost most of it.
  if (!url.includes(`${PARAMETER}=`)) return undefined;
  const nonce = new URL(url).searchParams.get(PARAMETER);
  return nonce !== null && NONCE.test(nonce) ? nonce : undefined;
}

/** Over HTTP/2 and 3 requests share a connection, and `Connection: close` does nothing. @param statusLine - Firefox's */
export const isOwnConnection = (statusLine: string): boolean => /^HTTP\/1/u.test(statusLine);

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
 * An answer to a probe, as Firefox is to see it:
 * - The background may read the timing of its own probe, which is one of another origin (Resource Timing,
 *   `Timing-Allow-Origin`).
 * - It asks for no login (RFC 9110, 11.6.1). A probe carries none, so a server with HTTP authentication refuses it. Firefox
 *   would take that for the end of the login that it keeps for the page, and forget it.
 */
export const probeAnswer = (headers: readonly Header[]): Header[] => [
  ...headers.filter(({ name }) => !/^(?:timing-allow-origin|www-authenticate)$/iu.test(name)),
  { name: "Timing-Allow-Origin", value: "*" },
];
