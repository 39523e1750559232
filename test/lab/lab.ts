import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { text } from "node:stream/consumers";
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { ADVISORY_HOST, createAdvisoryService, type AdvisoryService } from "./advisory-service";
import type { Announcement } from "./announcements";
import { createAuthority, type Authority, type Issued } from "./authority";
import { serverNameIn } from "./client-hello";
import { answersOf, upgradesOf } from "./lab-answers";
import { passOnBytes } from "./pass-on";
import { createInstance, type ServedInstance } from "./served-instance";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly secure: boolean;
  /** The browser's port, which identifies the connection. */
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** An instance on the network: one host name, and the server that answers for it now. */
export interface Instance {
  readonly host: string;
  readonly url: string;
  /** The instance's own certificate. */
  readonly certificate: Issued;
  readonly received: Received[];
  /** New connections get this certificate from now on. Living connections are dropped, or live on. */
  readonly answerWith: (certificate: Issued, live?: "drop" | "keep") => void;
  /** Answers with the instance's own certificate again. */
  readonly restore: () => void;
  /** Makes a new certificate, with the instance's key or with a new one. */
  readonly renew: (keys: "same-key" | "new-key") => Promise<void>;
  /**
   * How requests are answered: as an instance does, by closing the connection after reading the request, or not at all.
   */
  mode: "answer" | "cut-off" | "offline";
  /** What its WebSocket sends when opened, the messages it got, and how many are open. */
  announce: Announcement;
  readonly heard: string[];
  openSockets: number;
  /** Whether the plain port answers, which it never does at a real instance. */
  plain: boolean;
  /** Whether it is behind a proxy that speaks HTTP/2. */
  http2: boolean;
  /** Answers requests for the instance: as its front end does, or as a test wants. */
  respond: (request: IncomingMessage, response: ServerResponse) => void;
  /** Port of a server on this machine that gets everything. The TLS end adds and changes nothing. */
  backend: number | undefined;
  /** Port of a server on this machine that ends TLS instead and passes everything on to {@link Lab.directPort}. */
  proxy: number | undefined;
  /** The attacker on the path to it, if any. Gets each new connection before the first byte of TLS is answered. */
  attacker: Attacker | undefined;
  readonly dropConnections: () => void;
  readonly goOffline: () => void;
}

/** Takes a connection, or lets it go on to the instance. */
export interface Attacker {
  readonly onConnection: (socket: Socket, passOn: () => void) => void;
}

export interface Lab {
  readonly authority: Authority;
  readonly otherAuthority: Authority;
  /** Its root counts as one of Firefox's built-in roots. */
  readonly publicAuthority: Authority;
  /** Stands in for osv.dev, under its name. */
  readonly advisories: AdvisoryService;
  /** Everything that arrived at the attackers' own host, {@link COLLECTOR}: addresses and bodies. */
  readonly collected: readonly string[];
  /** Gives the next unused instance, under the cloud's domain. */
  readonly instance: (issuer?: Authority, otherNames?: readonly string[]) => Promise<Instance>;
  /** The port on which the same hosts also answer. */
  readonly tlsPort: number;
  /** The attackers who answer for names that don't belong to an instance. */
  readonly others: Map<string, Attacker>;
  /** The port of the instances themselves, behind any attacker. */
  readonly directPort: number;
  /** Firefox's preferences that lead every name of the lab here. */
  readonly prefs: Record<string, string>;
  readonly close: () => Promise<void>;
}

/** Public services that no test can reach: each is led to its stand-in. */
export const PUBLIC_SERVICES = ["api.certspotter.com", "crt.sh"];
const INSTANCES = 80;
const nameOf = (index: number): string => `instance${String(index)}x7q.ui.nabu.casa`;
/** An instance's local name, on any port. */
export const LOCAL_NAME = "homeassistant.local";
/** An own domain that an instance may have in addition to the cloud's. */
export const OWN_DOMAIN = "instance.example.net";
/** A site that has nothing to do with any instance. */
export const UNRELATED = "unrelated.example.net";

/** A host of the attackers', to which their pages and scripts send what they find. */
export const COLLECTOR = "collector.example.net";

/** All names that lead to the lab. */
const NAMES = [
  UNRELATED,
  ADVISORY_HOST,
  COLLECTOR,
  LOCAL_NAME,
  OWN_DOMAIN,
  ...PUBLIC_SERVICES,
  ...Array.from({ length: INSTANCES }, (_, index) => nameOf(index)),
];

/**
 * Starts one TLS and one plain listener on loopback. The requested name decides who answers.
 * @param isRealPort - whether TLS uses port 443 itself. Otherwise, Firefox does not send one host's requests over
 * another host's connection
 */
