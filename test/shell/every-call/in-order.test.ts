// With every call in order, the rules hold because something happens, and not because nothing does.
import { existsSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { isProbe, isSecret, settle, type Answerer } from "../fake-firefox";
import {
  broken,
  CASES,
  isGreen,
  KINDS,
  nameOf,
  PARTS,
  run,
  SECRET,
  SPAN,
  start,
  type Case,
  type Outcome,
} from "./every-call";

/**
 * All calls that the blocking listeners lead to: their own, those of their checks, and those that change and show
 * something.
 */
const CALLS = [
  "action.setBadgeBackgroundColor",
  "action.setBadgeText",
  "action.setBadgeTextColor",
  "action.setIcon",
  "action.setTitle",
  "alarms.clear",
  "alarms.create",
  "alarms.get",
  "browsingData.remove",
  "crypto.getRandomValues",
  "crypto.randomUUID",
  "extension.isAllowedIncognitoAccess",
  "fetch",
  "i18n.getMessage",
  "notifications.create",
  "permissions.contains",
  "permissions.getAll",
  "runtime.getBrowserInfo",
  "runtime.getURL",
  "scripting.executeScript",
  "scripting.getRegisteredContentScripts",
  "scripting.registerContentScripts",
  "storage.local.get",
  "storage.local.set",
  "storage.session.get",
  "storage.session.set",
  "tabs.query",
  "tabs.reload",
  "tabs.update",
  "WebSocket",
  "webRequest.getSecurityInfo",
].sort();

/** The calls of a run without failures, and so the calls that can fail. */
const nominal = new Map<Case, Outcome>();
for (const tried of CASES) nominal.set(tried, await run(tried));

describe("with every call in order", () => {
  it.each(CASES.map((tried) => [nameOf(tried), tried] as const))("%s", (_, tried) => {
    const outcome = nominal.get(tried);
    expect(outcome && broken(outcome, tried)).toBe("");
    // Otherwise, the rules would hold because nothing happens.
    if (tried.network === "the instance answers" && !tried.kind.includes("in plaintext"))
      expect([isGreen(outcome?.firefox.button ?? {}), outcome?.firefox.stopped]).toEqual([true, 0]);
  });

  it("every kind of request that carries a secret leaves, checked, if the instance answers", () => {
    const left = [...nominal].flatMap(([{ guard, network, kind }, { firefox }]) =>
      guard === "guarded" && network === "the instance answers" && firefox.sent.some(isSecret) ? [kind] : [],
    );
    expect(left).toEqual(SECRET);
  });

  it("the listeners lead to these calls", () => {
    const calls = new Set([...nominal.values()].flatMap(({ firefox }) => [...firefox.calls]));
    expect([...calls].sort()).toEqual(CALLS);
  });
});

it("each case is in one of the parts, and each part has its file", () => {
  const parts = Object.entries(PARTS);
  expect(CASES.filter((tried) => parts.filter(([, fits]) => fits(tried)).length !== 1)).toEqual([]);
  expect(parts.filter(([part]) => !existsSync(new URL(`${part}.test.ts`, import.meta.url)))).toEqual([]);
});

it("a notification that hangs delays no later request", async () => {
  let answerer: Answerer = "nobody";
  const firefox = start("guarded", () => answerer, { call: "notifications.create", how: "hangs" });
  void KINDS["a POST with a token"](firefox);
  await settle(SPAN);
  expect(firefox.stopped).toBe(1);
  answerer = "own";
  void KINDS["a POST with a token"](firefox);
  await settle(SPAN);
  expect(firefox.letThrough).toEqual(["own"]);
});

it.each([
  ["rise", 1, [true, false]],
  ["fall", -1, [false, true]],
])("what leaves together leaves as drawn, whatever each is: if the draws %s", async (_, step, isProbeEach) => {
  const left: { readonly at: number; readonly probe: boolean }[] = [];
  const firefox = start("guarded", (asked) => {
    left.push({ at: performance.now(), probe: isProbe(asked) });
    return "own";
  });
  let drawn = 1_000_000;
  const getRandomValues = (numbers: Uint32Array): Uint32Array => numbers.map(() => (drawn += step));
  const fake = crypto;
  vi.stubGlobal("crypto", { randomUUID: () => fake.randomUUID(), getRandomValues });
  void KINDS["a POST with a token"](firefox);
  await settle(SPAN);
  const secret = left.find(({ probe }) => !probe);
  expect(left.filter(({ at }) => at === secret?.at).map(({ probe }) => probe)).toEqual(isProbeEach);
});
