import type { Address } from "../address";
import type { Header } from "../request/header";

/**
 * A probe is recognized by its nonce, which nobody else can guess. Any answer will do, but a short one is best. Home
 * Assistant answers without a body if a request asks it to revoke nothing (`RevokeTokenView` in
 * `components/auth/__init__.py`).
 */
const PARAMETER = "latchkey";
const NONCE = /^[0-9a-f]{32}$/u;

export const PROBE_PATH = "/auth/revoke";
/** Home Assistant's WebSocket, which anyone can open without a token (`components/websocket_api`). */
export const SOCKET_PATH = "/api/websocket";

export const probeUrl = (address: Address, nonce: string): string =>
  `https://${address}${PROBE_PATH}?${PARAMETER}=${nonce}`;

/**
 * The WebSocket of a check. After a refused handshake, Firefox delays the next one to the same path, each time longer,
 * up to a minute (`nsWSAdmissionManager` in `WebSocketChannel.cpp`). So each check has its own spelling of the path:
 * some letters are percent-encoded, which means the same to a server (RFC 3986, 6.2.2.2). Home Assistant 2026.11 opens
 * the WebSocket; 2024.3 answers 404. Both count as an answer.
 */
export function socketUrl(address: Address, nonce: string): string {
  const spelled = Array.from(SOCKET_PATH, (letter, index) =>
    /[a-z]/u.test(letter) && Number.parseInt(nonce[index] ?? "0", 16) % 2 === 1
      ? `%${letter.charCodeAt(0).toString(16)}`
      : letter,
  );
  return `wss://${address}${spelled.join("")}?${PARAMETER}=${nonce}`;
}

/** The same with the plain path, for a WebSocket that must open: Home Assistant 2024.3 accepts no other spelling. */
export const plainSocketUrl = (address: Address, nonce: string): string =>
  `wss://${address}${SOCKET_PATH}?${PARAMETER}=${nonce}`;

/** The nonce in a request's URL, if it may be a probe's. Only the maker of the probes knows if it is ours. */
export function nonceOf(url: string): string | undefined {
  // This runs several times for every request of every page. Parsing each URL would take most of that time.
  if (!url.includes(`${PARAMETER}=`)) return undefined;
  const nonce = new URL(url).searchParams.get(PARAMETER);
  return nonce !== null && NONCE.test(nonce) ? nonce : undefined;
}

/**
 * Over HTTP/2 and 3, requests share a connection, and `Connection: close` does nothing.
 * @param statusLine - Firefox's
 */
export const isOwnConnection = (statusLine: string): boolean => /^HTTP\/1/u.test(statusLine);

/**
 * Removes the headers that a probe must not carry. A WebSocket's handshake keeps the `Connection` header that it needs.
 * @param connection - whether its connection is used once more, or ends with it
 */
export function probeHeaders(headers: readonly Header[], connection: "keep" | "close"): Header[] {
  const bare = headers.filter(({ name }) => !/^(?:cookie|authorization|referer)$/iu.test(name));
  if (connection === "keep" || bare.some(({ name }) => name.toLowerCase() === "upgrade")) return bare;
  return [...bare.filter(({ name }) => name.toLowerCase() !== "connection"), { name: "Connection", value: "close" }];
}

const PADDING = "X-Latchkey-Padding";
/** Bytes of a header line without its name and value: a colon, a blank and the end of the line. */
const LINE = 4;
/** Bytes of the smallest header that pads. */
const MIN_PADDING = PADDING.length + LINE + 1;
/** Longer than the head of any probe, with its padding. */
const MIN_HEAD = 1024;
/** The length of a head is a multiple of this, so it tells little about a token in it. */
const HEAD_STEP = 256;

/** A request's method, URL and headers, as webRequest shows them. */
export interface Head {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly Header[];
}

/**
 * Bytes of a request's head, without those that every request has. Firefox adds `Connection: keep-alive` to a request
 * that has no such header, and webRequest may not show it yet.
 */
export function headSize({ method, url, headers }: Head): number {
  const { pathname, search } = new URL(url);
  const hasConnection = headers.some(({ name }) => name.toLowerCase() === "connection");
  const all = hasConnection ? headers : [...headers, { name: "Connection", value: "keep-alive" }];
  return all.reduce(
    (sum, { name, value = "" }) => sum + name.length + LINE + value.length,
    method.length + pathname.length + search.length,
  );
}

/** The size to which the heads of probes are padded, and those of the requests that they stand for. In bytes. */
export const paddedSize = (heads: readonly number[]): number =>
  Math.max(MIN_HEAD, Math.ceil((Math.max(...heads) + MIN_PADDING) / HEAD_STEP) * HEAD_STEP);

/**
 * Adds a header that makes a request's head as long as others. Below TLS, the length would show what a request is.
 * @param size - in bytes, as {@link headSize} counts them; a longer head stays as it is
 */
export function padded(head: Head, size: number): Header[] {
  const missing = size - headSize(head);
  if (missing < MIN_PADDING) return [...head.headers];
  return [...head.headers, { name: PADDING, value: "0".repeat(missing - PADDING.length - LINE) }];
}

/**
 * Changes an answer to a probe for Firefox:
 * - The background may read the timing of its own probe, which is of another origin (Resource Timing,
 *   `Timing-Allow-Origin`).
 * - It asks for no login (RFC 9110, 11.6.1). A probe carries none, so a server with HTTP authentication refuses it.
 *   Firefox would then forget the login that it keeps for the page.
 */
export const probeAnswer = (headers: readonly Header[]): Header[] => [
  ...headers.filter(({ name }) => !/^(?:timing-allow-origin|www-authenticate)$/iu.test(name)),
  { name: "Timing-Allow-Origin", value: "*" },
];
