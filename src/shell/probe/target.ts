import type { Address } from "../../core/address";
import type { Route } from "../../core/probe/route";

/** An instance, as the windows of one kind know it. */
export interface Subject {
  readonly address: Address;
  readonly private: boolean;
}

/** What is checked, from where, and in which way. */
export interface Target extends Subject {
  /** Tabs that it can be sent from, the best first; from the background where there is none, or none can. */
  readonly tabIds: readonly number[];
  /** Bytes of its body, if it must resemble a request of that size. */
  readonly size?: number;
  /**
   * - `page`: rounds over the connections of the page's own requests, using up what there is of them.
   * - `apart`: rounds as Firefox sends what carries no credentials, so that the page keeps its connections.
   * - `socket`: a WebSocket handshake alone, which costs the page nothing. Firefox never sends it again over HTTP/1.1, but it
   *   does not see an attacker who speaks HTTP/2.
   */
  readonly pool: "page" | "apart" | "socket";
  /** How many POSTs a round has; a pair by default. */
  readonly width?: number;
  /** How the requests go that the check is for, if there are any: rounds that go another way tell nothing of them. */
  readonly routes?: readonly Route[];
}
