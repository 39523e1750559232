// What the timing of a round of probes proves: that none of them was sent to anyone before the server that answered.
import * as z from "zod/mini";

/**
 * When the steps of one request happened, in milliseconds, as Resource Timing tells (W3C Resource Timing, 4.5). A request
 * over a connection that was there before has one and the same time for the beginning and the end of connecting.
 */
const PROBE_TIMING = z.strictObject({
  startTime: z.number(),
  connectStart: z.number(),
  secureConnectionStart: z.number(),
  connectEnd: z.number(),
  requestStart: z.number(),
  responseEnd: z.number(),
});
export type ProbeTiming = z.infer<typeof PROBE_TIMING>;

/** What the script that sent a round saw of one probe; `timing` is left out when the browser tells none. */
const PROBE_RESULT = z.strictObject({ isAnswered: z.boolean(), timing: z.exactOptional(PROBE_TIMING) });
export type ProbeResult = z.infer<typeof PROBE_RESULT>;

/** What it saw of the round; `then` is empty when one of `first` was not answered. It comes from a page's process. */
export const ROUND_RESULT = z.strictObject({ first: z.array(PROBE_RESULT), then: z.array(PROBE_RESULT) });
export type RoundResult = z.infer<typeof ROUND_RESULT>;

/**
 * - `fresh`: both connections were new, and the requests on them were not sent before.
 * - `reused`: a connection was there already, or Firefox had begun it before; the round has used it up.
 * - `worker`: the page's service worker sent the requests in its own name, so their times tell nothing.
 * - `inconclusive`: nothing can be said. A busy computer does that, and so does an attacker.
 * - `no-timing`: this browser keeps no times (`dom.enable_performance`, `dom.enable_resource_timing`).
 * - `slow-line`: connecting took so long that Firefox may have opened another connection, which stays unused.
 * - `coarse-clock`: its clock is too coarse (`privacy.resistFingerprinting`: steps of 16.67 ms).
 */
export type RoundEvidence = "fresh" | "reused" | "worker" | "inconclusive" | "slow-line" | "no-timing" | "coarse-clock";

/** Firefox's own clock has steps of 1 ms. */
const COARSE_STEP = 5;
/** How far from its grid a time may lie, in ms: Firefox rounds. */
const GRID_ERROR = 0.1;

/**
 * Maximum time to connect, before TLS, in ms. After 250 ms Firefox opens a second connection beside the first
 * (`network.http.connection-retry-timeout`). The one that comes later stays behind, and a secret would go over it.
 */
const SLOW_CONNECT = 200;
const isSlow = ({ connectStart, secureConnectionStart }: ProbeTiming): boolean =>
  secureConnectionStart - connectStart > SLOW_CONNECT;

/** What a worker answers has no times of its own: all are when it answered. */
const isWorkers = ({ connectStart, requestStart, responseEnd }: ProbeTiming): boolean =>
  connectStart === requestStart && requestStart === responseEnd;
const isReused = ({ connectStart, connectEnd }: ProbeTiming): boolean => connectStart === connectEnd;
/**
 * A connection that Firefox had begun for another request: on a slow line the second one beside it. Firefox tells no time
 * before the request's own beginning. Of a new one that passes by webRequest's listeners first, seen 3 ms or more after it.
 */
const isTakenOver = ({ startTime, connectStart }: ProbeTiming): boolean => connectStart <= startTime;

/**
 * Whether all times are multiples of a step of {@link COARSE_STEP} or more: Firefox counts them from the page's beginning.
 * On a busy computer times lie far apart, too, but on no grid.
 */
function isCoarse(timings: readonly ProbeTiming[]): boolean {
  const times = timings.flatMap(({ startTime, connectStart, connectEnd, requestStart, responseEnd }) => [
    ...[startTime, connectStart, connectEnd, requestStart, responseEnd],
  ]);
  return times.reduce(commonStep, 0) >= COARSE_STEP;
}

/** The greatest common divisor, of numbers that are rounded. */
function commonStep(one: number, other: number): number {
  let [larger, smaller] = [Math.max(one, other), Math.min(one, other)];
  while (smaller > GRID_ERROR) [larger, smaller] = [smaller, restOf(larger, smaller)];
  return larger;
}

const restOf = (number: number, step: number): number => {
  const rest = number % step;
  return step - rest < GRID_ERROR ? 0 : rest;
};

/**
 * Judges a round: requests that were sent at the same time (`first`), and as many that followed when all of those had
 * been answered (`then`).
 *
 * Firefox retries a request silently if an HTTP/2 peer rejects it (`HTTP_1_1_REQUIRED`, 408,
 * `REFUSED_STREAM`, …). Once a peer has spoken HTTP/2, Firefox opens one connection at a time to find out whether the next
 * one does (`ConnectionEntry::RestrictConnections`), so the new connections do not overlap; and what it sends again over
 * HTTP/1.1 only goes out of a pool of its own, so nothing later uses that connection. Honest rounds overlap and are used
 * again. Seen on Firefox 153 and 159: no restarted round in 60 did both.
 *
 * This does not see 421 and 408 over HTTP/1.1. The answers' sizes do (`answer-size.ts`).
 */
export function judgeRound(
  first: readonly (ProbeTiming | undefined)[],
  then: readonly (ProbeTiming | undefined)[],
): RoundEvidence {
  const all = [...first, ...then].filter((timing) => timing !== undefined);
  if (all.length < first.length + then.length || all.some(({ connectStart }) => !(connectStart > 0)))
    return "no-timing";
  // First, for under a coarse clock an answer's times may all be one, as a worker's are.
  if (isCoarse(all)) return "coarse-clock";
  if (all.every(isWorkers)) return "worker";
  const began = all.slice(0, first.length);
  const followed = all.slice(first.length);
  if (began.some((timing) => isReused(timing) || isTakenOver(timing))) return "reused";
  if (began.some(isSlow)) return "slow-line";
  const overlap =
    Math.max(...began.map(({ connectStart }) => connectStart)) < Math.min(...began.map(({ connectEnd }) => connectEnd));
  return overlap && followed.length > 0 && followed.every(isReused) ? "fresh" : "inconclusive";
}

/** How far a request came that got no answer; `undefined` where its timing does not tell. */
export function reachOf(timing: ProbeTiming | undefined): "not-connected" | "taken" | undefined {
  if (timing === undefined || !(timing.connectStart > 0)) return undefined;
  if (timing.requestStart < timing.connectStart) return "not-connected";
  // It ended before it left: webRequest or the page cancelled it. What was sent takes longer than a step of the clock.
  return timing.responseEnd <= timing.startTime ? undefined : "taken";
}
