import type { WebRequest } from "webextension-polyfill";
import type { Address } from "../../core/address";
import type { GuardState } from "../../core/state/guard";
import type { State } from "../../core/state/state";

/** What webRequest reports about requests: the fields we use, with those that the polyfill's types leave out. */
export type Response = WebRequest.BlockingResponse;

/** Firefox adds the container. */
export type Details = WebRequest.OnBeforeRequestDetailsType & { readonly cookieStoreId?: string };

/** Firefox adds the container and the proxy. */
export type Sending = WebRequest.OnBeforeSendHeadersDetailsType & {
  readonly cookieStoreId?: string;
  readonly proxyInfo?: unknown;
};

export type Answered = Pick<
  WebRequest.OnHeadersReceivedDetailsType,
  "requestId" | "tabId" | "type" | "method" | "url" | "incognito" | "statusLine" | "responseHeaders"
>;

/** Firefox adds `responseSize`. */
export interface Completed {
  readonly requestId: string;
  readonly responseSize?: number;
}

export type Failed = Pick<
  WebRequest.OnErrorOccurredDetailsType,
  "requestId" | "type" | "method" | "url" | "incognito" | "error"
>;

/** The fields that show which page a request belongs to. */
export type Located = Pick<Details, "type" | "tabId" | "url" | "incognito">;

/** Firefox keeps the connections of containers and private windows apart. */
export const poolOf = ({ cookieStoreId = "" }: Pick<Details, "cookieStoreId">, address: Address): string =>
  `${address} ${cookieStoreId}`;

/** Whether Guard is on for requests to an address now, and if it blocks them, why. */
export type GuardOf = (state: State, address: Address, details: Located) => GuardState;
