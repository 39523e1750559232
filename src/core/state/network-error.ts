import { ANSWER_LIMIT } from "./awaited";
import { secretKindsOf } from "../request/secret-kinds";
import type { Seen } from "../tls/observation";

/**
 * Someone accepted the connection and closed it. Firefox says the same before and after the request was sent; the last
 * is what it falls back on where it has no error at all, as after a 100 Continue with nothing behind.
 */
const CUT_OFF = /^NS_ERROR_NET_(?:RESET|INTERRUPT|PARTIAL_TRANSFER|EMPTY_RESPONSE|ON_RECEIVING_FROM)$/u;
/** The page, the user or an extension ended the request: nothing was learnt of the instance. */
const ABANDONED = /^NS_(?:BINDING_|ERROR_ABORT|ERROR_DOM_|ERROR_DOCUMENT_|ERROR_BLOCKED|IMAGELIB_|ERROR_FAILURE$)/u;
/** Nobody took the connection, so nothing was sent. */
const NOT_CONNECTED =
  /^NS_ERROR_(?:CONNECTION_REFUSED|UNKNOWN_HOST|UNKNOWN_PROXY_HOST|PROXY_\w+|OFFLINE|NOT_CONNECTED)$/u;

/**
 * What `webRequest.onErrorOccurred` says of a request that got no answer. Its error is the name of a Firefox error, or,
 * where Firefox refused the handshake, a sentence in the user's language.
 * @param waited - milliseconds since it was sent
 * @returns `undefined` where the request was given up soon, so that it says nothing of the instance
 */
export function readNetworkError(error: string, waited: number): Extract<Seen, { kind: "nothing" }> | undefined {
  const isLate = waited >= ANSWER_LIMIT;
  if (ABANDONED.test(error)) return isLate ? { kind: "nothing", reason: "not-answered" } : undefined;
  if (CUT_OFF.test(error)) return { kind: "nothing", reason: "cut-off" };
  // Firefox gives up a connection that is not made, and an answer that does not come, in the same words.
  if (isLate && error.startsWith("NS_ERROR_") && !NOT_CONNECTED.test(error))
    return { kind: "nothing", reason: "not-answered" };
  if (error.startsWith("NS_ERROR_")) return { kind: "nothing", reason: "unreachable" };
  return { kind: "nothing", reason: "refused", words: error };
}

/** A page that is left ends its requests after any time; one that nobody answers for so long may have been read. */
const LONG = 20_000;

/**
 * Whether an attacker may have read a request that was released and got no answer: the other end closed the connection,
 * answered without TLS or HTTP, or stayed silent until Firefox or the page gave up. Firefox names a broken record after
 * the handshake in the same words as one within it.
 * A form that its user left says less: that is what people do when an answer takes long. As long as it waits, and until
 * the next check, it is shown as not answered (`awaited.ts`). Home Assistant's own login and tokens leave in no form.
 * @param waited - milliseconds since it was let go
 */
export const mayHaveBeenRead = (error: string, waited: number, request: FailedRequest): boolean =>
  ABANDONED.test(error) ? waited >= LONG && !isForm(request) : !NOT_CONNECTED.test(error);

interface FailedRequest {
  /** Firefox's resource type. */
  readonly type: string;
  readonly method: string;
  readonly url: string;
}

const isForm = ({ type, method, url }: FailedRequest): boolean =>
  (type === "main_frame" || type === "sub_frame") &&
  secretKindsOf({ method, url, headers: [] }).every((kind) => kind === "change");
