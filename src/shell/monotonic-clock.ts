/**
 * Milliseconds that go on evenly, whatever is done to the computer's clock: for spans, not for dates. Firefox counts the
 * origin from the start of the process (`PerformanceService.cpp`), so that one life of the background can go on from
 * another's.
 */
export const monotonicNow = (): number => performance.timeOrigin + performance.now();
