// What a page reports about its round of probes.
import type { ProbeResult, ProbeTiming, RoundResult } from "../../../src/core/probe/probe-round";

export const timed = (connectStart: number, connectEnd: number, end: number): ProbeResult => {
  const connected = { connectStart, secureConnectionStart: connectStart, connectEnd };
  const times: ProbeTiming = { startTime: 1, ...connected, requestStart: connectEnd, responseEnd: end };
  return { end: "answered", timing: times };
};
/** Two new connections that overlap, and two requests over them. */
export const FRESH: RoundResult = {
  first: [timed(8, 21, 23), timed(10, 38, 41)],
  then: [timed(50, 50, 53), timed(51, 51, 57)],
};
const SLOW_TIMES: ProbeTiming = {
  startTime: 1,
  connectStart: 8,
  secureConnectionStart: 260,
  connectEnd: 300,
  requestStart: 300,
  responseEnd: 320,
};
export const SLOW: RoundResult = { ...FRESH, first: [{ end: "answered", timing: SLOW_TIMES }, timed(10, 290, 300)] };
export const USED: RoundResult = { ...FRESH, first: [timed(8, 8, 23), timed(10, 38, 41)] };
export const UNTIMED: RoundResult = { first: [{ end: "answered" }, { end: "answered" }], then: [] };
/** Sent, and never answered: the request began, or it did not come so far. */
export const taken = (isConnected: boolean, end: ProbeResult["end"] = "late"): ProbeResult => ({
  end,
  timing: {
    startTime: 1,
    connectStart: 8,
    secureConnectionStart: 9,
    connectEnd: 20,
    requestStart: isConnected ? 20 : 0,
    responseEnd: 30,
  },
});
