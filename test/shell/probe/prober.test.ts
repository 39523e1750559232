// The outcome of a probe, from webRequest's reports about its POSTs and the page's report about their times.
import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { probeUrl } from "../../../src/core/probe/probe";
import type { RoundResult } from "../../../src/core/probe/probe-round";
import type { Verdict } from "../../../src/core/incident/verdict";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createProber, type Prober } from "../../../src/shell/probe/prober";
import { FRESH, SLOW, taken, UNTIMED, USED } from "../../core/probe/rounds";
import { INSTANCE, sha1 } from "../../core/samples";
import { requestTo, tellApart } from "./sender";

const firefox = vi.hoisted(() => ({ run: (_args: readonly unknown[]): Promise<unknown> => Promise.resolve() }));
vi.mock("webextension-polyfill", () => ({
  default: { scripting: { executeScript: ({ args }: { args: readonly unknown[] }) => firefox.run(args) } },
}));

const OURS: Verdict = { kind: "match", pin: sha1("1") };
const MISMATCH: Verdict = { kind: "mismatch", cause: "other-key" };
/** What webRequest reports about a POST. */
type Fate = "ours" | "the attacker's" | "over HTTP/2" | "retried" | "closed" | "refused" | "nothing" | "held";
interface Round {
  readonly page: RoundResult;
  /** Of the first POSTs, and of those that follow over the same connections; the others are ours. */
  readonly posts?: readonly Fate[];
}
const SIZE = 100;

let prober: Prober;
let limits: (string | undefined)[];
let rounds: number;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("NetworkError")));
  limits = [];
  rounds = 0;
  prober = createProber(
    () => undefined,
    (_, limit) => limits.push(limit),
    { wants: () => false, note: () => undefined },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const currentBatch = createEventBatches();
async function happen(url: string, fate: Fate): Promise<void> {
  const request = requestTo(url);
  const batch = currentBatch();
  if (fate === "held") batch.hold();
  const response = await prober.onSendHeaders(request, [], undefined, batch);
  if (response?.cancel === true || fate === "nothing" || fate === "held") return;
  if (fate === "closed" || fate === "refused") {
    prober.failed(request, { reason: fate === "refused" ? "refused" : "cut-off" });
    return;
  }
  const verdict = fate === "the attacker's" ? MISMATCH : OURS;
  prober.answered(request)?.judged(verdict, fate !== "over HTTP/2", false, SIZE);
  prober.completed(request, SIZE + (fate === "retried" ? 130 : 0));
}

/** The tab's page sends each of these rounds in turn, and then repeats the last one. */
async function probe(...script: readonly Round[]) {
  firefox.run = async ([first, then]) => {
    const round = script[Math.min(rounds++, script.length - 1)];
    const all = [first, then] as [string[], string[]];
    const posts = (urls: string[], from: number) =>
      tellApart(urls, currentBatch, (url, index) => happen(url, round?.posts?.[from + index] ?? "ours"));
    await posts(all[0], 0);
    await posts(all[1], all[0].length);
    return [{ result: round?.page }];
  };
  const outcome = prober.probe({ address: INSTANCE, private: false, tabIds: [7], pool: "page" });
  await vi.advanceTimersByTimeAsync(120_000);
  return outcome;
}

const JUDGED = { kind: "judged", verdict: OURS, from: "tab", isInconclusive: false };
const unanswered = (reason: string): object => ({ kind: "unanswered", reason });
const OK: Round = { page: FRESH };
const ROWS: [what: string, script: Round[], outcome: object, rounds: number][] = [
  ["POSTs that the instance answers on new connections", [OK], JUDGED, 1],
  ["a POST that the attacker answers", [{ ...OK, posts: ["ours", "the attacker's"] }], { verdict: MISMATCH }, 1],
  [
    "a later POST that the attacker answers",
    [{ ...OK, posts: ["ours", "ours", "the attacker's"] }],
    { verdict: MISMATCH },
    1,
  ],
  [
    "a POST over HTTP/2, which shares its connection",
    [{ ...OK, posts: ["over HTTP/2"] }],
    { ...JUDGED, isInconclusive: true },
    1,
  ],
  ["a POST that Firefox retried", [{ ...OK, posts: ["retried"] }], unanswered("restarted"), 1],
  [
    "a POST that was taken and closed without a response",
    [{ page: { first: [taken(true), taken(true)], then: [] }, posts: ["closed", "closed"] }],
    unanswered("cut-off"),
    1,
  ],
  [
    "a POST that reached no server",
    [{ page: { first: [taken(false), taken(false)], then: [] }, posts: ["closed", "closed"] }],
    unanswered("unreachable"),
    1,
  ],
  [
    "a handshake that Firefox refused",
    [{ page: { first: [taken(false), taken(false)], then: [] }, posts: ["refused", "refused"] }],
    unanswered("refused"),
    1,
  ],
  ["a POST without any report", [{ ...OK, posts: ["nothing"] }], unanswered("probe-unanswered"), 1],
  ["a browser without times", [{ page: UNTIMED }], unanswered("no-timing"), 1],
  // A round that proves nothing is sent again.
  ["a connection that was there, and then new ones", [{ page: USED }, OK], JUDGED, 2],
  ["connections that are always there", [{ page: USED }], unanswered("not-fresh"), 9],
  ["a slow line, and then a quick one", [{ page: SLOW }, OK], JUDGED, 2],
  ["a line that is always slow", [{ page: SLOW }], unanswered("slow-line"), 3],
  ["a POST in the batch of a held request, and then alone", [{ ...OK, posts: ["held"] }, OK], JUDGED, 2],
];
it.each(ROWS)("concludes from %s what they show", async (_, script, outcome, expected) => {
  expect(await probe(...script)).toMatchObject(outcome);
  expect(rounds).toBe(expected);
});

describe("what a round shows about the browser", () => {
  it.each<[string, Round, (string | undefined)[]]>([
    ["that Guard can check", OK, [undefined]],
    ["that it keeps no times", { page: UNTIMED }, ["no-timing"]],
    ["nothing, if the attacker answers", { ...OK, posts: ["the attacker's"] }, []],
    ["nothing, if nothing is answered", { ...OK, posts: ["nothing"] }, []],
  ])("is %s", async (_, round, expected) => {
    await probe(round);
    expect(limits).toEqual(expected);
  });

  it("is whether the instance's answers have exactly the size that their headers say", async () => {
    await probe(OK);
    expect(prober.isExact(INSTANCE)).toBe(true);
    await probe({ ...OK, posts: ["over HTTP/2"] });
    expect(prober.isExact(INSTANCE)).toBe(true); // inconclusive: it shows nothing new
  });
});

it("leaves a request alone that is none of its probes", () => {
  for (const request of [requestTo(probeUrl(INSTANCE, "0".repeat(32))), requestTo(`https://${INSTANCE}/`)]) {
    expect(prober.onSendHeaders(request, [], undefined, currentBatch())).toBeUndefined();
    expect(prober.answered(request)).toBeUndefined();
    expect(prober.failed(request, { reason: "cut-off" })).toBe(false);
    expect([prober.asked(request, currentBatch()), prober.isPrivate(request)]).toEqual([false, false]);
  }
});
