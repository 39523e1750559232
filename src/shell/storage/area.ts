import { withTimeout } from "../with-timeout";

/** The methods of a storage area that we use. */
export interface Area {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
}

/**
 * Maximum time for reading the browser's session, in ms. It is shorter than a blocking listener's limit. Without the
 * session, nothing is shown as safe. Without an answer to the read, no request could be decided.
 */
export const SESSION_LIMIT = 5_000;
/** Maximum time for a write, in ms. Otherwise, the next write could wait forever. */
const WRITE_LIMIT = 10_000;

/** @returns why it was not written, in Firefox's words; `undefined` if it was */
export async function whyNotWritten(write: () => Promise<unknown>): Promise<string | undefined> {
  try {
    const written = write().then(() => undefined);
    return await withTimeout(written, WRITE_LIMIT, "Firefox did not answer");
  } catch (cause) {
    return String(cause);
  }
}
