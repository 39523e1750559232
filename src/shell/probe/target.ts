import type { Address } from "../../core/address";
import type { Route } from "../../core/probe/route";

/** An instance, in ordinary or private windows. */
export interface Subject {
  readonly address: Address;
  readonly private: boolean;
}

/** What is checked, from where, and in which way. */
export interface Target extends Subject {
  /** Tabs that can send it, the best first. The background sends it if there are none, or none can. */
  readonly tabIds: readonly number[];
  /** Bytes of its body, if it must resemble a request of that size. */
  readonly size?: number;
  /** Bytes of its head, if that must resemble others; see `core/probe/probe.ts`. */
  readonly head?: number;
  /**
   * - `page`: rounds over the connections of the page's own requests, which use these connections up.
   * - `apart`: rounds without credentials, so the page keeps its connections.
   * - `socket`: a WebSocket handshake alone, which costs the page nothing. Firefox never sends it again over HTTP/1.1,
   *   but it does not detect an attacker who speaks HTTP/2.
   */
  readonly pool: "page" | "apart" | "socket";
  /** How many POSTs a round has; two by default. */
  readonly width?: number;
  /** How many of them end their connections, as secrets do; none by default. */
  readonly closing?: number;
  /** The routes of the requests that the check is for, if any. Rounds that go another way show nothing about them. */
  readonly routes?: readonly Route[];
}

/** Maximum time of each half of a round, in ms. */
export const LIMIT = 5000;
