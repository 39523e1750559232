// Stands in for the two public log services, which no test can reach. It has the same addresses under the same names,
// the same paging, limits and fields, and their failures. The certificates are real ones, made for the test.
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import type { Authority, Issued, Keys } from "./authority";
import { PUBLIC_SERVICES, type Lab } from "./lab";

/** A certificate that an authority has issued, and what the logs have of it. */
export interface Logged {
  readonly issued: Issued;
  readonly id: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly serial: string;
  /** The certificate and its precertificate, DER in base64. */
  readonly certificate: string;
  readonly precertificate: string;
  readonly tbs: string;
  /** Whether the logs have the certificate itself, or its precertificate only. */
  has: "certificate" | "precertificate";
  revoked: boolean;
}

/** How the service fails, if it does. */
export type LogFailure =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: "hang" | "cut-off" | "malformed" | "deep" | "huge" | "redirect" | "wrong-type" | "circle" };

export interface LogService {
  /** Every request, with all headers. */
  readonly received: { readonly host: string; readonly url: URL; readonly headers: IncomingHttpHeaders }[];
  /** Lets an authority issue a certificate. By default, the logs have it. */
  readonly issue: (authority: Authority, order: LogOrder) => Promise<Logged>;
  /** Adds a certificate of another kind of authority, with its precertificate in PEM. */
  readonly log: (issuer: string, issued: Issued, precertificate: string, known?: boolean) => Logged;
  /** The entries of the daily service, in order of discovery; crt.sh has all of `issued`. */
  readonly known: Logged[];
  readonly issued: Logged[];
  pageSize: number;
  /** The service fails from this page on. */
  failure: (LogFailure & { readonly fromPage?: number }) | undefined;
  /** Whether each page repeats the last entries of the page before, in another order. */
  repeats: boolean;
  readonly close: () => Promise<void>;
}

export interface LogOrder {
  readonly names: readonly string[];
  readonly keys?: Keys;
  readonly from?: Date;
  readonly days?: number;
  /** Whether the daily service has it; crt.sh has everything. */
  readonly known?: boolean;
}

const DAY = 24 * 60 * 60 * 1000;

/** Answers for the names of the two services in the lab. */
export async function startLogService(lab: Lab): Promise<LogService> {
  const own = await lab.authority.issue({ names: PUBLIC_SERVICES });
  const sockets = new Set<Socket>();
  const server = createServer({ key: own.key, cert: own.cert }, (request, response) => {
    answer(service, request, response);
  });
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  for (const host of PUBLIC_SERVICES)
    lab.others.set(host, { onConnection: (socket) => server.emit("connection", socket) });

  const service: LogService = {
    received: [],
    known: [],
    issued: [],
    pageSize: 100,
    failure: undefined,
    repeats: false,
    issue: async (authority, { names, keys, from = new Date(Date.now() - DAY), days = 90, known = true }) => {
      const serialNumber = `01${randomBytes(8).toString("hex")}`;
      const validity = { notBefore: from, notAfter: new Date(from.getTime() + days * DAY) };
      const order = { names, serialNumber, validity, ...(keys === undefined ? {} : { keys }) };
      const issued = await authority.issue(order);
      const announced = await authority.issue({ ...order, keys: issued.keys, precertificate: true });
      return service.log(authority.name, issued, announced.cert, known);
    },
    log: (issuer, issued, precertificate, known = true) => {
      const read = new X509Certificate(issued.cert);
      const certificate = read.raw.toString("base64");
      const logged: Logged = {
        issued,
        issuer,
        certificate,
        precertificate: derOf(precertificate),
        tbs: tbsOf(certificate),
        notBefore: new Date(read.validFrom),
        notAfter: new Date(read.validTo),
        serial: read.serialNumber,
        names: (read.subjectAltName ?? "").split(", ").map((name) => name.replace("DNS:", "")),
        has: "certificate",
        revoked: false,
        id: randomBytes(6).toString("hex"), // opaque, and in no order
      };
      service.issued.push(logged);
      if (known) service.known.push(logged);
      return logged;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  return service;
}

const derOf = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/gu, "");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
/** What certificate and precertificate share: the signed part, without what the log itself adds. */
function tbsOf(certificate: string): string {
  const { tbsCertificate } = AsnConvert.parse(Buffer.from(certificate, "base64"), Certificate);
  return sha256(new Uint8Array(AsnConvert.serialize(tbsCertificate)));
}

function answer(service: LogService, request: IncomingMessage, response: ServerResponse): void {
  const host = request.headers.host ?? "";
  const url = new URL(request.url ?? "/", `https://${host}`);
  service.received.push({ host, url, headers: request.headers });
  const { failure } = service;
  const page = pageOf(service, url);
  if (failure !== undefined && page >= (failure.fromPage ?? 0) && fail(failure, service, url, response)) return;
  if (host === "crt.sh") crtSh(service, url, response);
  else if (url.pathname === "/v1/issuances") send(response, issuances(service, url));
  else response.writeHead(404).end();
}

const send = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
};

