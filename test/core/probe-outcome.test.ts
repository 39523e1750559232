// What a round comes to, by what webRequest told of its probes. What their timing proves is in probe-round.test.ts.
import { describe, expect, it } from "vitest";
import { failureOf, isRefusal, outcomeOf, type Attempt, type Failure, type Told } from "../../src/core/probe-outcome";
import type { ProbeResult, ProbeTiming, RoundResult } from "../../src/core/probe-round";
import { DIRECT, routeOf, type Route } from "../../src/core/route";
import type { Verdict } from "../../src/core/verdict";
import { sha1 } from "./samples";

const OURS: Verdict = { kind: "match", pin: sha1("1") };
const MISMATCH: Verdict = { kind: "mismatch", cause: "other-key" };
const UNPINNED: Verdict = { kind: "unpinned" };

const answered = (
  verdict: Verdict | undefined = OURS,
  more: Partial<Extract<Told, { kind: "answered" }>> = {},
): Told => ({
  ...{ kind: "answered", isOwn: true, isRedirect: false, verdict },
  ...more,
});
const failed = (reason: Failure["reason"], words?: string): Told => ({ kind: "failed", reason, words });

const timed = (connectStart: number, connectEnd: number, end: number): ProbeResult => {
  const times: ProbeTiming = { startTime: 1, connectStart, connectEnd, requestStart: connectEnd, responseEnd: end };
  return { isAnswered: true, timing: times };
};
/** Two new connections that overlap, and two requests over them. */
const FRESH: RoundResult = {
  first: [timed(8, 21, 23), timed(10, 38, 41)],
  then: [timed(50, 50, 53), timed(51, 51, 57)],
};
const USED: RoundResult = { ...FRESH, first: [timed(8, 8, 23), timed(10, 38, 41)] };
const WORKERS: RoundResult = {
  first: [timed(25, 25, 25), timed(26, 26, 26)],
  then: [timed(112, 112, 112), timed(114, 114, 114)],
};
const UNTIMED: RoundResult = { first: [{ isAnswered: true }, { isAnswered: true }], then: [] };
/** Sent, and never answered: the request began, or it did not come so far. */
const taken = (isConnected: boolean): ProbeResult => ({
  isAnswered: false,
  timing: { startTime: 1, connectStart: 8, connectEnd: 20, requestStart: isConnected ? 20 : 0, responseEnd: 30 },
});

const MUTE: Told = { kind: "answered", isOwn: true, isRedirect: false, verdict: undefined };
const NOTHING_SAID: Attempt = { kind: "unanswered", reason: "probe-unanswered" };
const ALL_OURS = [answered(), answered(), answered(), answered()];
const JUDGED = { kind: "judged", verdict: OURS, from: "tab", isBlind: false } as const;
const again = (why: "stuck" | "reused" | "inconclusive"): Attempt => ({ kind: "again", why });
const unanswered = (reason: Failure["reason"], words?: string): Attempt => ({ kind: "unanswered", reason, words });

