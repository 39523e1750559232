import * as z from "zod/mini";
import { withTimeout } from "../with-timeout";
import { whyNotWritten, type Area } from "./area";

/**
 * Where on the disk the names of all keys stand that were ever written. None is ever removed, so one that is missing is
 * damage; a disk without this list is new, or of a version before 0.2, and begins it.
 */
const WRITTEN = "written";
const NAMES = z.array(z.string());
/** Maximum time for reading the list of keys from the disk, in ms. On a slow disk, a missing key must not count as new. */
const READ_LIMIT = 30_000;

export interface WrittenKeys {
  /** Adds what earlier lives of the background have written. Never rejects. */
  readonly read: () => Promise<void>;
  readonly has: (key: string) => boolean;
  readonly note: (key: string) => void;
}

/** What is known to have been written, by the disk's own list or because it is there. */
export function createWrittenKeys(local: Area): WrittenKeys {
  const written = new Set<string>();
  return {
    read: async () => {
      try {
        const found = await withTimeout(local.get(WRITTEN), READ_LIMIT, undefined);
        for (const key of NAMES.safeParse(found?.[WRITTEN]).data ?? []) written.add(key);
      } catch (cause) {
        console.error("Latchkey cannot read what was written", cause);
      }
    },
    has: (key) => written.has(key),
    // Each list has all that the ones before it had. One that is not written is written with the next key that is read.
    note: (key) => {
      if (written.has(key)) return;
      written.add(key);
      void whyNotWritten(() => local.set({ [WRITTEN]: [...written] }));
    },
  };
}
