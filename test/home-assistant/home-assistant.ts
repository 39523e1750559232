import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { homeAssistantFolder, NEWEST, OLDEST } from "../../scripts/setup.mjs";
import { LOCAL_NAME } from "../lab/lab";
import type { Issued } from "../lab/authority";
import { freePort } from "../lab/free-port";
import { until } from "../lab/until";

/** The tested release of Home Assistant: the newest, unless the environment names another. */
export const RELEASE = process.env["LATCHKEY_HOME_ASSISTANT"] ?? NEWEST;
export const IS_OLDEST = RELEASE === OLDEST;
/** How many minutes a test uses it. */
export const MINUTES = Number(process.env["LATCHKEY_MINUTES"] ?? (IS_OLDEST ? "0.5" : "1"));
export const PROGRAM = join(homeAssistantFolder(RELEASE), "bin/hass");
export const USER = { username: "tester", password: "a password for tests" };

/** A real Home Assistant on this machine; only its cloud integration is a stand-in. */
export interface HomeAssistant {
  readonly port: number;
  /** The address at which it is opened at home. */
  readonly origin: string;
  /** The tokens of the user who is logged in at home. */
  readonly tokens: Tokens;
  /** The frontend's own entry in the local storage of an origin, by which it is logged in there. */
  readonly tokensFor: (origin: string) => string;
  /** Sets the instance's answer to `cloud/status`. `delay` (seconds) passes before the answer, and isn't part of it. */
  readonly answer: (status: Status & { readonly delay?: number }) => Promise<void>;
  /** All logged warnings and errors. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

const TOKENS = z.looseObject({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });
type Tokens = z.infer<typeof TOKENS>;

const STATUS = z.looseObject({ prefs: z.looseObject({ remote_enabled: z.boolean() }) });
export type Status = z.infer<typeof STATUS>;

/** The reply of an instance whose remote access works, with this certificate. */
export async function cloudStatus({ cert, sha1 }: Issued, hosts: readonly string[]): Promise<Status> {
  const file = fileURLToPath(new URL("cloud-status.json", import.meta.url));
  const certificate = {
    common_name: hosts[0],
    expire_date: new Date(new X509Certificate(cert).validTo).toISOString(),
    fingerprint: sha1,
    alternative_names: hosts,
  };
  const working = STATUS.parse(JSON.parse(await readFile(file, "utf8")));
  return { ...working, remote_domain: hosts[0], remote_certificate: certificate };
}

/** What Home Assistant 2026.11 stores of its web server's settings, which 2024.3 reads from its configuration. */
const network = (port: number): object => ({
  server_host: ["127.0.0.1"],
  server_port: port,
  cors_allowed_origins: ["https://cast.home-assistant.io"],
  login_attempts_threshold: -1,
  ip_ban_enabled: true,
  ssl_profile: "intermediate_v6",
  use_x_frame_options: true,
  created_at: new Date().toISOString(),
  error: null,
  error_message: null,
});

export interface Configuration {
  /** Whether it loads the cloud integration. */
  readonly withCloud?: boolean;
  /** Whether it logs the end of each WebSocket, which the newest release doesn't do by default. */
  readonly logsSockets?: boolean;
}

export async function startHomeAssistant({
  withCloud = true,
  logsSockets = false,
}: Configuration): Promise<HomeAssistant> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-home-"));
  await cp(fileURLToPath(new URL("config", import.meta.url)), folder, { recursive: true });
  const file = join(folder, "configuration.yaml");
  let configuration = await readFile(file, "utf8");
  if (!withCloud) configuration = configuration.replace(/^cloud:.*$/mu, "");
  if (logsSockets) configuration += "  logs:\n    homeassistant.components.websocket_api.http.connection: debug\n";
  // The newest release only tries the settings there, and reverts them after five minutes.
  if (!IS_OLDEST) configuration = configuration.replace(/^http:\n(?: .*\n)+/mu, "");
  await writeFile(file, configuration);
  // The steps that would contact the internet are already done. The user is made below.
  await mkdir(join(folder, ".storage"));
  const stored = (key: string, version: number, data: object): Promise<void> =>
    writeFile(join(folder, ".storage", key), JSON.stringify({ version, minor_version: 1, key, data }));
  await stored("onboarding", 4, { done: ["core_config", "analytics", "integration"] });
  const statusFile = join(folder, "cloud_status.json");
  await writeFile(statusFile, JSON.stringify({ logged_in: false, cloud: "disconnected", http_use_ssl: false }));

  const port = await freePort();
  if (!IS_OLDEST) await stored("http", 3, { stable: network(port), pending: null, yaml_migration_done: true });
  let log = "";
  const core = spawn(PROGRAM, ["-c", folder, "--skip-pip"], {
    env: { ...process.env, LATCHKEY_PORT: String(port) },
  });
  for (const stream of [core.stdout, core.stderr]) stream.on("data", (text: Buffer) => (log += text.toString()));
  const here = `http://127.0.0.1:${String(port)}`;
  await until(
    () =>
      fetch(`${here}/manifest.json`).then(
        ({ ok }) => ok,
        () => core.exitCode !== null,
      ),
    (isUp) => isUp,
    60_000,
  );
  if (core.exitCode !== null) throw new Error(`Home Assistant ended: ${log}`);

  const origin = `http://${LOCAL_NAME}:${String(port)}`;
  const made = await fetch(`${here}/api/onboarding/users`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...USER, name: "Tester", client_id: `${origin}/`, language: "en" }),
  });
  const { auth_code } = z.object({ auth_code: z.string() }).parse(await made.json());
  const given = await fetch(`${here}/auth/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "authorization_code", code: auth_code, client_id: `${origin}/` }),
  });
  const tokens = TOKENS.parse(await given.json());
  const expires = Date.now() + tokens.expires_in * 1000;

  return {
    port,
    origin,
    tokens,
    tokensFor: (hassUrl) => JSON.stringify({ ...tokens, hassUrl, clientId: `${hassUrl}/`, expires }),
    answer: (status) => writeFile(statusFile, JSON.stringify(status)),
    log: () => log,
    stop: async () => {
      const ended = once(core, "exit");
      core.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