type Row = [what: string, sent: RoundResult, posts: Told[], socket: Told, came: Attempt];
const ROUNDS: Row[] = [
  ["all of them ours, on new connections", FRESH, ALL_OURS, answered(), JUDGED],
  ["one that was not held apart", FRESH, [answered(), { kind: "stuck" }], answered(), again("stuck")],
  ["a WebSocket that was not held apart", FRESH, ALL_OURS, { kind: "stuck" }, again("stuck")],
  [
    "someone else's among ours",
    FRESH,
    [answered(), answered(MISMATCH), answered(), answered()],
    answered(),
    { ...JUDGED, verdict: MISMATCH },
  ],
  ["someone else's on the WebSocket alone", FRESH, ALL_OURS, answered(MISMATCH), { ...JUDGED, verdict: MISMATCH }],
  [
    "what is red before what is not ours",
    FRESH,
    [answered(UNPINNED), answered(MISMATCH)],
    answered(),
    { ...JUDGED, verdict: MISMATCH },
  ],
  [
    "someone else's before a failure",
    FRESH,
    [failed("cut-off"), answered(MISMATCH)],
    answered(),
    { ...JUDGED, verdict: MISMATCH },
  ],
  ["a POST that failed", FRESH, [answered(), failed("refused", "handshake failed")], answered(), unanswered("cut-off")],
  ["a WebSocket that failed", FRESH, ALL_OURS, failed("cut-off"), unanswered("cut-off")],
  [
    "an offline instance",
    { first: [taken(false)], then: [] },
    [failed("cut-off")],
    failed("cut-off"),
    unanswered("unreachable"),
  ],
  [
    "one that was taken among some that were not",
    { first: [taken(false), taken(true)], then: [] },
    [failed("cut-off"), failed("cut-off")],
    failed("cut-off"),
    unanswered("cut-off"),
  ],
  ["one that nothing is said of", FRESH, [MUTE, answered(), answered(), answered()], answered(), NOTHING_SAID],
  ["a WebSocket that nothing is said of", FRESH, ALL_OURS, MUTE, NOTHING_SAID],
  ["HTTP/2, which requests share", FRESH, [answered(OURS, { isOwn: false })], answered(), { ...JUDGED, isBlind: true }],
  ["a WebSocket over HTTP/2 alone", FRESH, ALL_OURS, answered(OURS, { isOwn: false }), JUDGED],
  ["an answer that leads elsewhere", FRESH, [answered(OURS, { isRedirect: true })], answered(), again("inconclusive")],
  ["a connection that was there", USED, ALL_OURS, answered(), again("reused")],
  ["a service worker that sent them", WORKERS, ALL_OURS, answered(), { kind: "not-sent" }],
  [
    "a browser without times",
    UNTIMED,
    [answered(), answered()],
    answered(),
    { kind: "unanswered", reason: "no-timing" },
  ],
  ["no second half", { ...FRESH, then: [] }, [answered(), answered()], answered(), again("inconclusive")],
];
it.each(ROUNDS)("a round: %s", (_, sent, posts, socket, came) => {
  expect(outcomeOf(sent, posts, socket, "tab", [DIRECT, DIRECT])).toEqual(came);
});

const PROXY = routeOf({ type: "http", host: "127.0.0.1", port: 8080 });
const SOCKS = routeOf({ type: "socks", host: "127.0.0.1", port: 1080 });
const ELSEWHERE = routeOf({ type: "socks", host: "127.0.0.2", port: 1080 });
const UNTOLD: Attempt = { kind: "unanswered", reason: "proxy" };
const BY_ROUTE: [what: string, routes: Route[], posts: Told[], came: Attempt][] = [
  ["through an HTTP proxy, all of them ours", [PROXY, PROXY, PROXY], ALL_OURS, UNTOLD],
  ["through it, and cut off", [PROXY, PROXY], [failed("cut-off"), answered()], UNTOLD],
  ["through it, and refused", [PROXY], [failed("refused", "handshake failed")], UNTOLD],
  ["through it, and someone else's", [PROXY], [answered(MISMATCH)], { ...JUDGED, verdict: MISMATCH }],
  ["through it, and not held apart", [PROXY], [{ kind: "stuck" }], again("stuck")],
  ["through a SOCKS proxy", [SOCKS, SOCKS, SOCKS], ALL_OURS, JUDGED],
  ["through two of them", [SOCKS, ELSEWHERE, SOCKS], ALL_OURS, UNTOLD],
  ["directly, when the secret goes through one", [SOCKS, DIRECT, DIRECT], ALL_OURS, UNTOLD],
];
it.each(BY_ROUTE)("a round that went %s", (_, routes, posts, came) => {
  expect(outcomeOf(FRESH, posts, answered(), "tab", routes)).toEqual(came);
});

describe("a failure", () => {
  const ROWS: [what: string, failure: Failure, post: ProbeResult | undefined, is: Failure, refusal: boolean][] = [
    ["hung up before the request", { reason: "cut-off" }, taken(false), { reason: "unreachable" }, false],
    ["hung up after it", { reason: "cut-off" }, taken(true), { reason: "cut-off" }, true],
    ["no TLS after it", { reason: "refused", words: "broken" }, taken(true), { reason: "cut-off" }, true],
    [
      "a handshake refused",
      { reason: "refused", words: "alert" },
      taken(false),
      { reason: "refused", words: "alert" },
      true,
    ],
    ["no time known", { reason: "cut-off" }, { isAnswered: false }, { reason: "cut-off" }, true],
    ["nothing heard of it", { reason: "probe-unanswered" }, taken(true), { reason: "probe-unanswered" }, false],
    ["no connection", { reason: "unreachable" }, undefined, { reason: "unreachable" }, false],
  ];
  it.each(ROWS)("%s", (_, failure, post, is, refusal) => {
    const known = failureOf(failure, post);
    expect(known).toEqual(is);
    expect(isRefusal(known)).toBe(refusal);
  });
});
