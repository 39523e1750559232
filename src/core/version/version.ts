import { err, ok, type Result } from "../result";

/**
 * A version of Home Assistant's core, ready to be compared. Only {@link parseVersion} makes one. `stage` is its rank
 * among the pre-releases: a development version is older than a beta, and a beta than the release.
 */
export interface Version {
  readonly release: readonly [number, number, number];
  readonly stage: readonly [kind: 0 | 1 | 2, number: number];
}

/** JavaScript counts this many digits exactly. In a nightly they are a date, or a date with the time. */
const FORM = /^(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:\.dev(\d{1,15})|b(\d{1,15}))?$/u;

/**
 * Reads the forms that Home Assistant has had (core: script/version_bump.py) and those in which advisories write them:
 * `2021.1.4`, `2024.3.0b2`, `2024.1.0.dev0`, `2025.1.0.dev20241201`, `0.118.5`, `2023.03.1`, `2026.01`. Anything else
 * is not understood, and never guessed.
 */
export function parseVersion(text: string): Result<Version, "version-not-understood"> {
  const match = FORM.exec(text);
  if (match === null) return err("version-not-understood");
  const [, major, minor, patch = "0", dev, beta] = match;
  const stage = dev !== undefined ? [0, Number(dev)] : beta !== undefined ? [1, Number(beta)] : [2, 0];
  return ok({ release: [Number(major), Number(minor), Number(patch)], stage: stage as [0 | 1 | 2, number] });
}

/**
 * Orders these forms as PEP 440 does. The result is below 0 if `one` is older than `other`, 0 if they are equal, and
 * above 0 if it is newer.
 */
export function compareVersions(one: Version, other: Version): number {
  const others = [...other.release, ...other.stage];
  for (const [index, part] of [...one.release, ...one.stage].entries()) {
    const difference = part - (others[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A rank directly above a version, below every other one above it. No release has it: it is only for comparing. */
export const justAfter = ({ release, stage: [kind, number] }: Version): Version => ({
  release,
  stage: [kind, number + 0.5],
});
