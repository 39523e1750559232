import * as z from "zod/mini";
import type { Area } from "./store";
import { within } from "./within";

/** Where in the browser's session the rest stands, by its keys on the disk. */
const UNSAVED = "unsaved";
const REST = z.record(z.string(), z.unknown());
/**
 * So long, in milliseconds, until it is tried again where nothing else is to be saved: several times before an idle
 * background ends.
 */
const AGAIN = 5_000;
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
    return await within(written, WRITE_LIMIT, "Firefox did not answer");
  } catch (cause) {
    return String(cause);
  }
}

/**
 * The disk, and what it would not take: that is kept until there is room or the browser ends, so that an alarm outlives
 * the background's suspension though the disk is full. `set` never fails.
 * @param local - rejects where it has no room (Firefox: `QuotaExceededError`)
 * @param onSaved - told after each try why something is not on the disk; nothing where all is
 */
export function createDisk(local: Area, session: Area, onSaved: (why: string | undefined) => void): Area {
  let rest: Readonly<Record<string, unknown>> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  const keepRest = async (next: typeof rest): Promise<void> => {
    const isSame = Object.keys(rest).length === 0 && Object.keys(next).length === 0;
    rest = next;
    if (isSame) return;
    const why = await whyNotWritten(() => session.set({ [UNSAVED]: rest }));
    if (why !== undefined) console.error("Latchkey keeps what was not saved in memory alone", why);
  };

  const write = async (items: Readonly<Record<string, unknown>>): Promise<void> => {
    const all = { ...rest, ...items };
    if (Object.keys(all).length === 0) return;
    clearTimeout(timer);
    const why = await whyNotWritten(() => local.set(all));
    // Told first: the pages draw anew when the session's storage changes.
    onSaved(why);
    if (why !== undefined) timer = setTimeout(() => void set({}), AGAIN);
    await keepRest(why === undefined ? {} : all);
  };

  const readRest = async (): Promise<void> => {
    try {
      const kept = await within(session.get(UNSAVED), SESSION_LIMIT, undefined);
      rest = REST.safeParse(kept?.[UNSAVED]).data ?? {};
    } catch (cause) {
      console.error("Latchkey cannot read what was not saved", cause);
    }
  };

  /** One after the other: what was refused is part of each later try. */
  let last: Promise<unknown> = readRest();
  const isRead = last;
  const set = (items: Record<string, unknown>): Promise<void> => {
    const done = last.then(() => write(items));
    last = done;
    return done;
  };
  void set({});

  return {
    set,
    get: async (key) => {
      await isRead;
      return key in rest ? { [key]: rest[key] } : local.get(key);
    },
  };
}
