// Connects the lab's TLS to a server behind it, which gets requests and answers as if nothing were in between.
import { request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { pipeline } from "node:stream";

export function passOn(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const onward = ask({ port, host: "127.0.0.1", method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, response, () => onward.destroy());
  });
  onward.on("continue", () => {
    response.writeContinue();
  });
  pipeline(request, onward, (error) => {
    if (error) response.destroy();
  });
  // If the user leaves a page, its requests end, and nothing of them may remain.
  response.on("close", () => onward.destroy());
}

/** Writes a WebSocket's handshake again unchanged, and then passes bytes on. */
export function passOnSocket(port: number, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const onward = connect(port, "127.0.0.1", () => {
    const lines = [`${request.method ?? "GET"} ${request.url ?? "/"} HTTP/1.1`];
    for (let index = 0; index < request.rawHeaders.length; index += 2)
      lines.push(`${request.rawHeaders[index] ?? ""}: ${request.rawHeaders[index + 1] ?? ""}`);
    onward.write(`${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    pipeBoth(socket, onward);
  });
  endTogether(socket, onward);
}

/** Passes a connection on to a port of this machine, byte by byte. */
export function passOnBytes(port: number, socket: Socket): void {
  const onward = connect(port, "127.0.0.1");
  pipeBoth(socket, onward);
  endTogether(socket, onward);
}

function pipeBoth(socket: Socket, onward: Socket): void {
  onward.pipe(socket);
  socket.pipe(onward);
}

function endTogether(socket: Socket, onward: Socket): void {
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}
