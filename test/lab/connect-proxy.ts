// A proxy for Firefox, such as a company's, a VPN provider's or an SSH program's. For each connection, it opens a
// tunnel to the lab and passes bytes on.
import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Issued } from "./authority";
import { inBrowserWindow, setPreference, type Bidi } from "./browser-chrome";
import { until } from "./until";

export const PROXY_KINDS = ["http", "https", "socks"] as const;
/**
 * `http`: the browser uses CONNECT. `https`: the same over TLS. `socks`: SOCKS version 5 (RFC 1928) without a password.
 */
export type ProxyKind = (typeof PROXY_KINDS)[number];

export interface ConnectProxy {
  /** The names that tunnels were requested for, in order. */
  readonly tunnels: string[];
  /** Whether it reaches the server; if not, it says so in its protocol. */
  isReaching: boolean;
  /** Time from the request for a tunnel to the answer, in ms. For the browser, this is a part of connecting. */
  delay: number;
  /** The proxy in the syntax of a proxy auto-configuration script. */
  readonly words: string;
  /** Stops listening at its port. */
  readonly close: () => Promise<void>;
}

/** The name in the certificate of an `https` proxy. */
export const PROXY_NAME = "localhost";

const SOCKS_VERSION = 5;
const SOCKS_NO_PASSWORD = 0;
const SOCKS_DONE = 0;
const SOCKS_UNREACHABLE = 4;
/** In a SOCKS request: the bytes before the name, which begins with its length, and the bytes of the port after it. */
const SOCKS_HEAD = 5;
const SOCKS_PORT = 2;

/**
 * @param onward - port on this machine that every tunnel leads to
 * @param certificate - of an `https` proxy, for {@link PROXY_NAME}
 */
export async function startConnectProxy(kind: ProxyKind, onward: number, certificate?: Issued): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const tunnels: string[] = [];

  /** Joins a client to the lab once it is connected. @param said - what the proxy answers first */
  const open = (client: Duplex, name: string, said: { readonly done: Buffer; readonly failed: Buffer }): void => {
    tunnels.push(name);
    client.on("error", () => client.destroy());
    if (!proxy.isReaching) {
      client.end(said.failed);
      return;
    }
    const line = connect(onward, "127.0.0.1", () => {
      setTimeout(() => {
        client.write(said.done);
        client.pipe(line);
        line.pipe(client);
      }, proxy.delay);
    });
    line.on("error", () => client.destroy());
    line.on("close", () => client.destroy());
    client.on("close", () => line.destroy());
  };

  const onConnect = ({ url = "" }: IncomingMessage, client: Duplex): void => {
    open(client, url.replace(/:\d+$/u, ""), {
      done: Buffer.from("HTTP/1.1 200 Connection established\r\n\r\n"),
      failed: Buffer.from("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    });
  };

  const onSocks = (client: Socket): void => {
    client.on("error", () => client.destroy());
    client.once("data", () => {
      client.write(Buffer.from([SOCKS_VERSION, SOCKS_NO_PASSWORD]));
      client.once("data", (asked: Buffer) => {
        const name = asked.subarray(SOCKS_HEAD, -SOCKS_PORT).toString();
        const reply = (code: number): Buffer => Buffer.from([SOCKS_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]);
        open(client, name, { done: reply(SOCKS_DONE), failed: reply(SOCKS_UNREACHABLE) });
      });
    });
  };

  const createProxy = (): Server => {
    if (kind === "socks") return createServer(onSocks);
    return kind === "http"
      ? createHttp().on("connect", onConnect)
      : createHttps({ key: certificate?.key, cert: certificate?.cert }).on("connect", onConnect);
  };
  const server = createProxy();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const proxy: ConnectProxy = {
    tunnels,
    isReaching: true,
    delay: 0,
    words: `${{ http: "PROXY 127.0.0.1", https: `HTTPS ${PROXY_NAME}`, socks: "SOCKS5 127.0.0.1" }[kind]}:${String(port)}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
  return proxy;
}

const BY_SCRIPT = 2;
const WITHOUT = 0;

/**
 * Makes a running Firefox use the proxies in `words`, by a script of the user's network: the first that answers. If
 * `words` is empty, it uses none. Resolves when Firefox will do so for the next request.
 */
export async function useProxies(bidi: Bidi, host: string, words: readonly string[]): Promise<void> {
  const script = `function FindProxyForURL() { return ${JSON.stringify([...words, "DIRECT"].join("; "))}; }`;
  await setPreference(bidi, "network.proxy.autoconfig_url", `data:text/javascript,${encodeURIComponent(script)}`);
  await setPreference(bidi, "network.proxy.type", words.length === 0 ? WITHOUT : BY_SCRIPT);
  const port = Number(words[0]?.replace(/^.*:/u, "") ?? -1);
  await until(
    () => inBrowserWindow(bidi, PORT_OF_PROXY, { host }),
    (used) => used === port,
  );
}

const PORT_OF_PROXY = `
const service = Cc["@mozilla.org/network/protocol-proxy-service;1"].getService(Ci.nsIProtocolProxyService);
return new Promise((done) => {
  service.asyncResolve(Services.io.newURI("https://" + args.host + "/"), 0, {
    QueryInterface: ChromeUtils.generateQI(["nsIProtocolProxyCallback"]),
    onProxyAvailable: (request, channel, proxy) => done(proxy?.port ?? -1),
  });
});`;
