import * as z from "zod/mini";
import { withTimeout } from "../with-timeout";

/** The part of a storage area that is used. */
export interface Area {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
}

/** Where in the browser's session the rest stands, by its keys on the disk. */
const UNSAVED = "unsaved";
/**
 * Where on the disk the names of all keys stand that were ever written. None is ever removed, so one that is missing is
 * damage; a disk without this list is new, or of a version before 0.2, and begins it.
 */
const WRITTEN = "written";
const NAMES = z.array(z.string());
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
/** Maximum time for reading the list of keys from the disk, in ms. A slow disk must not make a missing key look new. */
const READ_LIMIT = 30_000;
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

/** What is too much for the browser's session is left out of it, the largest first: an alarm is small. */
const withoutLargest = (items: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const [largest] = Object.entries(items)
    .map(([key, value]) => ({ key, size: JSON.stringify(value).length }))
    .sort((one, other) => other.size - one.size);
  return Object.fromEntries(Object.entries(items).filter(([key]) => key !== largest?.key));
};

/**
 * The disk, and what it would not take: that is kept until there is room or the browser ends, so that an alarm outlives
 * the background's suspension though the disk is full. Each key is written by itself: one that is refused, or not answered,
 * keeps no other from being written. `set` never fails; `get` rejects when a key is missing that was written once.
 * @param local - rejects where it has no room (Firefox: `QuotaExceededError`)
 * @param onSaved - told after each try why something is not on the disk; nothing where all is
 */
export function createDisk(local: Area, session: Area, onSaved: (why: string | undefined) => void): Area {
  /** The latest of what is not known to be on the disk. */
  let rest: Readonly<Record<string, unknown>> = {};
  /** Why the disk would not take it, by key. */
  const refused = new Map<string, string>();
  /** What is tried of one key, one after the other. */
  const tries = new Map<string, Promise<unknown>>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the session has something of it; whether that is being written, and is to be written again. */
  let isKept = false;
  let isKeeping = false;
  let isDue = false;

  const keep = async (): Promise<void> => {
    let items = Object.fromEntries(Object.entries(rest).filter(([key]) => refused.has(key)));
    for (;;) {
      const kept = items;
      const why = await whyNotWritten(() => session.set({ [UNSAVED]: kept }));
      if (why === undefined) return;
      console.error("Latchkey keeps what was not saved in memory alone", why);
      items = withoutLargest(items);
      if (Object.keys(items).length === 0) return;
    }
  };
  /** Not waited for: a session that does not answer must not hold up the disk. */
  const keepRefused = async (): Promise<void> => {
    isDue = true;
    if (isKeeping) return;
    isKeeping = true;
    while (isDue && (isKept || refused.size > 0)) {
      isDue = false;
      isKept = refused.size > 0;
      await keep();
    }
    isKeeping = false;
  };

  /** What is known to have been written, by the disk's own list or because it is there. */
  const written = new Set<string>();
  /** Each list has all that the ones before it had. One that is not written is written with the next key that is read. */
  const noteWritten = (key: string): void => {
    if (written.has(key)) return;
    written.add(key);
    void whyNotWritten(() => local.set({ [WRITTEN]: [...written] }));
  };

  const write = async (key: string): Promise<void> => {
    if (!(key in rest)) return;
    const value = rest[key];
    const why = await whyNotWritten(() => local.set({ [key]: value }));
    if (why !== undefined) refused.set(key, why);
    else {
      refused.delete(key);
      noteWritten(key);
      if (rest[key] === value) rest = Object.fromEntries(Object.entries(rest).filter(([other]) => other !== key));
    }
    // Told first: the pages draw anew when the session's storage changes.
    onSaved([...refused.values()][0]);
    clearTimeout(timer);
    if (refused.size > 0) timer = setTimeout(() => void set({}), AGAIN);
    void keepRefused();
  };

  const readRest = async (): Promise<void> => {
    try {
      const kept = await withTimeout(session.get(UNSAVED), SESSION_LIMIT, undefined);
      const read = REST.safeParse(kept?.[UNSAVED]).data ?? {};
      isKept = Object.keys(read).length > 0;
      rest = { ...read, ...rest };
      for (const key of Object.keys(read)) refused.set(key, "not tried again yet");
    } catch (cause) {
      console.error("Latchkey cannot read what was not saved", cause);
    }
  };

  const readWritten = async (): Promise<void> => {
    try {
      const found = await withTimeout(local.get(WRITTEN), READ_LIMIT, undefined);
      for (const key of NAMES.safeParse(found?.[WRITTEN]).data ?? []) written.add(key);
    } catch (cause) {
      console.error("Latchkey cannot read what was written", cause);
    }
  };

  const isRead = Promise.all([readRest(), readWritten()]);
  const set = async (items: Record<string, unknown>): Promise<void> => {
    rest = { ...rest, ...items };
    await isRead;
    await Promise.all(
      [...new Set([...Object.keys(items), ...refused.keys()])].map((key) => {
        const done = (tries.get(key) ?? Promise.resolve()).then(() => write(key));
        tries.set(key, done);
        return done;
      }),
    );
  };
  void set({});

  return {
    set,
    get: async (key) => {
      await isRead;
      if (key in rest) return { [key]: rest[key] };
      const found = await local.get(key);
      if (key in found) noteWritten(key);
      else if (written.has(key)) throw new Error(`what was saved as "${key}" is missing`);
      return found;
    },
  };
}
