/**
 * Milliseconds of a clock that never jumps, even if someone sets the computer's clock: for durations, not for dates.
 * Firefox counts the origin from the start of the process (`PerformanceService.cpp`). So after a restart, the
 * background can go on with the times of before.
 */
export const monotonicNow = (): number => performance.timeOrigin + performance.now();
