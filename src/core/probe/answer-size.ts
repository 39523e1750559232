// How many bytes an answer has. This shows if someone else answered the same request before.
import type { Header } from "../request/header";

export interface AnswerHead {
  /** As webRequest reports it: `HTTP/1.1 200 OK`. */
  readonly statusLine: string;
  /** As the server sent them. */
  readonly headers: readonly Header[];
}

/** Firefox joins headers of the same name, some by a line break (nsHttpHeaderArray). Each one was a line of its own. */
const linesOf = ({ name, value = "" }: Header): string[] => value.split("\n").map((part) => `${name}: ${part}\r\n`);

const isLength = ({ name }: Header): boolean => name.toLowerCase() === "content-length";
/**
 * Where two headers of one name may have been joined (nsHttpHeaderArray::MergeHeader). A date has such a comma of its
 * own.
 */
const MAY_BE_JOINED = /\n|, (?!\d\d [A-Z][a-z]{2} \d{4} )/u;
const ASCII = /^[\t\n -~]*$/u;
/**
 * Home Assistant passes an add-on's headers on as they are (core: hassio/ingress.py). Firefox drops some headers that come
 * twice without a trace (nsHttpHeaderArray::SetHeaderFromNet, `IsSingletonHeader`).
 */
const INGRESS = "/api/hassio_ingress/";
/** RFC 9112, 6.3. */
const HAS_NO_BODY = /^HTTP\/1\.1 (?:1\d\d|204) /u;

/**
 * The bytes of an answer over HTTP/1.1: status line, headers, and as much of a body as `Content-Length` says.
 *
 * Firefox counts the bytes of all answers that a request got, and webRequest reports the sum as `responseSize`. The sum
 * isn't reset if Firefox retries the request, after 421, 408 or 425 (nsHttpTransaction: `Restart` leaves
 * `mTransferSize` as it is). So extra bytes in the sum belong to another answer. This needs no clock. It is exact to
 * the byte on Firefox 153 and 159, also for WebSockets, and after 408 over HTTP/2. The HTTP/2 errors "only over
 * HTTP/1.1" and "not processed" are no answers, and add nothing.
 * @returns `undefined` if it isn't known, for example over HTTP/2. If an honest server sends two headers of one name,
 * or chunks, the sum is larger by a constant
 */
export function sizeOf({ statusLine, headers }: AnswerHead): number | undefined {
  if (!statusLine.startsWith("HTTP/1.1 ")) return undefined;
  const head = [`${statusLine}\r\n`, ...headers.flatMap(linesOf), "\r\n"].join("");
  const length = headers.find(isLength)?.value ?? "0";
  return /^\d{1,15}$/u.test(length) ? head.length + Number(length) : undefined;
}

/**
 * The most bytes that a single answer can have if nobody else answered before. There is nothing to compare it with, so
 * each comma in a header counts as two headers that were joined.
 * @returns `undefined` if it isn't known: also for an add-on, if only the end or the chunks show the body's length, or
 * if a header has a character that may stand for several bytes
 */
export function maxSizeOf(url: string, { statusLine, headers }: AnswerHead): number | undefined {
  if (new URL(url).pathname.startsWith(INGRESS)) return undefined;
  if (!HAS_NO_BODY.test(statusLine) && !headers.some(isLength)) return undefined;
  if (!headers.every(({ value = "" }) => ASCII.test(value))) return undefined;
  const apart = headers.flatMap(({ name, value = "" }) =>
    value.split(MAY_BE_JOINED).map((part) => ({ name, value: part })),
  );
  return sizeOf({ statusLine, headers: apart });
}

/**
 * Whether one of several answers of a server to the same request followed another answer. If not, all have the same
 * number of bytes beyond {@link sizeOf}.
 * @param surpluses - of each answer; `undefined` if unknown
 */
export const wasRestarted = (surpluses: readonly (number | undefined)[]): boolean => {
  const known = surpluses.filter((surplus) => surplus !== undefined);
  return new Set(known).size > 1;
};
