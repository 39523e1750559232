import { whyNotWritten, type Area } from "./area";
import { createUnsavedCopy } from "./unsaved-copy";
import { createWrittenKeys } from "./written-keys";

/**
 * Time until a failed write is tried again if nothing else is saved, in ms. This allows several tries before an idle
 * background ends.
 */
const AGAIN = 5_000;

/**
 * The disk, and what it refused. Refused items are kept until there is room or the browser ends. So a warning outlives
 * the background's suspension even if the disk is full. Each key is written by itself: if one is refused, or not
 * answered, the others are still written. `set` never fails; `get` rejects if a key is missing that was written once.
 * @param local - rejects if it has no room (Firefox: `QuotaExceededError`)
 * @param onSaved - called after each try with the reason why something is not on the disk; `undefined` if all is
 */
export function createDisk(local: Area, session: Area, onSaved: (why: string | undefined) => void): Area {
  /** The latest items that may not be on the disk. */
  let rest: Readonly<Record<string, unknown>> = {};
  /** Why the disk refused it, by key. */
  const refused = new Map<string, string>();
  /** The last write of each key, which the next one waits for. */
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
    // Called first: the pages draw again when the session's storage changes.
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
