import { whyNotWritten, type Area } from "./area";
import { createUnsavedCopy } from "./unsaved-copy";
import { createWrittenKeys } from "./written-keys";

/**
 * So long, in milliseconds, until it is tried again where nothing else is to be saved: several times before an idle
 * background ends.
 */
const AGAIN = 5_000;

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
  const written = createWrittenKeys(local);
  const copy = createUnsavedCopy(session, () =>
    Object.fromEntries(Object.entries(rest).filter(([key]) => refused.has(key))),
  );

  const write = async (key: string): Promise<void> => {
    if (!(key in rest)) return;
    const value = rest[key];
    const why = await whyNotWritten(() => local.set({ [key]: value }));
    if (why !== undefined) refused.set(key, why);
    else {
      refused.delete(key);
      written.note(key);
      if (rest[key] === value) rest = Object.fromEntries(Object.entries(rest).filter(([other]) => other !== key));
    }
    // Told first: the pages draw again when the session's storage changes.
    onSaved([...refused.values()][0]);
    clearTimeout(timer);
    if (refused.size > 0) timer = setTimeout(() => void set({}), AGAIN);
    void copy.keep();
  };

  const takeBack = (items: Readonly<Record<string, unknown>>): void => {
    rest = { ...items, ...rest };
    for (const key of Object.keys(items)) refused.set(key, "not tried again yet");
  };
  const isRead = Promise.all([copy.read().then(takeBack), written.read()]);

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
      if (key in found) written.note(key);
      else if (written.has(key)) throw new Error(`what was saved as "${key}" is missing`);
      return found;
    },
  };
}
