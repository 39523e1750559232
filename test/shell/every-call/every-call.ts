// Makes every call to Firefox fail that the blocking listeners lead to, one after the other and in every way, during a
// request. Even then, no secret leaves, and the toolbar button is right.
import "../newer";
import { readFileSync } from "node:fs";
import { compileFunction } from "node:vm";
import { transformSync } from "esbuild";
import { afterAll, expect, it, vi } from "vitest";
import type { IncidentRow, IncidentsView } from "../../../src/core/view/incidents-view";
import { INSTANCE } from "../../core/samples";
import { FakeFirefox, isProbe, isSecret, PAGE, settle, type Answerer } from "../fake-firefox";
import { AT_ONCE, type Failing, type Failure } from "../fake/calls";
import type { Asked } from "../fake/page";
import { TAB } from "../fake/profile";

const current: { firefox: FakeFirefox | undefined } = { firefox: undefined };
vi.mock("webextension-polyfill", () => ({
  default: new Proxy({}, { get: (_, name: string) => current.firefox?.browser[name] }),
}));

/**
 * The background itself, started again for each run. Its imports keep nothing between runs, so they are loaded once.
 */
const { code } = transformSync(readFileSync(new URL("../../../src/background.ts", import.meta.url), "utf8"), {
  loader: "ts",
  format: "cjs",
});
const startBackground = compileFunction(code, ["require"]) as (require: (path: string) => unknown) => void;
const MODULES: Readonly<Record<string, object>> = {
  "webextension-polyfill": { __esModule: true, ...(await import("webextension-polyfill")) },
  "./app": await import("../../../src/app"),
  "./shell/guard/passive-types": await import("../../../src/shell/guard/passive-types"),
  "./shell/messages/messages": await import("../../../src/shell/messages/messages"),
};

