// The outcome of a round, by what webRequest reported of its probes. probe-round.test.ts has what their timing proves.
import { describe, expect, it } from "vitest";
import {
  failureOf,
  isRefusal,
  outcomeOf,
  takenOf,
  type Attempt,
  type Failure,
  type ProbeReport,
} from "../../../src/core/probe/probe-outcome";
import type { ProbeResult, ProbeTiming, RoundResult } from "../../../src/core/probe/probe-round";
import { DIRECT, routeOf, type Route } from "../../../src/core/probe/route";
import type { Verdict } from "../../../src/core/incident/verdict";
import { sha1 } from "../samples";
import { timed, FRESH, SLOW, USED, UNTIMED, taken } from "./rounds";

const OURS: Verdict = { kind: "match", pin: sha1("1") };
const MISMATCH: Verdict = { kind: "mismatch", cause: "other-key" };
const UNPINNED: Verdict = { kind: "unpinned" };

const answered = (
  verdict: Verdict | undefined = OURS,
  more: Partial<Extract<ProbeReport, { kind: "answered" }>> = {},
): ProbeReport => ({
  kind: "answered",
  isOwn: true,
  isRedirect: false,
  verdict,
  ...more,
});
const failed = (reason: Failure["reason"], words?: string): ProbeReport => ({ kind: "failed", reason, words });
const WORKERS: RoundResult = {
  first: [timed(25, 25, 25), timed(26, 26, 26)],
  then: [timed(112, 112, 112), timed(114, 114, 114)],
};

const MUTE: ProbeReport = { kind: "answered", isOwn: true, isRedirect: false, verdict: undefined };
const NOTHING_SAID: Attempt = { kind: "unanswered", reason: "probe-unanswered" };
const ALL_OURS = [0, 0, 0, 0].map((surplus) => answered(OURS, { surplus }));
const JUDGED = { kind: "judged", verdict: OURS, from: "tab", isInconclusive: false } as const;
/** Answers with this many bytes more than their headers say. */
const sized = (...surpluses: (number | undefined)[]): ProbeReport[] =>
  surpluses.map((surplus) => answered(OURS, surplus === undefined ? {} : { surplus }));
const again = (why: "stuck" | "reused" | "inconclusive" | "slow-line"): Attempt => ({ kind: "again", why });
const unsaid = (reason: Failure["reason"]): Attempt => ({ kind: "unanswered", reason });
const unanswered = (reason: Failure["reason"], words?: string) => ({ kind: "unanswered", reason, words }) as const;

type Row = [what: string, sent: RoundResult, reports: ProbeReport[], came: Attempt];
const ROUNDS: Row[] = [
  ["all of them ours, on new connections", FRESH, ALL_OURS, { ...JUDGED, isExact: true }],
  ["answers with two headers of one name", FRESH, sized(6, 6, 6, 6), { ...JUDGED, isExact: false }],
  ["unknown sizes", FRESH, sized(undefined, undefined, undefined, undefined), again("inconclusive")],
  ["an unknown size", FRESH, sized(0, undefined, 0, 0), again("inconclusive")],
  ["one that was answered before", FRESH, sized(0, 130, 0, 0), unsaid("restarted")],
  ["the same, of a server with a surplus", FRESH, sized(136, 6, 6, 6), unsaid("restarted")],
  ["one answered before on a connection that was there", USED, sized(0, 130, 0, 0), unsaid("restarted")],
  ["slow connecting", SLOW, ALL_OURS, again("slow-line")],
  ["one that was not held apart", FRESH, [answered(), { kind: "stuck" }], again("stuck")],
  [
    "someone else's among ours",
    FRESH,
    [answered(), answered(MISMATCH), answered(), answered()],
    { ...JUDGED, verdict: MISMATCH },
  ],
  [
    "someone else's, and one answered before",
    FRESH,
    [...sized(130, 0), answered(MISMATCH)],
    { ...JUDGED, verdict: MISMATCH },
  ],
  [
    "a red verdict before another foreign one",
    FRESH,
    [answered(UNPINNED), answered(MISMATCH)],
    { ...JUDGED, verdict: MISMATCH },
  ],
  ["someone else's before a failure", FRESH, [failed("cut-off"), answered(MISMATCH)], { ...JUDGED, verdict: MISMATCH }],
  ["one that failed", FRESH, [answered(), failed("refused", "handshake failed")], unanswered("cut-off")],
  ["an offline instance", { first: [taken(false)], then: [] }, [failed("cut-off")], unanswered("unreachable")],
  [
    "one that was taken among some that were not",
    { first: [taken(false), taken(true)], then: [] },
    [failed("cut-off"), failed("cut-off")],
    unanswered("cut-off"),
  ],
  [
    "one that was taken and kept without an answer",
    { first: [timed(8, 21, 23), taken(true)], then: [] },
    [answered(), failed("probe-unanswered")],
    { ...unanswered("probe-unanswered"), isTaken: true },
  ],
  [
    "one that was taken and kept without an answer, and one that nobody took",
    { first: [taken(false), taken(true)], then: [] },
    [failed("probe-unanswered"), failed("probe-unanswered")],
    { ...unanswered("probe-unanswered"), isTaken: true },
  ],
  [
    "one that nobody took before its time was over",
    { first: [timed(8, 21, 23), taken(false)], then: [] },
    [answered(), failed("probe-unanswered")],
    { ...unanswered("probe-unanswered"), isStalled: true },
  ],
  ["one without any report", FRESH, [MUTE, answered(), answered(), answered()], NOTHING_SAID],
  ["HTTP/2, which requests share", FRESH, [answered(OURS, { isOwn: false })], { ...JUDGED, isInconclusive: true }],
  ["an answer that redirects elsewhere", FRESH, [answered(OURS, { isRedirect: true })], again("inconclusive")],
  ["a connection that was there", USED, ALL_OURS, again("reused")],
  ["probes that a service worker sent", WORKERS, ALL_OURS, { kind: "not-sent" }],
  ["a browser without times", UNTIMED, [answered(), answered()], { kind: "unanswered", reason: "no-timing" }],
  ["no second half", { ...FRESH, then: [] }, [answered(), answered()], again("inconclusive")],
];
it.each(ROUNDS)("a round: %s", (_, sent, reports, came) => {
  expect(outcomeOf(sent, reports, "tab", [DIRECT, DIRECT])).toEqual(came);
});

