// A server that speaks HTTP/3, as Node does not: Caddy. It ends QUIC with the certificate it is given and passes each
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

export interface Http3Server {
  /** Of UDP; over TCP it answers there as well. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** @param onward - the port on this machine that it passes everything on to, whatever certificate is met there */
export async function startHttp3(host: string, certificate: Issued, onward: number): Promise<Http3Server> {
  const program = findCaddy();
  if (program === undefined) throw new Error("no Caddy found: run `npm test`, which sets it up");
  const folder = await mkdtemp(join(tmpdir(), "latchkey-caddy-"));
  const port = await freePort();
  const transport = { protocol: "http", tls: { insecure_skip_verify: true, server_name: host } };
  const upstreams = [{ dial: `127.0.0.1:${String(onward)}` }];
  const server = {
    ...{ listen: [`127.0.0.1:${String(port)}`], protocols: ["h1", "h2", "h3"], automatic_https: { disable: true } },
    ...{ tls_connection_policies: [{}], routes: [{ handle: [{ handler: "reverse_proxy", transport, upstreams }] }] },
  };
  const { cert, key } = certificate;
  const settings = {
    ...{ admin: { disabled: true }, storage: { module: "file_system", root: folder } },
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
