// When tasks are repeated, and when the public logs are queried next. Times in milliseconds; random is data, evenly
// spread from 0 to below 1.

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * Whether this much time has passed since a moment. If the moment is as far in the future, the clock was set back
 * since.
 */
export const hasPassed = (since: number, span: number, now: number): boolean => Math.abs(now - since) >= span;

/** Once a day plus up to two hours, so that not everyone asks at the hour of the extension's release. */
export const afterAnswer = (now: number, random: number): number => now + DAY + random * 2 * HOUR;

const FIRST_WAIT = 15 * MINUTE;
const LONGEST_WAIT = 12 * HOUR;

/**
 * Twice as long after each failure in a row, 25 % more or less at random, and never before the time that the service
 * set.
 * @param failures - in a row, this one counted: at least 1
 */
export function afterFailure(now: number, failures: number, retryAt: number | undefined, random: number): number {
  const wait = Math.min(FIRST_WAIT * 2 ** Math.min(failures - 1, 20), LONGEST_WAIT);
  return Math.max(now + wait * (0.75 + random * 0.5), retryAt ?? 0);
}

/** How long until Latchkey checks again whether this computer is online. Nothing is sent for that. */
export const OFFLINE_WAIT = 15 * MINUTE;

/** Due at its time, or if the clock was set back so far that this time wouldn't come for days. */
export const isDue = (dueAt: number, now: number): boolean => now >= dueAt || dueAt - now > 2 * DAY;

/** A `Retry-After` header (RFC 9110, 10.2.3): seconds or a date, limited to a day. */
export function retryAtOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const at = /^\d+$/u.test(header.trim()) ? now + Number(header) * 1000 : Date.parse(header);
  return Number.isFinite(at) && at > now ? Math.min(at, now + DAY) : undefined;
}