const LATE_ONE: RoundResult = { ...FRESH, then: [timed(50, 50, 1050), timed(51, 51, 57)] };
/** Someone else answered all four requests before. */
const RETRIED = [130, 130, 130, 130].map((surplus) => answered(OURS, { surplus, isTooLong: true }));
it.each<[what: string, sent: RoundResult, reports: ProbeReport[], isExact: boolean, came: Attempt]>([
  ["all of them retried, unlike before", FRESH, RETRIED, true, unsaid("restarted")],
  [
    "all of them retried, and then on other connections",
    { ...FRESH, then: FRESH.first },
    RETRIED,
    true,
    unsaid("restarted"),
  ],
  ["all of them with a surplus, as before", FRESH, RETRIED, false, { ...JUDGED, isExact: false }],
  ["all of them after more than a second, with nothing known before", LATE_ONE, RETRIED, false, again("inconclusive")],
  ["one after more than a second, without a surplus", LATE_ONE, ALL_OURS, false, { ...JUDGED, isExact: true }],
  ["all of them in chunks, unlike before", FRESH, sized(130, 130, 130, 130), true, { ...JUDGED, isExact: false }],
])("a round: %s", (_, sent, reports, isExact, came) => {
  expect(outcomeOf(sent, reports, "tab", [DIRECT, DIRECT], isExact)).toEqual(came);
});

const PROXY = routeOf({ type: "http", host: "127.0.0.1", port: 8080 });
const SOCKS = routeOf({ type: "socks", host: "127.0.0.1", port: 1080 });
const ELSEWHERE = routeOf({ type: "socks", host: "127.0.0.2", port: 1080 });
const BEHIND_PROXY: Attempt = { kind: "unanswered", reason: "proxy" };
const BY_ROUTE: [what: string, routes: Route[], posts: ProbeReport[], came: Attempt][] = [
  ["through an HTTP proxy, all of them ours", [PROXY, PROXY, PROXY], ALL_OURS, BEHIND_PROXY],
  ["through it, and closed without a response", [PROXY, PROXY], [failed("cut-off"), answered()], BEHIND_PROXY],
  ["through it, and refused", [PROXY], [failed("refused", "handshake failed")], BEHIND_PROXY],
  ["through it, and someone else's", [PROXY], [answered(MISMATCH)], { ...JUDGED, verdict: MISMATCH }],
  ["through it, and not held apart", [PROXY], [{ kind: "stuck" }], again("stuck")],
  ["through a SOCKS proxy", [SOCKS, SOCKS, SOCKS], ALL_OURS, { ...JUDGED, isExact: true }],
  ["through two of them", [SOCKS, ELSEWHERE, SOCKS], ALL_OURS, BEHIND_PROXY],
  ["directly, when the secret goes through one", [SOCKS, DIRECT, DIRECT], ALL_OURS, BEHIND_PROXY],
];
it.each(BY_ROUTE)("a round sent %s", (_, routes, posts, came) => {
  expect(outcomeOf(FRESH, posts, "tab", routes)).toEqual(came);
});

