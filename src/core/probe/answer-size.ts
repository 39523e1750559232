// How many bytes an answer has, so that what someone else answered before it shows.
import type { Header } from "../request/header";

export interface AnswerHead {
  /** As webRequest tells it: `HTTP/1.1 200 OK`. */
  readonly statusLine: string;
  /** As the server sent them. */
  readonly headers: readonly Header[];
}

/** Firefox joins headers of one name: some by a line break (nsHttpHeaderArray), and each was a line of its own. */
const linesOf = ({ name, value = "" }: Header): string[] => value.split("\n").map((part) => `${name}: ${part}\r\n`);

const isLength = ({ name }: Header): boolean => name.toLowerCase() === "content-length";
/** RFC 9112, 6.3. */
const HAS_NO_BODY = /^HTTP\/1\.1 (?:1\d\d|204) /u;

/**
 * The bytes of an answer over HTTP/1.1: status line, headers, and as much of a body as `Content-Length` says.
 *
 * Firefox counts the bytes of all answers that a request got. It never starts again when it sends a request again by
 * itself, after 421, 408 or 425 (nsHttpTransaction: `Restart` leaves `mTransferSize` as it is), and webRequest tells the
 * sum as `responseSize`. So what the sum has beyond this was another answer. It takes no clock. Seen exact to the byte on
 * Firefox 153 and 159, also for WebSockets, and after 408 over HTTP/2; HTTP/2's words "only over HTTP/1.1" and "not
 * processed" are no answers, and add nothing.
 * @returns `undefined` when it can't be told: over HTTP/2, for example. Of an honest server's answers the sum is larger by
 * a constant when it sends two headers of one name, or chunks
 */
export function sizeOf({ statusLine, headers }: AnswerHead): number | undefined {
  if (!statusLine.startsWith("HTTP/1.1 ")) return undefined;
  const head = [`${statusLine}\r\n`, ...headers.flatMap(linesOf), "\r\n"].join("");
  const length = headers.find(isLength)?.value ?? "0";
  return /^\d{1,15}$/u.test(length) ? head.length + Number(length) : undefined;
}

/**
 * The same for one answer alone, to which nothing can be compared.
 * @returns `undefined` also when the body's length is told by nothing but its end, or by its chunks
 */
export const exactSizeOf = (answer: AnswerHead): number | undefined =>
  HAS_NO_BODY.test(answer.statusLine) || answer.headers.some(isLength) ? sizeOf(answer) : undefined;

/**
 * Whether one of several answers of one server to the same request came after another answer. They have the same number of
 * bytes beyond {@link sizeOf}, or Firefox sent the request again.
 * @param surpluses - of each answer; `undefined` when it can't be told
 */
export const wasRestarted = (surpluses: readonly (number | undefined)[]): boolean => {
  const known = surpluses.filter((surplus) => surplus !== undefined);
  return new Set(known).size > 1;
};
