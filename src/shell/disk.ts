import * as z from "zod/mini";
import type { Area } from "./store";

/** Where in the browser's session the rest stands, by its keys on the disk. */
const UNSAVED = "unsaved";
const REST = z.record(z.string(), z.unknown());
/**
 * So long, in milliseconds, until it is tried again where nothing else is to be saved: several times before an idle
 * background ends.
 */
const AGAIN = 5_000;

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
    await session.set({ [UNSAVED]: rest }).catch((cause: unknown) => {
      console.error("Latchkey keeps what was not saved in memory alone", cause);
    });
  };

  const write = async (items: Readonly<Record<string, unknown>>): Promise<void> => {
    const all = { ...rest, ...items };
    if (Object.keys(all).length === 0) return;
    clearTimeout(timer);
    const why = await local.set(all).then(() => undefined, String);
    // Told first: the pages draw anew when the session's storage changes.
    onSaved(why);
    if (why !== undefined) timer = setTimeout(() => void set({}), AGAIN);
    await keepRest(why === undefined ? {} : all);
  };

  /** One after the other: what was refused is part of each later try. */
  let last: Promise<unknown> = session
    .get(UNSAVED)
    .then(({ [UNSAVED]: kept }) => {
      rest = REST.safeParse(kept).data ?? {};
    })
    .catch((cause: unknown) => {
      console.error("Latchkey cannot read what was not saved", cause);
    });
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
