import { withTimeout } from "../with-timeout";

/** Maximum time for one call to Firefox, in ms. Otherwise, the others could wait forever. */
const LIMIT = 2000;

/** @returns whether Firefox did it */
export async function isDone(call: () => Promise<unknown> | undefined): Promise<boolean> {
  try {
    return (await withTimeout(Promise.resolve(call()), LIMIT, "late")) !== "late";
  } catch {
    return false;
  }
}

/** Runs each call on its own, so a failed one delays no other. @returns whether Firefox did all of them */
export const areDone = async (calls: readonly (() => Promise<unknown> | undefined)[]): Promise<boolean> =>
  (await Promise.all(calls.map(isDone))).every((done) => done);
