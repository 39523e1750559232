import { whyNotWritten, type Area } from "../storage/area";

/** Where the signal is stored. Its value is random: Firefox reports a write only if something changes. */
const KEY = "redraw";

/**
 * Has the open pages read their data again. They listen to changes of the session only. If they listened to the disk,
 * Firefox would copy all that is saved to each of them, twice for each change.
 * @returns sends the signal; if Firefox refuses it, open pages stay as they are until the next change
 */
export const createRedrawSignal =
  (session: Area): (() => void) =>
  () =>
    void whyNotWritten(() => session.set({ [KEY]: crypto.randomUUID() }));
