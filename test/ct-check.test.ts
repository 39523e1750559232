import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ctCheck } from "../scripts/ct-check";
import { root } from "../scripts/build";
import { writePinFile } from "../src/core/pin/pin-file";
import { confirmed, INSTANCE, spki, unconfirmed } from "./core/samples";

const hexOf = (base64: string): string => Buffer.from(base64, "base64").toString("hex");
const KEY = Buffer.alloc(32, 1).toString("base64");
const pins = writePinFile([confirmed("1", "K", { confirmed: { spki: KEY as ReturnType<typeof spki>, leaves: [] } })]);
const entry = (digit: string, key: string, more: object = {}): object => ({
  id: digit,
  tbs_sha256: digit.repeat(64),
  cert_sha256: digit.repeat(64),
  pubkey_sha256: hexOf(key),
  dns_names: [INSTANCE],
  issuer: { name: "CN=R11", friendly_name: "Let’s Encrypt" },
  revoked: false,
  not_before: "2026-11-04T00:00:00Z",
  not_after: "2027-02-01T00:00:00Z",
  cert_der: "AAAA",
  ...more,
});
const OTHER = Buffer.alloc(32, 2).toString("base64");
const ours = JSON.stringify([entry("2", KEY), entry("3", OTHER, { not_before: "2026-01-01T00:00:00Z" })]);
const foreign = JSON.stringify([entry("4", OTHER, { revoked: true })]);
const FILES: Record<string, string> = {
  pins,
  ours,
  foreign,
  torn: ours.slice(0, 90),
  unconfirmedPins: writePinFile([unconfirmed("1")]),
  none: writePinFile([]),
};
const run = (...args: string[]) =>
  ctCheck(args, (file) => {
    const text = FILES[file];
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${file}'`);
    return text;
  });

it("ends with 0 if every certificate is explained", () => {
  const { text, code } = run("--answer", "ours", "--pins", "pins");
  expect(code).toBe(0);
  expect(text.split("\n").map((line) => line.slice(0, 18).trim())).toEqual(["yours, by its key", "before the pin"]);
});

it("ends with 1 if one is not yours, on any page", () => {
  const { text, code } = run("--answer", "ours", "--answer", "foreign", "--pins", "pins", "--host", INSTANCE);
  expect(code).toBe(1);
  expect(text).toContain(
    `NOT YOURS           ${INSTANCE}  2026-11-04 to 2027-02-01  Let’s Encrypt  ${"4".repeat(64)}  revoked`,
  );
});

it("prints JSON for other programs", () => {
  const { text, code } = run("--answer", "foreign", "--pins", "pins", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(text)).toMatchObject([{ host: INSTANCE, whose: "not-ours", issuance: { spki: OTHER } }]);
});

const WRONG: [what: string, args: string[], words: string][] = [
  ["no arguments", [], "Both --answer and --pins are needed"],
  ["an option it does not know", ["--answers", "ours"], "Unknown option '--answers'"],
  ["a file that is not there", ["--answer", "nowhere", "--pins", "pins"], "no such file, open 'nowhere'"],
  ["an incomplete answer", ["--answer", "torn", "--pins", "pins"], "torn: this is no JSON, or not all of it"],
  ["the files taken for each other", ["--answer", "pins", "--pins", "ours"], "ours: line 1: this is no file of pins"],
  ["an answer that is none", ["--answer", "pins", "--pins", "pins"], "pins: this is not an answer of the service"],
  ["no pins", ["--answer", "ours", "--pins", "none"], "The file has no pins"],
  ["another host", ["--answer", "ours", "--pins", "pins", "--host", "x.y"], "No pin is for x.y"],
  ["a pin that was never confirmed", ["--answer", "ours", "--pins", "unconfirmedPins"], "No pin has been confirmed"],
];
it.each(WRONG)("ends with 2 and says why: %s", (_, args, words) => {
  const { text, code } = run(...args);
  expect(code).toBe(2);
  expect(text).toContain(words);
});

it("gives the same results as a program", () => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-ct-check-"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const tsx = join(root, "node_modules/.bin/tsx");
  const args = ["--answer", join(folder, "foreign"), "--pins", join(folder, "pins")];
  const { status, stdout } = spawnSync(tsx, [join(root, "scripts/ct-check.ts"), ...args], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(status).toBe(1);
  expect(stdout).toContain("NOT YOURS");
}, 30_000);
