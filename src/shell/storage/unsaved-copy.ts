import * as z from "zod/mini";
import { withTimeout } from "../with-timeout";
import { SESSION_LIMIT, whyNotWritten, type Area } from "./area";

type Items = Readonly<Record<string, unknown>>;

/** The key in the browser's session that holds the copy, by the keys of the disk. */
const UNSAVED = "unsaved";
const ITEMS = z.record(z.string(), z.unknown());

export interface UnsavedCopy {
  /** The copy that the background left before its restart. Never rejects. */
  readonly read: () => Promise<Items>;
  /** Updates the copy. Don't wait for it: a session that does not answer must not delay the disk. */
  readonly keep: () => Promise<void>;
}

/**
 * A copy, in the browser's session, of what the disk refused. @param refused - gives the refused items as they are now
 */
export function createUnsavedCopy(session: Area, refused: () => Items): UnsavedCopy {
  /** Whether the session has a copy, whether one is being written, and whether it must be written again. */
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

/** If this is too much for the browser's session, leave out the largest items first: a warning is small. */
const withoutLargest = (items: Items): Items => {
  const [largest] = Object.entries(items)
    .map(([key, value]) => ({ key, size: JSON.stringify(value).length }))
    .sort((one, other) => other.size - one.size);
  return Object.fromEntries(Object.entries(items).filter(([key]) => key !== largest?.key));
};
