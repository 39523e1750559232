// An attacker on the path to an instance, who has a valid certificate and decides below TLS for each connection.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { connect, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import { SOCKET_PATH } from "../../src/core/probe/probe";
import { type Additions, type Answer, end, type Ending, respond } from "./attacker-answers";
import { relay, type Way } from "./attacker-relay";
import type { Authority } from "./authority";
import { SECRET } from "./instance-pages";
import type { Attacker, Instance, Lab } from "./lab";

export { SECRET };

/** The version that the attacker reports. */
const ATTACKER_VERSION = "2021.1.4";

export interface Loot {
  /** How many requests the attacker has decrypted. */
  readonly requests: () => number;
  /**
   * How many secrets the attacker got: in requests, in WebSocket messages, and sent by the attacker's pages to {@link
   * COLLECTOR}.
   */
  readonly secrets: () => number;
  /** How many WebSockets the attacker was asked to open. */
  readonly sockets: () => number;
  /** How many of those asked for the version. A connection check spells the path differently. */
  readonly questions: () => number;
}

/** What the attacker does with connections, from the first one. */
export type Strategy = (tools: Tools) => Attacker;

export interface Tools {
  /** Ends TLS here, with the attacker's certificate. */
  readonly take: (socket: Socket) => void;
  /** Passes a connection on to the instance, piece by piece. @returns a function that cuts it */
  readonly relay: (socket: Socket, way?: Way) => () => void;
  /** How the attacker handles a request: answers it, rejects it, or ends it, at once or when this resolves. */
  answers: (request: IncomingMessage) => Answer | Promise<Answer>;
  /** Whether the attacker speaks HTTP/2. */
  http2: boolean;
}

interface Means extends Additions {
  /** What counts as a secret, anywhere in a request or message. */
  readonly wanted?: readonly string[];
  /** Other names in the attacker's certificate, for the attacker's own hosts. */
  readonly names?: readonly string[];
  /** The issuer of the attacker's certificate; the lab's first authority by default. */
  readonly authority?: Authority;
  readonly http2?: boolean;
}

/** Puts an attacker on the path to an instance. */
export async function attack(lab: Lab, instance: Instance, strategy: Strategy, means: Means = {}): Promise<Loot> {
  const { wanted = [SECRET], names = [], http2 = false, authority = lab.authority } = means;
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
  /** The connections that the attacker has taken, below TLS, by the browser's port. */
  const taken = new Map<number | undefined, Socket>();
  const tools: Tools = {
    take: (socket) => {
      taken.set(socket.remotePort, socket);
      server.emit("connection", socket);
    },
    relay: (socket, way) => relay(socket, connect(instance.proxy ?? lab.directPort, "127.0.0.1"), way),
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
        respond(request, response, answer, means, taken);
      });
    });
  };
  const ALPNCallback = ({ protocols }: { protocols: readonly string[] }): string =>
    tools.http2 && protocols.includes("h2") ? "h2" : "http/1.1";
  const server = createSecureServer({ key, cert, allowHTTP1: true, ALPNCallback }, (request, response) => {
    onRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  const webSockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    sockets++;
    if (request.url?.startsWith(SOCKET_PATH) === true) questions++;
    void Promise.resolve(tools.answers(request)).then((answer) => {
      if (answer === "misdirected") socket.end("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n");
      else if (answer === "timed-out") socket.end("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
      else if (answer !== "answer") end(socket, answer as Ending, taken);
      else
        webSockets.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on("message", (message) => {
            read((message as Buffer).toString());
          });
          webSocket.send(JSON.stringify({ type: "auth_required", ha_version: ATTACKER_VERSION }));
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
