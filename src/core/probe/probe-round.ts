// What the timing of a round of probes proves: that none of them was sent to anyone else before the server that
// answered.
import * as z from "zod/mini";

/**
 * When the steps of one request happened, in milliseconds, as Resource Timing reports them (W3C Resource Timing, 4.5).
 * If a request uses an existing connection, connecting begins and ends at the same time.
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

/**
 * How a probe ended for the script that sent it:
 * - `answered`
 * - `late`: the script gave it up when its time was over
 * - `failed`: Firefox or an extension ended it, or the user left the page
 */
const PROBE_END = z.enum(["answered", "late", "failed"]);

/** What the script that sent a round saw of one probe; `timing` is left out if Firefox reports none. */
const PROBE_RESULT = z.strictObject({ end: PROBE_END, timing: z.exactOptional(PROBE_TIMING) });
export type ProbeResult = z.infer<typeof PROBE_RESULT>;

/**
 * What the script saw of the round; `then` is empty if one of `first` was not answered. It comes from a page's process.
 */
export const ROUND_RESULT = z.strictObject({ first: z.array(PROBE_RESULT), then: z.array(PROBE_RESULT) });
export type RoundResult = z.infer<typeof ROUND_RESULT>;

/**
 * - `fresh`: the connections were new, and the requests on them were not sent before.
 * - `reused`: there was a connection already, or Firefox had begun it before; the round has used it up.
 * - `worker`: the page's service worker sent the requests itself, so their times show nothing.
 * - `inconclusive`: nothing can be said. The cause may be a busy computer or an attacker.
 * - `no-timing`: this Firefox keeps no times (`dom.enable_performance`, `dom.enable_resource_timing`).
 * - `slow-line`: connecting took so long that Firefox may have opened another connection, which stays unused.
 * - `coarse-clock`: its clock is too coarse (`privacy.resistFingerprinting`: steps of 16.67 ms).
 */
export type RoundEvidence = "fresh" | "reused" | "worker" | "inconclusive" | "slow-line" | "no-timing" | "coarse-clock";

/** Firefox's clock normally has steps of 1 ms. */
const COARSE_STEP = 5;
/** Maximum distance of a time from its grid, in ms: Firefox rounds. */
const GRID_ERROR = 0.1;

/**
 * Maximum time to connect, before TLS, in ms. After 250 ms Firefox opens a second connection as well
 * (`network.http.connection-retry-timeout`). The one that connects later stays unused, and a secret would go over it.
 */
const SLOW_CONNECT = 200;
const isSlow = ({ connectStart, secureConnectionStart }: ProbeTiming): boolean =>
  secureConnectionStart - connectStart > SLOW_CONNECT;

/** Firefox retries a request after 408 only if it was written so long ago, in ms (nsHttpTransaction). */
const RETRIED_AFTER = 1000;
/** Whether it took so long that Firefox may have retried it after 408, even for a second time. */
export const isSlowAnswer = (timing: ProbeTiming | undefined): boolean =>
  timing !== undefined && timing.responseEnd - timing.requestStart >= RETRIED_AFTER;

/** A worker's answer has no times of its own: all of them are the time of the answer. */
const isWorkers = ({ connectStart, requestStart, responseEnd }: ProbeTiming): boolean =>
  connectStart === requestStart && requestStart === responseEnd;
const isReused = ({ connectStart, connectEnd }: ProbeTiming): boolean => connectStart === connectEnd;
/**
 * A connection that Firefox had begun for another request: on a slow line, the second one of that request. Firefox
 * reports no time before the request's own beginning. A new connection begins only after webRequest's listeners, 3 ms
 * or more later as measured.
 */
const isTakenOver = ({ startTime, connectStart }: ProbeTiming): boolean => connectStart <= startTime;

/**
 * Whether all times are multiples of a step of {@link COARSE_STEP} or more. Firefox counts from the page's beginning.
 * On a busy computer times are far apart, too, but not multiples of a step.
 */
function isCoarse(timings: readonly ProbeTiming[]): boolean {
  const times = timings.flatMap(({ startTime, connectStart, connectEnd, requestStart, responseEnd }) => [
    ...[startTime, connectStart, connectEnd, requestStart, responseEnd],
  ]);
  return times.reduce(commonStep, 0) >= COARSE_STEP;
}

/** The greatest common divisor of rounded numbers. */
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
 * Firefox retries a request silently if an HTTP/2 peer rejects it (`HTTP_1_1_REQUIRED`, 408, `REFUSED_STREAM`, …). Once
 * a peer has spoken HTTP/2, Firefox opens one connection at a time to find out if the next one does, too
 * (`ConnectionEntry::RestrictConnections`). So the new connections don't overlap. Requests that Firefox retries over
 * HTTP/1.1 only use a separate pool, so nothing later uses that connection. The connections of honest rounds overlap
 * and are used again. Seen on Firefox 153 and 159: no restarted round in 60 did both.
 *
 * This doesn't detect 421 and 408 over HTTP/1.1. The answers' sizes do (`answer-size.ts`).
 */
export function judgeRound(
  first: readonly (ProbeTiming | undefined)[],
  then: readonly (ProbeTiming | undefined)[],
): RoundEvidence {
  const all = [...first, ...then].filter((timing) => timing !== undefined);
  if (all.length < first.length + then.length || all.some(({ connectStart }) => !(connectStart > 0)))
    return "no-timing";
  // First, because with a coarse clock all times of an answer may be equal, as a worker's are.
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

/** How far an unanswered request came; `undefined` if its timing doesn't show it. */
export function reachOf(timing: ProbeTiming | undefined): "not-connected" | "taken" | undefined {
  if (timing === undefined || !(timing.connectStart > 0)) return undefined;
  if (timing.requestStart < timing.connectStart) return "not-connected";
  // It ended before it was sent, because webRequest or the page canceled it. Sending takes longer than a step of the
  // clock.
  return timing.responseEnd <= timing.startTime ? undefined : "taken";
}
