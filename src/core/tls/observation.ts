import * as z from "zod/mini";
import type { Address } from "../address";
import { MAX_URL } from "../bounds";
import { HANDSHAKE } from "./certificate";
import type { Exposure } from "../request/exposure";

/** Why nothing could be seen of a connection. Each has a sentence of its own on screen. */
export const REASON = z.enum([
  "permission-gone", // the host permission was revoked: Firefox shows us nothing
  "storage-damaged", // the pins cannot be read
  "no-certificate", // Firefox gave no security info
  "certificate-late", // … not within the time the listener may wait
  "certificate-error", // … but threw
  "refused", // Firefox refused the handshake (its own words beside)
  "cut-off", // a request was sent and closed without an answer
  "not-answered", // a request was sent and has not been answered for long, or was given up then
  "unreachable", // no connection was made
  "probe-unanswered", // a probe got no answer at all
  "not-fresh", // a probe got its answer over a connection that was already open
  "client-certificate", // the server wants a client certificate, which only connections of its own pages show
  "late", // what carries a secret could not be checked in time
  "restarted", // a probe got its answer only when Firefox had sent it a second time
  "check-failed", // Latchkey itself failed while it checked
  "no-timing", // Guard cannot check: this browser keeps no times of requests
  "coarse-clock", // Guard cannot check: this browser's clock is too coarse
  "slow-line", // Guard cannot check: connecting takes so long that Firefox opens a second connection
  "unproven-firefox", // Guard cannot check: nobody has tried it with this version of Firefox
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

/** How an answer came: it was just given, or Firefox took it from its cache, with the old connection's certificate. */
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
  /** The address it came from, if that is one of a private network or a VPN (`local-place.ts`). */
  readonly privateIp?: string;
  /** DER of the chain, leaf first, in base64: asked for where it may be needed as evidence or for display. */
  readonly chain?: readonly string[];
  /** What the server that answered got; left out if there was no answer. */
  readonly exposed?: Exposure;
}

/** What is kept of a request: never its query, its headers or its body, which may hold secrets. */
export interface RequestKind {
  /** Firefox's resource type (`main_frame`, `websocket`, …). */
  readonly type: string;
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
}

/** An address without query, fragment and credentials, and of a path no more than the beginning when it is long. */
export function withoutSecrets(address: string): string {
  const url = new URL(address);
  return `${url.protocol}//${url.host}${url.pathname}`.slice(0, MAX_URL);
}
