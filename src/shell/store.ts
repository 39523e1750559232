import * as z from "zod/mini";
import { BOOK, EMPTY_BOOK, EMPTY_SESSION, GUARDED, SESSION, TO_CLEAR, type Guarded, type State } from "../core/state";
import { RECORDS, type Records } from "../core/record";
import type { Address } from "../core/address";
import type { Step } from "../core/reduce";
import { VERSION_BOOK } from "../core/version-book";

/** The part of a storage area that is used. */
export interface Area {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
}

export interface Store {
  /** The state as it is now; `undefined` until it has been read. Requests are not held up for it. */
  readonly peek: () => State | undefined;
  /** The state, once it has been read. */
  readonly read: () => Promise<State>;
  /** Applies a pure change, in the order of the calls, and gives what it led to. Saved soon after, not waited for. */
  readonly change: (reduce: (state: State) => Step | State) => Promise<Step>;
  /** The damaged bytes as they stand on disk, as text. */
  readonly readDamaged: () => Promise<string>;
  /** Puts the damaged bytes aside on disk and saves the state that `change` made in their place. */
  readonly putDamagedAside: (at: number) => Promise<void>;
}

/** Loads the state at once and is its only writer from then on. @param onChange - called after each change, in order */
export function createStore(local: Area, session: Area, onChange: (state: State) => void): Store {
  let state: State | undefined;
  let saved: State | undefined;
  let saving = false;

  const ready = load(local, session).then((loaded) => {
    state = loaded;
    saved = loaded;
    onChange(loaded);
    return loaded;
  });

  /** One write at a time; what changes meanwhile is in the next. */
  const save = async (): Promise<void> => {
    if (saving) return;
    saving = true;
    try {
      while (state !== undefined && saved !== state) {
        const [next, last] = [state, saved];
        saved = next;
        if (next.session !== last?.session) await session.set({ session: next.session });
        if (next.book !== last?.book && next.damage === undefined) await local.set({ book: next.book });
        if (
          next.guarded !== "unknown" &&
          (next.guarded !== last?.guarded || next.acceptedFirefox !== last.acceptedFirefox)
        )
          await local.set({ guarded: guardedOf(next.guarded, next.acceptedFirefox) });
        if (next.versions !== last?.versions && next.versions !== undefined && next.versions !== "unknown")
          await local.set({ versions: next.versions });
        if (next.toClear !== last?.toClear) await local.set({ toClear: { version: 1, houses: next.toClear ?? [] } });
        if (next.records !== last?.records && next.records !== "unknown")
          await local.set({ records: { version: 1, records: next.records } });
      }
    } catch (cause) {
      console.error("Latchkey could not save its state", cause); // kept in memory; the next change tries again
      saved = undefined;
    } finally {
      saving = false;
    }
  };

  const change: Store["change"] = async (reduce) => {
    const before = state ?? (await ready);
    const current = state ?? before;
    const result = reduce(current);
    const step: Step = "state" in result ? result : { state: result };
    if (step.state !== current) {
      state = step.state;
      onChange(step.state);
      void save();
    }
    return step;
  };

  return {
    change,
    peek: () => state,
    read: async () => state ?? (await ready),
    readDamaged: async () => JSON.stringify((await local.get("book"))["book"], undefined, 2),
    putDamagedAside: async (at) => {
      const bytes = (await local.get("book"))["book"];
      await local.set({ [`damaged ${new Date(at).toISOString()}`]: bytes, book: EMPTY_BOOK });
    },
  };
}

/** Never throws. Damage is not "empty": to take it for that would quietly forget every pin. */
async function load(local: Area, session: Area): Promise<State> {
  const [kept, passing, guarded, toClear, versions, records] = await Promise.all([
    read(local, "book", BOOK),
    read(session, "session", SESSION),
    read(local, "guarded", GUARDED),
    read(local, "toClear", TO_CLEAR),
    read(local, "versions", VERSION_BOOK),
    read(local, "records", RECORDS),
  ]);
  const book = {
    // What ends with the browser anyway may begin anew: it holds checks, and none means "not checked".
    session: passing.kind === "value" ? passing.value : EMPTY_SESSION,
    guarded: guardedIn(guarded),
    ...(guarded.kind === "value" && guarded.value.firefox !== undefined
      ? { acceptedFirefox: guarded.value.firefox }
      : {}),
    // What cannot be read is asked for again by the user, who sees that it is still to be done.
    ...(toClear.kind === "value" && toClear.value.houses.length > 0 ? { toClear: toClear.value.houses } : {}),
    ...(versions.kind === "empty"
      ? {}
      : { versions: versions.kind === "value" ? versions.value : ("unknown" as const) }),
    records: recordsIn(records),
  };
  switch (kept.kind) {
    case "value":
      return { book: kept.value, ...book };
    case "empty":
      return { book: EMPTY_BOOK, ...book };
    case "damaged":
      return { book: EMPTY_BOOK, ...book, damage: kept.reason };
  }
}

const guardedOf = (addresses: readonly Address[], firefox: number | undefined): z.infer<typeof GUARDED> => ({
  ...{ version: 1, addresses: [...addresses] },
  ...(firefox === undefined ? {} : { firefox }),
});

function guardedIn(saved: Read<z.infer<typeof GUARDED>>): Guarded {
  if (saved.kind === "damaged") return "unknown";
  return saved.kind === "value" ? saved.value.addresses : [];
}

function recordsIn(saved: Read<z.infer<typeof RECORDS>>): Records {
  if (saved.kind === "damaged") return "unknown";
  return saved.kind === "value" ? saved.value.records : [];
}

export type Read<T> =
  | { readonly kind: "empty" }
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "damaged"; readonly reason: string };

/** Never throws. */
export async function read<T>(area: Area, key: string, schema: z.ZodMiniType<T>): Promise<Read<T>> {
  try {
    const saved = (await area.get(key))[key];
    if (saved === undefined) return { kind: "empty" };
    const parsed = schema.safeParse(saved);
    return parsed.success
      ? { kind: "value", value: parsed.data }
      : { kind: "damaged", reason: z.prettifyError(parsed.error) };
  } catch (cause) {
    return { kind: "damaged", reason: String(cause) };
  }
}
