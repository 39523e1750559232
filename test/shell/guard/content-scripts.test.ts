import { beforeEach, expect, it, vi } from "vitest";
import type { Address } from "../../../src/core/address";
import { createContentScripts } from "../../../src/shell/guard/content-scripts";

interface Script {
  readonly id: string;
  readonly matches: readonly string[];
}
/** Stands in for Firefox, which refuses to register a script twice, and to remove one that isn't there. */
const firefox = vi.hoisted(() => ({
  scripts: new Map<string, Script>(),
  changes: 0,
  isBroken: false,
}));
vi.mock("webextension-polyfill", () => {
  const change = (id: string, script: Script | undefined, isNew: boolean): Promise<void> => {
    if (firefox.isBroken || firefox.scripts.has(id) === isNew) return Promise.reject(new Error("refused"));
    firefox.changes++;
    if (script === undefined) firefox.scripts.delete(id);
    else firefox.scripts.set(id, script);
    return Promise.resolve();
  };
  return {
    default: {
      scripting: {
        getRegisteredContentScripts: ({ ids: [id = ""] }: { ids: string[] }) =>
          Promise.resolve([firefox.scripts.get(id)].filter((script) => script !== undefined)),
        registerContentScripts: ([script]: [Script]) => change(script.id, script, true),
        updateContentScripts: ([script]: [Script]) => change(script.id, script, false),
        unregisterContentScripts: ({ ids: [id] }: { ids: [string] }) => change(id, undefined, false),
      },
    },
  };
});

const A = "a.ui.nabu.casa" as Address;
const B = "b.ui.nabu.casa" as Address;
/** The addresses that each of the two scripts is registered for. */
const at = (...addresses: Address[]): string[][] =>
  addresses.length === 0 ? [] : ["https", "*"].map((scheme) => addresses.map((address) => `${scheme}://${address}/*`));
const matches = (): (readonly string[])[] => [...firefox.scripts.values()].map((script) => script.matches);

beforeEach(() => {
  Object.assign(firefox, { scripts: new Map(), changes: 0, isBroken: false });
  vi.spyOn(console, "error").mockReturnValue(undefined);
});

it("follows the instances that Guard is on for", async () => {
  const { registerAt } = createContentScripts();
  for (const guarded of [[A], [B, A], [B], []]) {
    await registerAt(guarded);
    expect(matches()).toEqual(at(...guarded.toSorted()));
  }
});

it("registers a script again that Firefox forgot, and changes nothing else", async () => {
  await createContentScripts().registerAt([A, B]);
  await createContentScripts().registerAt([B, A]);
  expect(firefox.changes).toBe(2);
  firefox.scripts.clear();
  await createContentScripts().registerAt([A, B]);
  expect(matches()).toEqual(at(A, B));
});

it("ends with the last of several changes at once", async () => {
  const { registerAt } = createContentScripts();
  await Promise.all([registerAt([A]), registerAt([]), registerAt([A, B]), registerAt([B])]);
  expect(matches()).toEqual(at(B));
});

it("keeps the registered scripts if the instances can't be read", async () => {
  const { registerAt } = createContentScripts();
  await registerAt([A]);
  await registerAt("unknown");
  expect(matches()).toEqual(at(A));
});

it("tries again after Firefox refused, without a failure of its own", async () => {
  const { registerAt } = createContentScripts();
  const guarded = [A];
  firefox.isBroken = true;
  await expect(registerAt(guarded)).resolves.toBeUndefined();
  expect(matches()).toEqual([]);
  firefox.isBroken = false;
  await registerAt(guarded);
  expect(matches()).toEqual(at(A));
});
