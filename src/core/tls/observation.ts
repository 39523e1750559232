import * as z from "zod/mini";
import type { Address } from "../address";
import { MAX_URL } from "../bounds";
import { HANDSHAKE } from "./certificate";
import type { Exposure } from "../request/exposure";
import { withoutPathToken } from "../request/secret-kinds";

/** Why nothing could be seen of a connection. Each has its own sentence on screen. */
export const REASON = z.enum([
  "permission-gone", // the host permission was revoked: Firefox shows us nothing
  "storage-damaged", // the pins cannot be read
  "no-certificate", // Firefox gave no security info
  "certificate-late", // Firefox gave no security info within the time that the listener may wait
  "certificate-error", // Firefox threw an error instead of giving security info
  "refused", // Firefox refused the handshake (its message is saved, too)
  "cut-off", // a request was sent, and the connection was closed without an answer
  "not-answered", // a request was sent and has had no answer for long, or was given up then
  "unreachable", // no connection was made
  "probe-unanswered", // a probe got no answer at all
  "not-fresh", // a probe got its answer over an older connection
  "client-certificate", // the server wants a client certificate, which Firefox presents only for its own pages
  "late", // a request with a secret could not be checked in time
  "restarted", // a probe got its answer only after Firefox had retried it
  "check-failed", // Latchkey itself failed during the check
  "no-timing", // Guard cannot check: this Firefox keeps no times of requests
  "coarse-clock", // Guard cannot check: this Firefox's clock is too coarse
  "slow-line", // Guard cannot check: connecting takes so long that Firefox opens a second connection
  "unproven-firefox", // Guard cannot check: it isn't tested with this version of Firefox
  "proxy", // Guard cannot check: requests to the address go through a proxy
]);
export type Reason = z.infer<typeof REASON>;

/** What is judged. */
export const SEEN = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("plaintext") }),
  z.strictObject({ kind: z.literal("nothing"), reason: REASON, words: z.optional(z.string()) }),
  z.strictObject({ kind: z.literal("tls"), handshake: HANDSHAKE }),
]);
export type Seen = z.infer<typeof SEEN>;

/** How an answer came: just now, or from Firefox's cache with the old connection's certificate. */
export type Freshness = "live" | "cached";

/** What Latchkey saw of one request to a watched address. */
export interface Observation {
  readonly address: Address;
  /** Milliseconds since 1970, when the request began: a check is as old as its start. */
  readonly at: number;
  readonly private: boolean;
  readonly seen: Seen;
  readonly freshness: Freshness;
  /** Set on the answer to our own probe: whether it came over a connection of its own. */
  readonly probe?: "fresh" | "reused";
  /** Whether it proves nothing about the connection of a secret: requests share one, as in HTTP/2. */
  readonly inconclusive?: boolean;
  readonly request: RequestKind;
  /** The IP address that answered, if it belongs to a private network or a VPN (`local-place.ts`). */
  readonly privateIp?: string;
  /** DER of the chain, leaf first, in base64: read if it may be needed as evidence or for display. */
  readonly chain?: readonly string[];
  /** What the server that answered got; left out if there was no answer. */
  readonly exposed?: Exposure;
}

/** What is kept of a request. Its query, headers and body may hold secrets, so they are never kept. */
export interface RequestKind {
  /** Firefox's resource type (`main_frame`, `websocket`, …). */
  readonly type: string;
  readonly method: string;
  /** Origin and path, without a token in the path. */
  readonly url: string;
}

/** An address without query, fragment, credentials and a token in the path. A long path is shortened. */
export function withoutSecrets(address: string): string {
  const url = new URL(address);
  return `${url.protocol}//${url.host}${withoutPathToken(url.pathname)}`.slice(0, MAX_URL);
}
