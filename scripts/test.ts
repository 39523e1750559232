// `npm test`: every check and every test, one after the other, with a count at the end; with `--home-assistant` the
// tests with a real Home Assistant instead.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { root } from "./build";
import { NEWEST, OLDEST } from "./setup.mjs";

let passed = 0;
let failed = 0;

/** Runs one of the project's own programs; its output is shown as it comes. */
function run(headline: string, program: string, args: string[]): boolean {
  const began = Date.now();
  console.log(`\n== ${headline}`);
  const { status } = spawnSync(join(root, "node_modules/.bin", program), args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
    // The step before has built it.
    env: { ...process.env, LATCHKEY_BUILT: "yes" },
  });
  console.log(`== ${headline}: ${status === 0 ? "ok" : "FAILED"}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return status === 0;
}

function check(headline: string, program: string, args: string[]): void {
  if (run(headline, program, args)) passed++;
  else failed++;
}

const REPORT = z.object({ numTotalTests: z.number(), numPassedTests: z.number() });

/** Whatever did not pass has failed: there are no skipped tests here. A run that tells nothing has failed too. */
function vitest(headline: string, project: string): void {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-report-"));
  const file = join(folder, "report.json");
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${file}`];
  const isFine = run(headline, "vitest", ["run", "--project", project, ...reporters]);
  try {
    const report = REPORT.parse(JSON.parse(readFileSync(file, "utf8")));
    const missed = report.numTotalTests - report.numPassedTests;
    passed += report.numPassedTests;
    failed += !isFine && missed === 0 ? 1 : missed;
    if (report.numTotalTests === 0) failed++;
  } catch {
    failed++;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const build = (): void => {
  check("Build", "tsx", ["scripts/build.ts"]);
};

function everything(): void {
  check("Format", "prettier", ["--check", "--log-level=warn", "."]);
  check("Lint", "eslint", [".", "--max-warnings=0"]);
  check("Types", "tsc", []);
  build();
  check("Add-on linter", "web-ext", [
    "lint",
    "--source-dir=dist/extension",
    "--warnings-as-errors",
    "--no-config-discovery",
  ]);
  vitest("Unit tables", "unit");
  vitest("Firefox ESR", "firefox");
  vitest("The newest release of Firefox", "firefox-current");
}

function homeAssistant(): void {
  build();
  for (const release of [NEWEST, OLDEST]) vitest(`Home Assistant ${release}`, `home-assistant-${release}`);
}

if (process.argv.includes("--home-assistant")) homeAssistant();
else everything();

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