const TAKEN: [
  what: string,
  reports: ProbeReport[],
  results: ProbeResult[],
  is: "probe" | "restarted-probe" | undefined,
][] = [
  ["answered", sized(0, 0), [], undefined],
  ["of unknown size", sized(0, undefined), [], undefined],
  ["answered before", [answered(OURS, { surplus: 130, isTooLong: true })], [], "restarted-probe"],
  ["answered in chunks", sized(0, 130), [], undefined],
  ["closed without a response", [answered(), failed("cut-off")], [timed(8, 21, 23), taken(true)], "probe"],
  ["kept", [failed("probe-unanswered"), answered()], [taken(true), timed(8, 21, 23)], "probe"],
  ["left by its user", [failed("probe-unanswered"), answered()], [taken(true, "failed"), timed(8, 21, 23)], undefined],
  ["reported late", [failed("probe-unanswered"), answered()], [timed(8, 21, 23), timed(8, 21, 23)], undefined],
  ["kept before it was connected", [failed("probe-unanswered"), answered()], [taken(false), timed(8, 21, 23)], "probe"],
  ["taken by nobody", [failed("cut-off"), failed("cut-off")], [taken(false), taken(false)], undefined],
  ["nobody there", [failed("unreachable"), failed("unreachable")], [], undefined],
];
it.each(TAKEN)("what Latchkey sends together with a secret: %s", (_, reports, first, is) => {
  expect(takenOf(reports, { first, then: [] }, true)).toBe(is);
});
it("ignores sizes if those of honest answers aren't exact", () => {
  expect(takenOf(RETRIED, FRESH, false)).toBeUndefined();
});

/** The times of canceled probes, as Firefox 153 reported them. */
const AT_ONCE: ProbeTiming = {
  startTime: 1984,
  connectStart: 1984,
  secureConnectionStart: 1984,
  connectEnd: 1984,
  requestStart: 1984,
  responseEnd: 1984,
};

describe("a failure", () => {
  const ROWS: [what: string, failure: Failure, post: ProbeResult | undefined, is: Failure, refusal: boolean][] = [
    ["closed before the request", { reason: "cut-off" }, taken(false), { reason: "unreachable" }, false],
    ["closed after it", { reason: "cut-off" }, taken(true), { reason: "cut-off" }, true],
    ["no TLS after it", { reason: "refused", words: "broken" }, taken(true), { reason: "cut-off" }, true],
    [
      "a handshake refused",
      { reason: "refused", words: "alert" },
      taken(false),
      { reason: "refused", words: "alert" },
      true,
    ],
    ["no time known", { reason: "cut-off" }, { end: "failed" }, { reason: "cut-off" }, true],
    [
      "canceled before it left",
      { reason: "probe-unanswered" },
      { end: "late", timing: { ...AT_ONCE } },
      { reason: "probe-unanswered" },
      false,
    ],
    [
      "kept without an answer",
      { reason: "probe-unanswered" },
      taken(true),
      { reason: "probe-unanswered", isTaken: true },
      false,
    ],
    ["left by its user", { reason: "probe-unanswered" }, taken(true, "failed"), { reason: "probe-unanswered" }, false],
    ["reported late", { reason: "probe-unanswered" }, timed(8, 21, 23), { reason: "probe-unanswered" }, false],
    [
      "kept before it was connected",
      { reason: "probe-unanswered" },
      taken(false),
      { reason: "probe-unanswered", isStalled: true },
      false,
    ],
    [
      "left before it was connected",
      { reason: "probe-unanswered" },
      taken(false, "failed"),
      { reason: "probe-unanswered" },
      false,
    ],
    ["no connection", { reason: "unreachable" }, undefined, { reason: "unreachable" }, false],
  ];
  it.each(ROWS)("%s", (_, failure, post, is, refusal) => {
    const known = failureOf(failure, post);
    expect(known).toEqual(is);
    expect(isRefusal(known)).toBe(refusal);
  });
});
