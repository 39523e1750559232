import type { Area } from "../../../src/shell/storage/area";
import { INSTANCE, sha1 } from "../../core/samples";

/** Stands in for Firefox's storage: keeps what is set, as a copy. */
export function area(kept: Record<string, unknown> = {}): Area & { readonly kept: Record<string, unknown> } {
  return {
    kept,
    get: (key) => Promise.resolve(key in kept ? { [key]: structuredClone(kept[key]) } : {}),
    set: (items) => {
      Object.assign(kept, structuredClone(items));
      return Promise.resolve();
    },
  };
}

export const nothing = (): void => undefined;

/** A typed pin, without the kind of window. */
export const PINNED = { address: INSTANCE, fingerprint: sha1("1"), source: "typed", at: 0 } as const;
