import { withTimeout } from "../with-timeout";

/** Maximum time for one call of Firefox's, in ms: the others would wait for ever. */
const LIMIT = 2000;

/** @returns whether Firefox did it */
export async function isDone(call: () => Promise<unknown> | undefined): Promise<boolean> {
  try {
    return (await withTimeout(Promise.resolve(call()), LIMIT, "late")) !== "late";
  } catch {
    return false;
  }
}

/** Each on its own: one that fails keeps back no other. @returns whether Firefox did all of them */
export const areDone = async (calls: readonly (() => Promise<unknown> | undefined)[]): Promise<boolean> =>
  (await Promise.all(calls.map(isDone))).every((done) => done);
