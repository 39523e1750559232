import fc from "fast-check";
import { it } from "vitest";

export { fc };

/** A test that holds for every value of the arbitrary. */
export function test<T>(name: string, [arbitrary]: [fc.Arbitrary<T>], holds: (value: T) => void): void {
  it(name, () => {
    fc.assert(fc.property(arbitrary, holds));
  });
}
