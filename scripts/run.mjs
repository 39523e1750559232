// Runs programs for the set-up, with a line before and after each, because some take minutes.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program and shows its output; ends the set-up if the program fails. `env` is added to the environment. */
export function run(command, args, doing, { cwd = root, env = {} } = {}) {
  const began = Date.now();
  console.log(`${doing} …`);
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", ...env },
  });
  if (status !== 0) fail(`${doing}: failed${error ? ` (${error.message})` : ""}`);
  console.log(`${doing}: done in ${Math.round((Date.now() - began) / 1000)} s`);
}

/** The output of a program, without its last line break; empty if it fails. */
export function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

export function fail(reason) {
  console.error(reason);
  process.exit(1);
}
