// `npm test`: every check and every test, one after the other, with a count at the end. With `--home-assistant`, it
// runs the tests with a real Home Assistant instead.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { z } from "zod";
import { root } from "./build";
import { NEWEST, OLDEST } from "./setup.mjs";

let passed = 0;
let failed = 0;
/** Printed again at the end, because earlier failures are out of sight by then. */
const failures: string[] = [];

/** Runs one of the project's own programs; its output is shown as it comes. */
function run(headline: string, program: string, args: string[]): boolean {
  const began = Date.now();
  console.log(`\n== ${headline}`);
  const { status } = spawnSync(join(root, "node_modules/.bin", program), args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
    // An earlier step has built it.
    env: { ...process.env, LATCHKEY_BUILT: "yes" },
  });
  console.log(`== ${headline}: ${status === 0 ? "ok" : "FAILED"}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return status === 0;
}

function check(headline: string, program: string, args: string[]): void {
  if (run(headline, program, args)) passed++;
  else fail(headline);
}

function fail(name: string, reason = "", count = 1): void {
  failed += count;
  failures.push(reason === "" ? name : `${name}\n    ${reason}`);
}

const REPORT = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** An error may quote whole records; its beginning says what went wrong. */
const MAX_REASON = 300;
const shortened = (message: string): string => (message.split("\n")[0] ?? "").slice(0, MAX_REASON);

/** Every test that didn't pass has failed. A run without a report has failed, too. */
function vitest(headline: string, ...projects: string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-report-"));
  const file = join(folder, "report.json");
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${file}`];
  const isFine = run(headline, "vitest", [
    "run",
    ...projects.flatMap((project) => ["--project", project]),
    ...reporters,
  ]);
  try {
    const report = REPORT.parse(JSON.parse(readFileSync(file, "utf8")));
    passed += report.numPassedTests;
    const before = failed;
    for (const { name, status, message, assertionResults } of report.testResults) {
      const where = `${headline}: ${relative(root, name)}`;
      const rows = assertionResults.filter((row) => row.status !== "passed");
      for (const row of rows.filter((each) => each.status === "failed"))
        fail(`${where}: ${row.fullName}`, shortened(row.failureMessages[0] ?? ""));
      // There are no skipped tests: if a test didn't run, its hook or its file failed.
      const missed = rows.filter((row) => row.status !== "failed").length;
      if (missed > 0 || (status !== "passed" && rows.length === 0))
        fail(
          missed > 0 ? `${where}: ${String(missed)} tests did not run` : where,
          shortened(message),
          Math.max(missed, 1),
        );
    }
    if (report.numPassedTests === 0) fail(headline, "no test was run");
    else if (!isFine && failed === before) fail(headline, "an error outside of the tests");
  } catch (error) {
    fail(headline, `its report cannot be read: ${shortened(String(error))}`);
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
  vitest("Unit tables with a fake of Firefox", "unit-with-fakes");
  vitest("Every call fails", "every-call");
  vitest("Firefox ESR", "firefox");
  vitest("The newest release of Firefox", "firefox-current");
}

function homeAssistant(): void {
  build();
  const releases = [NEWEST, OLDEST];
  vitest(`Home Assistant ${releases.join(" and ")}`, ...releases.map((release) => `home-assistant-${release}`));
}

if (process.argv.includes("--home-assistant")) homeAssistant();
else everything();

if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `- ${failure}`).join("\n")}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
