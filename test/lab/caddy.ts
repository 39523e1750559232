// Caddy, a server that people put in front of Home Assistant. It ends TLS with the given certificate and passes each
// request on over TLS.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { findCaddy } from "../../scripts/setup.mjs";
import type { Issued } from "./authority";
import { freePort } from "./free-port";
import { until } from "./until";

export interface Caddy {
  /** The TCP port, and the UDP port if it speaks HTTP/3. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface CaddySettings {
  readonly protocols: readonly ("h1" | "h2" | "h3")[];
  /** A root in PEM. Caddy refuses a connection without a client certificate of that authority. */
  readonly clients?: string;
  /** Caddy asks for it by HTTP basic authentication. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** bcrypt of the password in {@link LOGIN}, at the lowest cost: Caddy's default takes a second on this machine. */
const HASH = "$2a$04$mlTMGGFBGOpLwIC8XhZUAOJ.VlzNS7OpU2rfg/Vyv3DpADgAlVDfS";
export const LOGIN = { user: "me", password: "front-door" } as const;

/** @param onward - port on this machine for all requests, with any certificate there */
export async function startCaddy(
  host: string,
  { cert, key }: Issued,
  onward: number,
  { protocols, clients, login }: CaddySettings,
): Promise<Caddy> {
  const program = findCaddy();
  if (program === undefined) throw new Error("no Caddy found: run `npm test`, which sets it up");
  const folder = await mkdtemp(join(tmpdir(), "latchkey-caddy-"));
  const port = await freePort();
  const transport = { protocol: "http", tls: { insecure_skip_verify: true, server_name: host } };
  const upstreams = [{ dial: `127.0.0.1:${String(onward)}` }];
  const trusted_ca_certs = [clients?.replace(/-----[^-]+-----|\s/gu, "")];
  const client = { client_authentication: { mode: "require_and_verify", trusted_ca_certs } };
  const accounts = [{ username: login?.user, password: Buffer.from(HASH).toString("base64") }];
  const basic = { hash: { algorithm: "bcrypt" }, accounts, hash_cache: {} };
  const server = {
    listen: [`127.0.0.1:${String(port)}`],
    protocols,
    automatic_https: { disable: true },
    tls_connection_policies: [clients === undefined ? {} : client],
    routes: [
      {
        handle: [
          ...(login === undefined ? [] : [{ handler: "authentication", providers: { http_basic: basic } }]),
          { handler: "reverse_proxy", transport, upstreams },
        ],
      },
    ],
  };
  const settings = {
    admin: { disabled: true },
    storage: { module: "file_system", root: folder },
    apps: { http: { servers: { server } }, tls: { certificates: { load_pem: [{ certificate: cert, key }] } } },
  };
  const file = join(folder, "caddy.json");
  await writeFile(file, JSON.stringify(settings));
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const caddy = spawn(program, ["run", "--config", file], { env, stdio: "ignore" });
  await until(() => answers(host, port), Boolean);
  return {
    port,
    close: async () => {
      const ended = new Promise((done) => caddy.once("exit", done));
      caddy.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const answers = (servername: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect({ servername, port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      socket.destroy();
      done(true);
    });
    socket.on("error", () => {
      done(false);
    });
  });
