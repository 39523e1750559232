import * as z from "zod/mini";
import { withTimeout } from "../with-timeout";
import { SESSION_LIMIT, whyNotWritten, type Area } from "./area";

type Items = Readonly<Record<string, unknown>>;

/** Where in the browser's session the copy stands, by its keys on the disk. */
const UNSAVED = "unsaved";
const ITEMS = z.record(z.string(), z.unknown());

export interface UnsavedCopy {
  /** What an earlier life of the background has left. Never rejects. */
  readonly read: () => Promise<Items>;
  /** Brings the copy in line. Not to be waited for: a session that does not answer must not hold up the disk. */
  readonly keep: () => Promise<void>;
}

/** A copy, in the browser's session, of what the disk would not take. @param refused - gives that as it is now */
export function createUnsavedCopy(session: Area, refused: () => Items): UnsavedCopy {
  /** Whether the session has something of it; whether that is being written, and is to be written again. */
  let isKept = false;
  let isKeeping = false;
  let isDue = false;

  const write = async (items: Items): Promise<void> => {
    const why = await whyNotWritten(() => session.set({ [UNSAVED]: items }));
    if (why === undefined) return;
    console.error("Latchkey keeps what was not saved in memory alone", why);
    const fewer = withoutLargest(items);
    if (!isEmpty(fewer)) await write(fewer);
  };

  return {
    read: async () => {
      try {
        const kept = await withTimeout(session.get(UNSAVED), SESSION_LIMIT, undefined);
        const items = ITEMS.safeParse(kept?.[UNSAVED]).data ?? {};
        isKept = !isEmpty(items);
        return items;
      } catch (cause) {
        console.error("Latchkey cannot read what was not saved", cause);
        return {};
      }
    },
    keep: async () => {
      isDue = true;
      if (isKeeping) return;
      isKeeping = true;
      while (isDue && (isKept || !isEmpty(refused()))) {
        isDue = false;
        const items = refused();
        isKept = !isEmpty(items);
        await write(items);
      }
      isKeeping = false;
    },
  };
}

const isEmpty = (items: Items): boolean => Object.keys(items).length === 0;

/** What is too much for the browser's session is left out of it, the largest first: an alarm is small. */
const withoutLargest = (items: Items): Items => {
  const [largest] = Object.entries(items)
    .map(([key, value]) => ({ key, size: JSON.stringify(value).length }))
    .sort((one, other) => other.size - one.size);
  return Object.fromEntries(Object.entries(items).filter(([key]) => key !== largest?.key));
};
