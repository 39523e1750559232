import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { findFirefox } from "./setup.mjs";

/** The properties of a machine that measured, without its name. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memory: string;
  readonly system: string;
  readonly firefox: string;
  readonly node: string;
}

export async function machine(): Promise<Machine> {
  const distribution = await readFile("/etc/os-release", "utf8").catch(() => "");
  const name = /^PRETTY_NAME="(.*)"$/mu.exec(distribution)?.[1];
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GB`,
    system: `${name === undefined ? "" : `${name}, `}${type()} ${release().split(".", 2).join(".")}`,
    firefox: spawnSync(findFirefox() ?? "firefox", ["--version"], { encoding: "utf8" }).stdout.trim(),
    node: process.version,
  };
}
