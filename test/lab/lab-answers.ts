// The answers of the lab's servers to requests for an instance or a service.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import { instancePage } from "./instance-pages";
import { passOn, passOnSocket } from "./pass-on";
import type { ServedInstance } from "./served-instance";

type Instances = ReadonlyMap<string, ServedInstance>;
type Answers = (request: IncomingMessage, response: ServerResponse, secure: boolean) => void;

const hostOf = ({ headers }: IncomingMessage): string => headers.host ?? headers[":authority"]?.toString() ?? "";
const withoutPort = (host: string): string => host.replace(/:\d+$/u, "");

/** @param services - answer over TLS for names that are no instance's */
export const answersOf =
  (instances: Instances, services: ReadonlyMap<string, RequestListener>): Answers =>
  (request, response, secure) => {
    const host = hostOf(request);
    const service = secure ? services.get(host) : undefined;
    if (service !== undefined) {
      service(request, response);
      return;
    }
    const instance = instances.get(withoutPort(host));
    instance?.received.push({
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      secure,
      port: request.socket.remotePort ?? 0,
      at: Date.now(),
    });
    if (instance !== undefined && !secure && !instance.plain) {
      request.socket.destroy();
      return;
    }
    if (instance?.mode === "cut-off") {
      request.resume().on("end", () => request.socket.destroy());
      return;
    }
    if (instance?.backend !== undefined) passOn(instance.backend, request, response);
    else (instance?.respond ?? instancePage)(request, response);
  };

/** Opens the instances' WebSockets. */
export function upgradesOf(instances: Instances): (request: IncomingMessage, socket: Socket, head: Buffer) => void {
  const webSockets = new WebSocketServer({ noServer: true });
  return (request, socket, head) => {
    const instance = instances.get(withoutPort(request.headers.host ?? ""));
    instance?.received.push({
      method: "GET",
      path: request.url ?? "",
      headers: request.headers,
      secure: true,
      port: socket.remotePort ?? 0,
      at: Date.now(),
    });
    if (instance?.mode === "cut-off") {
      socket.destroy();
      return;
    }
    if (instance?.backend !== undefined) {
      passOnSocket(instance.backend, request, socket, head);
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (instance === undefined) return;
      instance.openSockets++;
      webSocket.on("close", () => instance.openSockets--);
      webSocket.on("message", (message) => instance.heard.push((message as Buffer).toString()));
      instance.announce(webSocket);
    });
  };
}