export async function startLab({ isRealPort = false } = {}): Promise<Lab> {
  const authority = await createAuthority("Latchkey test authority");
  const otherAuthority = await createAuthority("Someone else’s authority");
  const publicAuthority = await createAuthority("A public authority");
  const instances = new Map<string, ServedInstance>();
  const others = new Map<string, Attacker>();
  let used = 0;
  const sockets = new Set<Socket>();
  const unrelated = await authority.issue({ names: [UNRELATED] });
  const advisories = createAdvisoryService();
  const collected: string[] = [];
  const services = new Map<string, RequestListener>([
    [ADVISORY_HOST, advisories.answer],
    [COLLECTOR, collectInto(collected)],
  ]);
  const contexts = new Map<string, SecureContext>();
  for (const name of services.keys()) contexts.set(name, createSecureContext(await authority.issue({ names: [name] })));

  const answer = answersOf(instances, services);
  const newTls = (): Http2SecureServer => {
    const end = createTls(unrelated, instances, contexts);
    end.on("request", (request, response) => {
      answer(request as unknown as IncomingMessage, response as unknown as ServerResponse, true);
    });
    end.on("upgrade", upgradesOf(instances));
    end.on("connection", keep);
    end.on("secureConnection", keep);
    return end;
  };
  const clear = createHttp((request, response) => {
    answer(request, response, false);
  });
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  };
  clear.on("connection", keep);
  const firstTls = newTls();
  let tls = firstTls;
  /** All connections below TLS, by the name they ask for. */
  const lines = new Map<Socket, string>();
  const front = createFront((name, socket) => {
    lines.set(socket, name);
    socket.on("close", () => lines.delete(socket));
    const { attacker = others.get(name), proxy } = instances.get(name) ?? {};
    const go = (): void => {
      if (proxy === undefined) tls.emit("connection", socket);
      else passOnBytes(proxy, socket);
    };
    if (attacker === undefined) go();
    else attacker.onConnection(socket, go);
  });
  const dropConnections = (names: readonly string[]): void => {
    drop(names, sockets, lines);
  };
  const ports = await Promise.all([listen(front, isRealPort ? 443 : 0), listen(clear)]);
  const directPort = await listen(firstTls);

  return {
    authority,
    otherAuthority,
    publicAuthority,
    others,
    collected,
    advisories,
    tlsPort: ports[0],
    directPort,
    prefs: leadTo(ports, isRealPort),
    instance: async (issuer = authority, otherNames = []) => {
      const names = [nameOf(used++), ...otherNames] as const;
      const instance = await createInstance(issuer, names, dropConnections, () => {
        tls = newTls();
      });
      for (const name of names) instances.set(name, instance);
      return instance;
    },
    close: () => closeAll([front, firstTls, clear], sockets),
  };
}

/** @param sockets - the ends of TLS, which know their name themselves. @param lines - below TLS, with the name */
function drop(names: readonly string[], sockets: Iterable<Socket>, lines: ReadonlyMap<Socket, string>): void {
  for (const socket of sockets) {
    const { servername } = socket as Partial<TLSSocket>;
    if (typeof servername === "string" && names.includes(servername)) socket.destroy();
  }
  for (const [socket, name] of lines) if (names.includes(name)) socket.destroy();
}

/** Ends the connections, and resolves when the servers have closed. */
async function closeAll(servers: readonly NetServer[], sockets: Iterable<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) {
    const closed = once(server, "close");
    server.close();
    await closed;
  }
}

/** Firefox's preferences for names and ports of the lab. */
const leadTo = ([tlsPort, clearPort]: readonly [number, number], isRealPort: boolean): Lab["prefs"] => ({
  "network.dns.localDomains": NAMES.join(","),
  "network.socket.forcePort": `${isRealPort ? "" : `443=${String(tlsPort)};`}80=${String(clearPort)}`,
});

/** Keeps what arrives at the attackers' own host. */
const collectInto =
  (collected: string[]): RequestListener =>
  (request, response) => {
    void text(request).then((body) => {
      collected.push(`${request.url ?? ""} ${body}`);
      response.writeHead(204, { "Access-Control-Allow-Origin": "*" }).end();
    });
  };

/** The TLS end of the instances and of the names with a context. All others get the certificate of {@link UNRELATED}. */
function createTls(
  { key, cert }: Issued,
  instances: ReadonlyMap<string, ServedInstance>,
  contexts: ReadonlyMap<string, SecureContext>,
): Http2SecureServer {
  const otherwise = createSecureContext({ key, cert });
  return createSecureServer({
    key,
    cert,
    allowHTTP1: true,
    ALPNCallback: ({ servername, protocols }) =>
      instances.get(servername)?.http2 === true && protocols.includes("h2") ? "h2" : "http/1.1",
    SNICallback: (name, done) => {
      const instance = instances.get(name);
      // Earlier, the name is unknown. So the nearest to no answer is to close as soon as it is known.
      if (instance?.mode === "offline") done(new Error("offline"));
      else done(null, contexts.get(name) ?? instance?.context ?? otherwise);
    },
  });
}

/** Reads the name that a connection requests, and hands it on with all bytes still unread. */
function createFront(onName: (name: string, socket: Socket) => void): NetServer {
  return createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const hello = socket.read() as Buffer | null;
      if (hello === null) return;
      socket.unshift(hello);
      onName(serverNameIn(hello) ?? "", socket);
    });
  });
}

async function listen(server: NetServer, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