const indexAfter = ({ known }: LogService, { searchParams }: URL): number =>
  known.findIndex(({ id }) => id === searchParams.get("after")) + 1;
const pageOf = (service: LogService, url: URL): number => Math.floor(indexAfter(service, url) / service.pageSize);

/** @returns whether it has sent the response */
function fail(failure: LogFailure, service: LogService, url: URL, response: ServerResponse): boolean {
  switch (failure.kind) {
    case "status":
      response.writeHead(failure.status, { "Content-Type": "application/json", ...failure.headers });
      response.end('{"code":"error","message":"something went wrong"}');
      return true;
    case "hang":
      return true;
    case "redirect":
      response.writeHead(302, { Location: "https://unrelated.example.net/" }).end();
      return true;
    case "wrong-type":
      response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Please log in</h1>");
      return true;
    case "cut-off": {
      const body = JSON.stringify(issuances(service, url));
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
      response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
      return true;
    }
    case "malformed":
      send(response, [{ id: 7, dns_names: "all of them" }]);
      return true;
    case "deep":
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
      return true;
    case "huge":
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write("[");
      for (let sent = 0; sent < 6; sent++) response.write(" ".repeat(1024 * 1024));
      response.end("]");
      return true;
    case "circle":
      send(response, service.known.slice(0, 1).map(issuance(new Set())));
      return true;
  }
}

/** Unexpired certificates for the name and, if requested, wildcards that cover it, page by page. */
function issuances(service: LogService, { searchParams }: URL): unknown[] {
  const domain = searchParams.get("domain") ?? "";
  const wildcard = `*${domain.slice(domain.indexOf("."))}`;
  const isFor = ({ names }: Logged): boolean =>
    names.includes(domain) || (searchParams.get("match_wildcards") === "true" && names.includes(wildcard));
  const after = service.known.findIndex(({ id }) => id === searchParams.get("after")) + 1;
  const all = service.known.map((logged, index) => ({ logged, index }));
  const rest = all.filter(
    ({ logged, index }) => index >= after && isFor(logged) && logged.notAfter.getTime() > Date.now(),
  );
  const page = rest.slice(0, service.pageSize).map(({ logged }) => logged);
  const last = page.pop();
  const again = service.repeats && page.length > 0 ? service.known.slice(Math.max(after - 1, 0), after) : [];
  const order = service.repeats ? [...page.reverse(), ...again] : page;
  return [...order, ...(last === undefined ? [] : [last])].map(issuance(new Set(searchParams.getAll("expand"))));
}

/** The issuance object, with the requested fields. */
const issuance =
  (expanded: ReadonlySet<string>) =>
  (logged: Logged): object => {
    const der = logged[logged.has];
    return {
      id: logged.id,
      tbs_sha256: logged.tbs,
      cert_sha256: sha256(Buffer.from(der, "base64")),
      ...(expanded.has("dns_names") ? { dns_names: logged.names } : {}),
      pubkey_sha256: Buffer.from(logged.issued.spki, "base64").toString("hex"),
      ...(expanded.has("issuer")
        ? { issuer: { friendly_name: logged.issuer, name: `CN=${logged.issuer}`, caa_domains: [], operator: null } }
        : {}),
      not_before: timeOf(logged.notBefore),
      not_after: timeOf(logged.notAfter),
      revoked: logged.revoked,
      ...(expanded.has("revocation")
        ? {
            revocation: logged.revoked ? { time: timeOf(new Date()), reason: 4, checked_at: timeOf(new Date()) } : null,
          }
        : {}),
      ...(expanded.has("cert_der") ? { cert_der: der } : {}),
    };
  };

const timeOf = (date: Date): string => date.toISOString().replace(/\.\d+Z$/u, "-00:00");

/** Certificates and precertificates have separate entries, without digests. */
function crtSh({ issued }: LogService, { searchParams }: URL, response: ServerResponse): void {
  const wanted = Number(searchParams.get("d"));
  if (wanted > 0) {
    const logged = issued[Math.floor((wanted - 1) / 2)];
    const der = wanted % 2 === 1 ? logged?.precertificate : logged?.certificate;
    response.writeHead(der === undefined ? 404 : 200, { "Content-Type": "application/pkix-cert" });
    response.end(`-----BEGIN CERTIFICATE-----\n${der ?? ""}\n-----END CERTIFICATE-----\n`);
    return;
  }
  const host = searchParams.get("q") ?? "";
  const entries = issued.flatMap((logged, index) =>
    logged.names.includes(host)
      ? [1, 2].map((half) => ({
          issuer_ca_id: 7,
          issuer_name: `CN=${logged.issuer}`,
          common_name: logged.names[0],
          name_value: logged.names.join("\n"),
          id: index * 2 + half,
          serial_number: logged.serial,
          entry_timestamp: plainTime(logged.notBefore),
          result_count: 2,
          not_before: plainTime(logged.notBefore),
          not_after: plainTime(logged.notAfter),
        }))
      : [],
  );
  send(response, entries.reverse());
}

const plainTime = (date: Date): string => date.toISOString().slice(0, 19);
