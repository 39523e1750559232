import { ANSWER_LIMIT } from "./awaited";
import { isStream, secretKindsOf } from "../request/secret-kinds";
import type { Seen } from "../tls/observation";

/**
 * Someone accepted the connection and closed it. Firefox's errors are the same before and after the request was sent.
 * The last one is what Firefox reports if it has no error at all, as after a 100 Continue without a response.
 */
const CUT_OFF = /^NS_ERROR_NET_(?:RESET|INTERRUPT|PARTIAL_TRANSFER|EMPTY_RESPONSE|ON_RECEIVING_FROM)$/u;
/** The page, the user or an extension ended the request: it shows nothing about the instance. */
const ABANDONED = /^NS_(?:BINDING_|ERROR_ABORT|ERROR_DOM_|ERROR_DOCUMENT_|ERROR_BLOCKED|IMAGELIB_|ERROR_FAILURE$)/u;
/** Nobody accepted the connection, so nothing was sent. */
const NOT_CONNECTED =
  /^NS_ERROR_(?:CONNECTION_REFUSED|UNKNOWN_HOST|UNKNOWN_PROXY_HOST|PROXY_\w+|OFFLINE|NOT_CONNECTED)$/u;

/**
 * Reads what `webRequest.onErrorOccurred` says about a request that got no answer. Its error is the name of a Firefox
 * error. If Firefox refused the handshake, it is a sentence in the user's language.
 * @param waited - milliseconds since it was sent
 * @returns `undefined` if the request was given up soon, so that it says nothing about the instance
 */
export function readNetworkError(error: string, waited: number): Extract<Seen, { kind: "nothing" }> | undefined {
  const isLate = waited >= ANSWER_LIMIT;
  if (ABANDONED.test(error)) return isLate ? { kind: "nothing", reason: "not-answered" } : undefined;
  if (CUT_OFF.test(error)) return { kind: "nothing", reason: "cut-off" };
  // Firefox has the same errors for a connection that isn't made and for an answer that doesn't come.
  if (isLate && error.startsWith("NS_ERROR_") && !NOT_CONNECTED.test(error))
    return { kind: "nothing", reason: "not-answered" };
  if (error.startsWith("NS_ERROR_")) return { kind: "nothing", reason: "unreachable" };
  return { kind: "nothing", reason: "refused", words: error };
}

/**
 * When the user leaves a page, its requests end after any time. If one had no answer for this long, it may have been
 * read.
 */
const LONG = 20_000;

/**
 * Whether an attacker may have read a request that was released and got no answer. The other end closed the connection,
 * answered without TLS or HTTP, or stayed silent until Firefox or the page gave up. Firefox reports the same error for
 * a broken record after the handshake and within it.
 * A form that its user left says less: people do that when an answer takes long. While it waits, and until the next
 * check, it is shown as not answered (`awaited.ts`). Home Assistant's own login and tokens aren't sent by forms.
 * The same goes for a camera's stream. If the camera is offline, Home Assistant doesn't answer, and the player gives up
 * after 30 s (core: `StreamOutput.recv` waits without a limit).
 * @param waited - milliseconds since it was released
 */
export const mayHaveBeenRead = (error: string, waited: number, request: FailedRequest): boolean =>
  ABANDONED.test(error) ? waited >= LONG && !isForm(request) && !isStream(request.url) : !NOT_CONNECTED.test(error);

interface FailedRequest {
  /** Firefox's resource type. */
  readonly type: string;
  readonly method: string;
  readonly url: string;
}

const isForm = ({ type, method, url }: FailedRequest): boolean =>
  (type === "main_frame" || type === "sub_frame") &&
  secretKindsOf({ method, url, headers: [] }).every((kind) => kind === "change");
