import { withTimeout } from "../with-timeout";

/** The part of a storage area that is used. */
export interface Area {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
}

/**
 * Maximum time for reading the browser's session, in ms. It ends before a blocking listener must have answered: without
 * what stands there nothing is shown as safe, and without an answer nothing can be decided.
 */
export const SESSION_LIMIT = 5_000;
/** Maximum time for a write, in ms: what comes after it would wait for ever. */
const WRITE_LIMIT = 10_000;

/** @returns why it was not written, in Firefox's words; `undefined` where it was */
export async function whyNotWritten(write: () => Promise<unknown>): Promise<string | undefined> {
  try {
    const written = write().then(() => undefined);
    return await withTimeout(written, WRITE_LIMIT, "Firefox did not answer");
  } catch (cause) {
    return String(cause);
  }
}
