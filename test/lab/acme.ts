// A certificate authority like Let's Encrypt, on this machine: Pebble, Let's Encrypt's own test server. An instance
// orders and renews there as Home Assistant Cloud does, over ACME (RFC 8555). Only the check that the instance holds
// its name is missing.
import "reflect-metadata";
import { spawn } from "node:child_process";
import { createPrivateKey, sign, webcrypto } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Extension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { z } from "zod";
import { findPebble } from "../../scripts/setup.mjs";
import { issuedBy, newKeys, POISON, type Authority, type Issued, type Keys } from "./authority";
import { freePort } from "./free-port";
import { until } from "./until";

export interface AcmeAuthority {
  /** In PEM. */
  readonly root: string;
  readonly name: string;
  /** Orders a certificate; the same keys make it a renewal. */
  readonly order: (names: readonly string[], keys?: Keys) => Promise<{ issued: Issued; precertificate: string }>;
  readonly close: () => Promise<void>;
}

const ORDER = z.object({
  status: z.string(),
  finalize: z.string(),
  authorizations: z.array(z.string()),
  certificate: z.optional(z.string()),
});
const AUTHORIZATION = z.object({
  status: z.string(),
  challenges: z.array(z.object({ type: z.string(), url: z.string() })),
});
const DIRECTORY = z.object({ newNonce: z.string(), newAccount: z.string(), newOrder: z.string() });

/** @param local - the authority of Pebble's own HTTPS */
export async function startAcmeAuthority(local: Authority): Promise<AcmeAuthority> {
  const program = findPebble();
  if (program === undefined) throw new Error("no Pebble found: run `npm test`, which sets it up");
  const folder = await mkdtemp(join(tmpdir(), "latchkey-pebble-"));
  const own = await local.issue({ names: ["localhost"] });
  const [port, management] = [await freePort(), await freePort()];
  const [certificate, privateKey, file] = ["cert.pem", "key.pem", "pebble.json"].map((name) => join(folder, name));
  await writeFile(certificate ?? "", own.cert);
  await writeFile(privateKey ?? "", own.key);
  const settings = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate,
    privateKey,
    httpPort: 5002,
    tlsPort: 5001,
    certificateValidityPeriod: 90 * 86_400,
  };
  await writeFile(file ?? "", JSON.stringify({ pebble: settings }));
  const env = { ...process.env, PEBBLE_VA_ALWAYS_VALID: "1", PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" };
  const server = spawn(program, ["-config", file ?? ""], { env, stdio: "ignore" });
  const ask = asker(local.root);
  const managed = async (path: string): Promise<string> =>
    (await ask("GET", `https://localhost:${management}/${path}`)).body;
  await until(
    () => managed("roots/0").catch(() => ""),
    (pem) => pem.includes("BEGIN"),
  );
  const [root, intermediate, key] = [
    await managed("roots/0"),
    await managed("intermediates/0"),
    await managed("intermediate-keys/0"),
  ];
  const session = await openAccount(ask, `https://localhost:${port}/dir`);

  return {
    root,
    name: new X509Certificate(intermediate).subjectName.getField("CN")[0] ?? "",
    order: async (names, keys) => {
      const mine = keys ?? (await newKeys());
      const chain = await session.order(names, mine);
      const leaf = new X509Certificate(chain);
      const issued = { ...(await issuedBy(leaf, mine)), cert: chain };
      return { issued, precertificate: await announced(leaf, intermediate, key) };
    },
    close: async () => {
      server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Pebble has no log to announce a certificate to. So the lab makes the precertificate from the certificate, with
 * Pebble's own key.
 */
async function announced(leaf: X509Certificate, intermediate: string, key: string): Promise<string> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const pkcs8 = createPrivateKey(key).export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const made = await X509CertificateGenerator.create({
    serialNumber: leaf.serialNumber,
    subject: leaf.subject,
    issuer: new X509Certificate(intermediate).subject,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    publicKey: leaf.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [...leaf.extensions, new Extension(POISON, true, Uint8Array.of(5, 0))],
  });
  return made.toString("pem");
}

interface Answer {
  readonly body: string;
  readonly header: (name: string) => string;
}
type Ask = (method: string, url: string, body?: string) => Promise<Answer>;

const asker =
  (ca: string): Ask =>
  (method, url, body) =>
    new Promise((done, fail) => {
      const headers = { "Content-Type": "application/jose+json" };
      const asked = request(url, { method, ca, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => {
          if ((response.statusCode ?? 500) >= 400) fail(new Error(`Pebble: ${text}`));
          else done({ body: text, header: (name) => response.headers[name]?.toString() ?? "" });
        });
      });
      asked.on("error", fail);
      asked.end(body);
    });

const base64url = (value: object | string): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** One ACME account: it signs every request with its key, with a new nonce. */
async function openAccount(ask: Ask, directory: string) {
  const urls = DIRECTORY.parse(JSON.parse((await ask("GET", directory)).body));
  const keys = await newKeys();
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { crv, kty, x, y } = await webcrypto.subtle.exportKey("jwk", keys.publicKey);
  const account: { kid?: string } = {};

  const post = async (url: string, payload: object | ""): Promise<Answer> => {
    const nonce = (await ask("HEAD", urls.newNonce)).header("replay-nonce");
    const who = account.kid === undefined ? { jwk: { crv, kty, x, y } } : { kid: account.kid };
    const parts = `${base64url({ alg: "ES256", nonce, url, ...who })}.${base64url(payload)}`;
    const signature = sign("sha256", Buffer.from(parts), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
    const [head, body] = parts.split(".");
    return ask("POST", url, JSON.stringify({ protected: head, payload: body, signature }));
  };
  account.kid = (await post(urls.newAccount, { termsOfServiceAgreed: true })).header("location");

  const order = async (names: readonly string[], mine: Keys): Promise<string> => {
    const identifiers = names.map((value) => ({ type: "dns", value }));
    const placed = await post(urls.newOrder, { identifiers });
    const at = placed.header("location");
    const state = async () => ORDER.parse(JSON.parse((await post(at, "")).body));
    for (const url of (await state()).authorizations) {
      const { status, challenges } = AUTHORIZATION.parse(JSON.parse((await post(url, "")).body));
      const [challenge] = challenges;
      if (status === "pending" && challenge !== undefined) await post(challenge.url, {});
    }
    const { finalize } = await until(state, ({ status }) => status === "ready");
    const wanted = await Pkcs10CertificateRequestGenerator.create({
      name: "",
      keys: mine,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value })))],
    });
    await post(finalize, { csr: Buffer.from(wanted.rawData).toString("base64url") });
    const { certificate } = await until(state, ({ status }) => status === "valid");
    return (await post(certificate ?? "", "")).body;
  };
  return { order };
}
