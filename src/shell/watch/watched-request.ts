// What webRequest reports about a request to a watched address and its response, as plain data.
import type { WebRequest } from "webextension-polyfill";
import type { Address } from "../../core/address";
import { privateIpOf, type Answerer } from "../../core/pin/local-place";
import { secretKindsOf, type SecretKind } from "../../core/request/secret-kinds";
import type { State } from "../../core/state/state";
import { copiesAt, freshnessOf, isFromServer, mayBeStored } from "../../core/state/stored-copies";
import { withoutSecrets, type Observation } from "../../core/tls/observation";
import type { Prober } from "../probe/prober";

interface Details {
  readonly requestId: string;
  readonly url: string;
  readonly type: string;
  readonly method: string;
  readonly incognito?: boolean;
}

/** Firefox adds `fromCache` and the address that answered, which the polyfill's types leave out. */
export type HeadersDetails = WebRequest.OnHeadersReceivedDetailsType & Answerer & { readonly fromCache?: boolean };

/** What is noted about a request when it is sent. */
export interface SentRequest {
  readonly at: number;
  readonly carried: readonly SecretKind[];
  /** Whether the page itself asked for a part. Firefox adds a range later if it completes a stored file. */
  readonly asksForPart: boolean;
  /** Whether Firefox may open its cache for it, as far as the request itself decides. */
  readonly mayBeStored: boolean;
}

export const sentRequestOf = ({
  timeStamp,
  type,
  method,
  url,
  requestHeaders = [],
}: WebRequest.OnSendHeadersDetailsType): SentRequest => ({
  at: timeStamp,
  carried: secretKindsOf({ method, url, headers: requestHeaders.map(({ name }) => name) }),
  asksForPart: requestHeaders.some(({ name }) => name.toLowerCase() === "range"),
  mayBeStored: mayBeStored({ type, method }) && !isFromServer(requestHeaders),
});

/**
 * Whether a request belongs to a private window. A probe for one may leave from the background, which isn't private.
 */
export const isForPrivateWindow = (
  prober: Prober,
  details: Pick<Details, "requestId" | "url" | "incognito">,
): boolean => details.incognito === true || prober.isPrivate(details);

/** The observation of a request, with or without a response. @param at - when it began */
export const observedRequest = (
  prober: Prober,
  details: Details,
  address: Address,
  at: number,
): Omit<Observation, "seen" | "freshness"> => ({
  address,
  at,
  private: isForPrivateWindow(prober, details),
  request: { type: details.type, method: details.method, url: withoutSecrets(details.url) },
});

/**
 * The observation of a response before its certificate is read.
 * @param sent - `undefined` if the request was sent before the background started
 */
export function observedAnswer(
  prober: Prober,
  details: HeadersDetails,
  address: Address,
  sent: SentRequest | undefined,
  state: State,
): Omit<Observation, "seen"> {
  const { at = details.timeStamp, ...request } = sent ?? { asksForPart: false, mayBeStored: mayBeStored(details) };
  const { cookieStoreId: cache = "", statusCode: status } = details;
  const copies = copiesAt(state, { address, private: details.incognito === true, store: cache });
  const freshness = freshnessOf(copies, { status, fromCache: details.fromCache === true, ...request });
  return { ...observedRequest(prober, details, address, at), ...privateIpOf(details), freshness };
}
