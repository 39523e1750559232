// The evidence file, verified as someone else can with openssl alone.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { Certificate } from "../../../src/core/tls/certificate";
import type { Sha1, Sha256, Spki } from "../../../src/core/tls/digest";
import { evidenceName, writeEvidence } from "../../../src/core/incident/evidence";
import { NOT_EXPOSED } from "../../../src/core/request/exposure";
import type { Incident } from "../../../src/core/incident/incident";
import { createAuthority, type Issued } from "../../lab/authority";
import { certificate, confirmed, INSTANCE } from "../samples";

const AT = Date.now();
let folder: string;
let attacker: Issued;
let root: string;
let evidence: z.infer<typeof FILE>;

const FILE = z.strictObject({
  format: z.literal("latchkey-evidence"),
  version: z.literal(2),
  writtenBy: z.literal("Latchkey 1.2.3"),
  writtenAt: z.iso.datetime(),
  address: z.literal(INSTANCE),
  verdict: z.unknown(),
  trustAnchor: z.string(),
  count: z.literal(2),
  first: z.iso.datetime(),
  last: z.iso.datetime(),
  notifiedAt: z.iso.datetime(),
  pins: z.array(z.looseObject({ fingerprint: z.string() })),
  exposed: z.unknown(),
  closed: z.strictObject({ at: z.iso.datetime(), how: z.literal("done") }),
  samples: z.array(
    z.strictObject({
      at: z.iso.datetime(),
      request: z.strictObject({ type: z.string(), method: z.string(), url: z.string() }),
      handshake: z.looseObject({ leaf: z.looseObject({ sha1: z.string(), sha256: z.string(), spki: z.string() }) }),
      chain: z.array(z.string()),
    }),
  ),
});

const derOf = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/gu, "");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-evidence-"));
  const authority = await createAuthority("Someone’s authority");
  attacker = await authority.issue({ names: [INSTANCE] });
  root = authority.root;
  const leaf: Certificate = {
    ...certificate("3", "X"),
    sha1: attacker.sha1 as Sha1,
    sha256: attacker.sha256 as Sha256,
    spki: attacker.spki as Spki,
  };
  const incident: Incident = {
    address: INSTANCE,
    verdict: { kind: "mismatch", cause: "other-key" },
    trustAnchor: "",
    count: 2,
    first: AT,
    last: AT + 1000,
    notifiedAt: AT,
    pins: [confirmed("1", "K")],
    exposed: NOT_EXPOSED,
    closed: { at: AT + 2000, how: "done" },
    samples: [
      {
        at: AT,
        chain: [derOf(attacker.cert), derOf(root)],
        request: { type: "main_frame", method: "GET", url: `https://${INSTANCE}/` },
        handshake: { leaf, anchor: { kind: "unknown" }, transparency: "not_applicable" },
      },
    ],
  };
  evidence = FILE.parse(JSON.parse(writeEvidence(incident, AT + 3000, "1.2.3")));
  expect(evidenceName(incident)).toMatch(/^latchkey-evidence-abc\.ui\.nabu\.casa-\d{12}\.json$/u);
  const [sample] = evidence.samples;
  await writeFile(join(folder, "leaf.pem"), sample?.chain[0] ?? "");
  await writeFile(join(folder, "root.pem"), sample?.chain.at(-1) ?? "");
  await writeFile(join(folder, "other.pem"), (await createAuthority("Another authority")).root);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const openssl = (...args: string[]): { status: number | null; text: string } => {
  const { status, stdout, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
  return { status, text: stdout + stderr };
};

it("holds the certificate whose digests it names", () => {
  const leaf = evidence.samples[0]?.handshake.leaf;
  for (const digest of ["sha1", "sha256"] as const) {
    const { text } = openssl("x509", "-in", "leaf.pem", "-noout", "-fingerprint", `-${digest}`);
    expect(text.trim().split("=")[1]?.replaceAll(":", "").toLowerCase()).toBe(leaf?.[digest]);
  }
  expect(leaf?.sha256).toBe(attacker.sha256);
});

it("holds a chain that openssl verifies for that name and that moment, and for no other", () => {
  const seconds = String(Math.floor(Date.parse(evidence.samples[0]?.at ?? "") / 1000));
  const verify = (root: string, host: string, at: string): number | null =>
    openssl("verify", "-attime", at, "-verify_hostname", host, "-CAfile", root, "leaf.pem").status;
  expect(verify("root.pem", INSTANCE, seconds)).toBe(0);
  expect(verify("other.pem", INSTANCE, seconds)).not.toBe(0);
  expect(verify("root.pem", "other.ui.nabu.casa", seconds)).not.toBe(0);
  expect(verify("root.pem", INSTANCE, String(Number(seconds) - 10 * 365 * 86_400))).not.toBe(0);
});

it("holds the pins of that time, and no secret", () => {
  expect(evidence.pins[0]?.fingerprint).toBe(confirmed("1", "K").fingerprint);
  expect(JSON.stringify(evidence)).not.toMatch(/\?|cookie|authorization/iu);
});