// Firefox writes an unhandled error to the console and goes on. Here, it would end the test.
vi.spyOn(console, "error").mockImplementation(() => undefined);
const others = process.listeners("unhandledRejection");
process.removeAllListeners("unhandledRejection");
process.on("unhandledRejection", () => undefined);
afterAll(() => {
  process.removeAllListeners("unhandledRejection");
  for (const other of others) process.on("unhandledRejection", other);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Drive = (firefox: FakeFirefox) => Promise<unknown>;
const at = (path: string): string => `https://${INSTANCE}${path}`;
const asks =
  (type: string, method: string, url: string, tabId: number, ...headers: string[]): Drive =>
  (firefox) =>
    firefox.request({ type, method, url, tabId, headers });
export const KINDS = {
  "a page": (firefox) => firefox.load(PAGE),
  "a preloaded page, without its tab": (firefox) => firefox.load(PAGE, "preload"),
  "a stored page, for which nothing is sent": (firefox) => firefox.load(PAGE, "stored"),
  "a page that was sent for before the background started": (firefox) => firefox.load(PAGE, "under-way"),
  "a page in plaintext": (firefox) => firefox.load(`http://${INSTANCE}/`),
  "a page in plaintext that was sent for before": (firefox) => firefox.load(`http://${INSTANCE}/`, "under-way"),
  "a page in plaintext at the port of TLS": (firefox) => firefox.load(`http://${INSTANCE}:443/`),
  "the login's return": (firefox) => firefox.load(at("/?auth_callback=1&code=c0de")),
  "a POST with a token": asks("xmlhttprequest", "POST", at("/auth/token"), TAB),
  "a GET with a token": asks("xmlhttprequest", "GET", at("/api/states"), TAB, "Authorization"),
  "an image": asks("image", "GET", at("/static/icon.png"), TAB),
  "a WebSocket": asks("websocket", "GET", `wss://${INSTANCE}/api/websocket`, TAB, "Upgrade", "Connection"),
  "a worker's POST, without a tab": asks("xmlhttprequest", "POST", at("/auth/token"), -1),
  "a worker's GET with a token, without a tab": asks("xmlhttprequest", "GET", at("/api/states"), -1, "Authorization"),
} satisfies Record<string, Drive>;

export const NETWORKS = {
  "the instance answers": ({ url }) => (url.startsWith("http:") ? "attacker" : "own"),
  "the attacker answers": () => "attacker",
  "the attacker answers all but probes": (asked) => (isProbe(asked) ? "own" : "attacker"),
  "the attacker closes connections": () => "nobody",
} satisfies Record<string, (asked: Asked) => Answerer>;

export interface Case {
  readonly guard: "guarded" | "watched";
  readonly network: keyof typeof NETWORKS;
  readonly kind: keyof typeof KINDS;
}
/** If no one answers these, Latchkey learns nothing about the instance: it can't know whether they left. */
const INVISIBLE: readonly Case["kind"][] = [
  "a page that was sent for before the background started",
  "a page in plaintext that was sent for before",
  "a page in plaintext",
  "a page in plaintext at the port of TLS",
];
export const SECRET: readonly Case["kind"][] = [
  "a POST with a token",
  "a GET with a token",
  "a worker's POST, without a tab",
  "a worker's GET with a token, without a tab",
];
const keys = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[];
export const CASES: readonly Case[] = (["guarded", "watched"] as const)
  .flatMap((guard) => keys(NETWORKS).flatMap((network) => keys(KINDS).map((kind) => ({ guard, network, kind }))))
  .filter(({ guard, network, kind }) => {
    // Only Guard does anything about it: an honest server answers there in plaintext, too.
    if (kind === "a page in plaintext at the port of TLS" && guard === "watched") return false;
    // For a request that isn't held, it makes no difference whether the attacker spares probes.
    if (network === "the attacker answers all but probes") return guard === "guarded" && SECRET.includes(kind);
    return network !== "the attacker closes connections" || !INVISIBLE.includes(kind);
  });

/** The result of a run. */
export interface Outcome {
  readonly firefox: FakeFirefox;
  readonly incidents: readonly IncidentRow[];
}
/** How long the fake clock runs, in ms: longer than any timeout. */
export const SPAN = 60_000;

/** Firefox with the background that a request has just woken. */
export function start(guard: Case["guard"], answers: (asked: Asked) => Answerer, failing?: Failing): FakeFirefox {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  vi.advanceTimersByTime(200_000);
  const firefox = new FakeFirefox(guard === "guarded", answers, failing);
  current.firefox = firefox;
  try {
    startBackground((path) => MODULES[path]);
  } catch (cause) {
    if (failing === undefined) throw cause; // only the listeners added until then are called
  }
  return firefox;
}

/** Makes one request, and runs everything that follows from it. */
export async function run({ guard, network, kind }: Case, failing?: Failing): Promise<Outcome> {
  const firefox = start(guard, NETWORKS[network], failing);
  void KINDS[kind](firefox);
  await settle(SPAN);
  let incidents: Outcome["incidents"] = [];
  const answer = firefox.ask("incidents.read", { private: false, from: 0 }) as Promise<IncidentsView> | undefined;
  void answer?.then((view) => {
    incidents = view.incidents.items;
  });
  await settle(0);
  return { firefox, incidents };
}

export const isGreen = ({ badge, title = "" }: FakeFirefox["button"]): boolean =>
  badge === "" && /: (?:verified|renewed|unchanged)/u.test(title);
const warns = ({ badge = "", title = "" }: FakeFirefox["button"]): boolean =>
  badge !== "" || /WARNING|not checked/u.test(title);
/** A round of probes is a WebSocket and two pairs of POSTs. A round that shows less proves nothing. */
const ROUND = 5;

type Rule = (outcome: Outcome, tried: Case, failing: Failing | undefined) => boolean;
/** What must never happen. */
const RULES: readonly (readonly [string, Rule])[] = [
  [
    "a secret left without a check",
    ({ firefox }, { guard }) =>
      guard === "guarded" && firefox.sent.some((sent) => isSecret(sent) && sent.shown < ROUND),
  ],
  [
    "the attacker's answer was let through",
    ({ firefox }, { guard }) => guard === "guarded" && firefox.letThrough.includes("attacker"),
  ],
  [
    // An instance that may be guarded is treated as guarded.
    "a watched instance's request was stopped",
    ({ firefox }, { guard }, failing) =>
      guard === "watched" && firefox.stopped > 0 && failing?.call !== "storage.local.get",
  ],
  ["stopped, and the button is green", ({ firefox }) => firefox.stopped > 0 && isGreen(firefox.button)],
  [
    "attacked, and the button is green",
    ({ firefox }, { network }) => isAttacked(firefox, network) && isGreen(firefox.button),
  ],
  [
    "attacked, and nothing shows it",
    ({ firefox }, { network }) => isAttacked(firefox, network) && !warns(firefox.button) && !firefox.isBlockedShown,
  ],
  [
    "a warning says that what was let through was stopped",
    ({ firefox, incidents }) =>
      firefox.letThrough.includes("attacker") && incidents.some(({ exposed }) => exposed?.reach === "stopped"),
  ],
  [
    "a warning is not on the disk",
    ({ firefox, incidents }, _, failing) =>
      incidents.length > 0 && firefox.savedIncidents === 0 && failing?.call.startsWith("storage.local") !== true,
  ],
];
const isAttacked = ({ sent }: FakeFirefox, network: Case["network"]): boolean =>
  network !== "the instance answers" || sent.some(({ to }) => to !== "own");

export const broken = (outcome: Outcome, tried: Case, failing?: Failing): string =>
  RULES.flatMap(([what, isSo]) => (isSo(outcome, tried, failing) ? [what] : [])).join("; ");

export const nameOf = ({ guard, network, kind }: Case): string => `${guard}, ${network}, ${kind}`;

const FAILURES: readonly Failure[] = ["throws", "rejects", "hangs", "answers undefined"];
const failuresOf = (call: string): readonly Failure[] =>
  AT_ONCE.includes(call) ? ["throws", "answers undefined"] : FAILURES;

/** The cases, in parts that run at the same time. Each part has a test file of its name. */
export const PARTS = {
  "guarded-own": ({ guard, network }) => guard === "guarded" && network === "the instance answers",
  "guarded-attacked": ({ guard, network }) => guard === "guarded" && network === "the attacker answers",
  "guarded-spared": ({ guard, network }) => guard === "guarded" && network === "the attacker answers all but probes",
  "guarded-closed": ({ guard, network }) => guard === "guarded" && network === "the attacker closes connections",
  watched: ({ guard }) => guard === "watched",
} satisfies Record<string, (tried: Case) => boolean>;

/** Makes each call of a part's cases fail, in every way. The calls are those of a run with every call in order. */
export async function everyCallFails(part: keyof typeof PARTS): Promise<void> {
  const rows: (readonly [name: string, call: string, tried: Case])[] = [];
  for (const tried of CASES.filter(PARTS[part]))
    for (const call of (await run(tried)).firefox.calls) rows.push([nameOf(tried), call, tried]);
  it.each(rows)("%s: keeps the rules with every failure of %s", async (_, call, tried) => {
    for (const how of failuresOf(call)) {
      const failing = { call, how };
      expect(broken(await run(tried, failing), tried, failing), `${call} ${how}`).toBe("");
    }
  });
}
