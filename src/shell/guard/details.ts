import type { WebRequest } from "webextension-polyfill";
import type { Address } from "../../core/address";
import type { GuardState } from "../../core/state/guard";
import type { State } from "../../core/state/state";

/** What webRequest tells of requests, with what the polyfill's types leave out, and as little of it as is used. */
export type Response = WebRequest.BlockingResponse;

/** Firefox tells the container. */
export type Details = WebRequest.OnBeforeRequestDetailsType & { readonly cookieStoreId?: string };

/** Firefox tells the container and the proxy. */
export type Sending = WebRequest.OnBeforeSendHeadersDetailsType & {
  readonly cookieStoreId?: string;
  readonly proxyInfo?: unknown;
};

export type Answered = Pick<
  WebRequest.OnHeadersReceivedDetailsType,
  "requestId" | "tabId" | "type" | "method" | "url" | "incognito" | "statusLine" | "responseHeaders"
>;

/** Firefox tells `responseSize`. */
export interface Completed {
  readonly requestId: string;
  readonly responseSize?: number;
}

export type Failed = Pick<
  WebRequest.OnErrorOccurredDetailsType,
  "requestId" | "type" | "method" | "url" | "incognito" | "error"
>;

/** As much as tells which page a request belongs to. */
export type Located = Pick<Details, "type" | "tabId" | "url" | "incognito">;

/** Firefox keeps the connections of containers and private windows apart. */
export const poolOf = ({ cookieStoreId = "" }: Pick<Details, "cookieStoreId">, address: Address): string =>
  `${address} ${cookieStoreId}`;

/** What Guard makes of requests to an address now. */
export type GuardOf = (state: State, address: Address, details: Located) => GuardState;
