import { beforeEach, expect, it, vi } from "vitest";
import type { Address } from "../../src/core/address";
import { createQueryRestorer } from "../../src/shell/restore-queries";

interface Script {
  readonly id: string;
  readonly matches: readonly string[];
}
/** Stands for Firefox, which refuses what is registered twice and what isn't there. */
const firefox = vi.hoisted(() => ({
  scripts: [] as Script[],
  changes: 0,
  isBroken: false,
}));
vi.mock("webextension-polyfill", () => {
  const change = (isFine: boolean, scripts: Script[]): Promise<void> => {
    if (firefox.isBroken || !isFine) return Promise.reject(new Error("refused"));
    firefox.changes++;
    firefox.scripts = scripts;
    return Promise.resolve();
  };
  const isThere = (): boolean => firefox.scripts.length > 0;
  return {
    default: {
      scripting: {
        getRegisteredContentScripts: () => Promise.resolve(firefox.scripts),
        registerContentScripts: (scripts: Script[]) => change(!isThere(), scripts),
        updateContentScripts: (scripts: Script[]) => change(isThere(), scripts),
        unregisterContentScripts: () => change(isThere(), []),
      },
    },
  };
});

const A = "a.ui.nabu.casa" as Address;
const B = "b.ui.nabu.casa" as Address;
const at = (...addresses: Address[]): string[] => addresses.map((address) => `https://${address}/*`);
const matches = (): readonly string[] => firefox.scripts.flatMap((script) => script.matches);

beforeEach(() => {
  Object.assign(firefox, { scripts: [], changes: 0, isBroken: false });
  vi.spyOn(console, "error").mockReturnValue(undefined);
});

it("follows the instances that Guard is on for", async () => {
  const { restoreAt } = createQueryRestorer();
  for (const guarded of [[A], [B, A], [B], []]) {
    await restoreAt(guarded);
    expect(matches()).toEqual(at(...guarded.toSorted()));
  }
});

it("registers again what Firefox forgot, and changes nothing that is right", async () => {
  await createQueryRestorer().restoreAt([A, B]);
  await createQueryRestorer().restoreAt([B, A]);
  expect(firefox.changes).toBe(1);
  firefox.scripts = [];
  await createQueryRestorer().restoreAt([A, B]);
  expect(matches()).toEqual(at(A, B));
});

it("ends with the last of several changes at once", async () => {
  const { restoreAt } = createQueryRestorer();
  await Promise.all([restoreAt([A]), restoreAt([]), restoreAt([A, B]), restoreAt([B])]);
  expect(matches()).toEqual(at(B));
});

it("leaves what is registered if the instances can't be read", async () => {
  const { restoreAt } = createQueryRestorer();
  await restoreAt([A]);
  await restoreAt("unknown");
  expect(matches()).toEqual(at(A));
});

it("tries again after Firefox refused, without a failure of its own", async () => {
  const { restoreAt } = createQueryRestorer();
  const guarded = [A];
  firefox.isBroken = true;
  await expect(restoreAt(guarded)).resolves.toBeUndefined();
  expect(matches()).toEqual([]);
  firefox.isBroken = false;
  await restoreAt(guarded);
  expect(matches()).toEqual(at(A));
});
