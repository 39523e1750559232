import * as z from "zod/mini";
import { withTimeout } from "../with-timeout";
import { whyNotWritten, type Area } from "./area";

/**
 * The key on the disk that lists all keys ever written. None is ever removed, so a missing one is damage. A disk
 * without this list is new, or of a version before 0.2. Then the list begins now.
 */
const WRITTEN = "written";
const NAMES = z.array(z.string());
/**
 * Maximum time for reading the list of keys from disk, in ms. Even on a slow disk, a missing key must not count as new.
 */
const READ_LIMIT = 30_000;

export interface WrittenKeys {
  /** Adds the keys written before the background started. Never rejects. */
  readonly read: () => Promise<void>;
  readonly has: (key: string) => boolean;
  readonly note: (key: string) => void;
}

/** The keys that were written: those on the disk's list, and those found on the disk. */
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
    // Each list includes the earlier ones. If writing it fails, the next key that is noted writes it.
    note: (key) => {
      if (written.has(key)) return;
      written.add(key);
      void whyNotWritten(() => local.set({ [WRITTEN]: [...written] }));
    },
  };
}
