// The times of rounds, as Firefox 153 and 159 reported them at an honest server, and when an attacker had them retried.
import { expect, it } from "vitest";
import { judgeRound, reachOf, type ProbeTiming, type RoundEvidence } from "../../../src/core/probe/probe-round";

/** A probe that began at 1000, with the beginning and the end of connecting, and its end, counted from there. */
const probe = (
  connectStart: number,
  connectEnd: number,
  end = connectEnd + 2,
  requestStart = connectEnd,
): ProbeTiming => ({
  startTime: 1000,
  connectStart: 1000 + connectStart,
  secureConnectionStart: 1000 + connectStart,
  connectEnd: 1000 + connectEnd,
  requestStart: 1000 + requestStart,
  responseEnd: 1000 + end,
});
const reused = (at: number, end = at + 4): ProbeTiming => probe(at, at, end);
/** TCP took this many milliseconds of connecting. */
const slow = (tcp: number): ProbeTiming => ({ ...probe(5, 500), secureConnectionStart: 1005 + tcp });
const BOTH_REUSED = [reused(30), reused(31)];

/** As Firefox 153 reported them under resistFingerprinting. */
const coarse = (startTime: number, answered: number): ProbeTiming => ({
  startTime,
  connectStart: answered,
  secureConnectionStart: answered,
  connectEnd: answered,
  requestStart: answered,
  responseEnd: answered,
});
const COARSE_FIRST = [coarse(1316.693, 1450.029), coarse(1316.693, 1450.029)];
const COARSE_THEN = [coarse(1466.696, 1466.696), coarse(1466.696, 1466.696)];
const COARSE_LATER = [coarse(9866.864, 9900.198), coarse(9866.864, 9900.198)];

type Row = [what: string, first: (ProbeTiming | undefined)[], then: (ProbeTiming | undefined)[], RoundEvidence];
const ROUNDS: Row[] = [
  ["an honest server", [probe(8, 21), probe(10, 38)], BOTH_REUSED, "fresh"],
  ["an honest server, one connection much slower", [probe(3, 9), probe(8, 200)], BOTH_REUSED, "fresh"],
  ["a connection that was there", [reused(0), probe(16, 30)], BOTH_REUSED, "reused"],
  ["408 over HTTP/2, both retried", [probe(5, 17), reused(1)], [reused(50), probe(51, 60)], "reused"],
  ["what comes after a server has spoken HTTP/2", [probe(4, 7, 52), probe(0, 0, 53, 52)], BOTH_REUSED, "reused"],
  ["a connection that Firefox had begun before", [probe(0, 193), probe(0, 196)], BOTH_REUSED, "reused"],
  ["one of the two begun before", [probe(6, 290), probe(0, 232)], BOTH_REUSED, "reused"],
  ["408 over HTTP/2, one after the other", [probe(7, 12), probe(12, 20)], BOTH_REUSED, "inconclusive"],
  ["only over HTTP/1.1", [probe(34, 56), probe(34, 40)], [probe(60, 66), reused(60)], "inconclusive"],
  ["only over HTTP/1.1, both", [probe(34, 56), probe(34, 40)], [probe(60, 66), probe(61, 69)], "inconclusive"],
  ["not processed, over HTTP/2", [probe(5, 16), probe(10, 17)], [reused(20), probe(20, 30)], "inconclusive"],
  ["a slow handshake", [probe(4, 600), probe(7, 610)], BOTH_REUSED, "fresh"],
  ["connecting that took 200 ms", [slow(200), probe(7, 410)], BOTH_REUSED, "fresh"],
  ["connecting that took longer: a second connection may wait", [probe(7, 400), slow(201)], BOTH_REUSED, "slow-line"],
  ["a slow server", [probe(4, 11, 1210), probe(7, 17, 1190)], BOTH_REUSED, "fresh"],
  ["a busy computer", [probe(8, 11), probe(11, 25)], BOTH_REUSED, "inconclusive"],
  ["a very busy computer", [probe(61, 214, 240), probe(107, 251, 300)], [reused(450, 470), reused(513, 530)], "fresh"],
  [
    "a server that closes each connection",
    [probe(8, 21), probe(10, 38)],
    [probe(40, 50), probe(41, 52)],
    "inconclusive",
  ],
  ["no second half", [probe(8, 21), probe(10, 38)], [], "inconclusive"],
  ["no times at all", [undefined, undefined], [undefined, undefined], "no-timing"],
  ["no time of one", [probe(8, 21), undefined], BOTH_REUSED, "no-timing"],
  [
    "times that are withheld",
    [{ ...probe(8, 21), connectStart: 0, connectEnd: 0 }, probe(8, 21)],
    BOTH_REUSED,
    "no-timing",
  ],
  [
    "steps of 16.67 ms",
    [probe(50 / 3, 100 / 3, 50), probe(50 / 3, 100 / 3, 50)],
    [reused(200 / 3, 250 / 3), reused(200 / 3, 250 / 3)],
    "coarse-clock",
  ],
  ["steps of 16.67 ms, which make it look like a worker's", COARSE_FIRST, COARSE_THEN, "coarse-clock"],
  ["steps of 16.67 ms, all at one time", COARSE_THEN, COARSE_THEN, "coarse-clock"],
  ["steps of 16.67 ms, far apart", COARSE_FIRST, COARSE_LATER, "coarse-clock"],
  ["steps of 100 ms", [probe(0, 0, 100), probe(0, 0, 100)], [reused(100, 200), reused(100, 200)], "coarse-clock"],
  ["a worker of the page's own", [reused(25, 25), reused(26, 26)], [reused(112, 112), reused(114, 114)], "worker"],
];
it.each(ROUNDS)("%s", (_, first, then, evidence) => {
  expect(judgeRound(first, then)).toBe(evidence);
});

it.each<[string, ProbeTiming | undefined, ReturnType<typeof reachOf>]>([
  ["never connected", { ...probe(10, 12), requestStart: 0 }, "not-connected"],
  ["connected and sent", probe(10, 20), "taken"],
  ["canceled before it left", probe(0, 0, 0), undefined],
  ["no times", undefined, undefined],
  ["times that are withheld", { ...probe(0, 0), connectStart: 0, requestStart: 0 }, undefined],
])("a request without an answer: %s", (_, timing, reach) => {
  expect(reachOf(timing)).toBe(reach);
});
