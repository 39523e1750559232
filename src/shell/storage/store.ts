import * as z from "zod/mini";
import {
  STORED_STATE,
  EMPTY_STORED_STATE,
  EMPTY_SESSION,
  GUARDED,
  leanSession,
  SESSION,
  TO_CLEAR,
  type Guarded,
  type Levels,
  type State,
} from "../../core/state/state";
import { CT_STATES, type CtStates } from "../../core/ct/ct-state";
import type { Address } from "../../core/address";
import { FORMAT, migrate } from "../../core/migrate";
import type { Step } from "../../core/state/reduce";
import { VERSION_STATE } from "../../core/version/version-state";
import { SESSION_LIMIT, whyNotWritten, type Area } from "./area";
import { withTimeout } from "../with-timeout";

export interface Store {
  /** The state as it is now; `undefined` until it has been read. Requests don't wait for it. */
  readonly peek: () => State | undefined;
  /** The state, once it has been read. */
  readonly read: () => Promise<State>;
  /** Applies a pure change, in the order of the calls, and gives its result. Saves it soon after, without waiting. */
  readonly change: (reduce: (state: State) => Step | State) => Promise<Step>;
  /** The damaged bytes as they are on disk, as text. */
  readonly readDamaged: () => Promise<string>;
  /** Keeps the damaged bytes under another key on disk, and saves the state that `change` made instead. */
  readonly putDamagedAside: (at: number) => Promise<void>;
}

/** Maximum time for reading the disk, in ms. After it, the data counts as damaged, so a slow disk needs enough time. */
const READ_LIMIT = 30_000;

/** Loads the state at once and is its only writer from then on. @param onChange - called after each change, in order */
export function createStore(local: Area, session: Area, onChange: (state: State) => void): Store {
  let state: State | undefined;
  /** Each key has its own saver: if one is refused, or not answered, the others are still written. */
  let savers: readonly Saver[] = [];

  const ready = load(local, session).then((loaded) => {
    state = loaded;
    savers = [...keptIn(local), passingIn(session)].map((write) => createSaver(loaded, () => state ?? loaded, write));
    onChange(loaded);
    return loaded;
  });

  const change: Store["change"] = async (reduce) => {
    const before = state ?? (await ready);
    const current = state ?? before;
    const result = reduce(current);
    const step: Step = "state" in result ? result : { state: result };
    if (step.state !== current) {
      state = step.state;
      onChange(step.state);
      for (const save of savers) void save();
    }
    return step;
  };

  return {
    change,
    peek: () => state,
    read: async () => state ?? (await ready),
    readDamaged: async () => JSON.stringify((await bytesOf(local)) ?? null, undefined, 2),
    putDamagedAside: async (at) => {
      const bytes = await bytesOf(local);
      const aside = bytes === undefined ? {} : { [`damaged ${new Date(at).toISOString()}`]: bytes };
      await local.set({ ...aside, book: EMPTY_STORED_STATE });
    },
  };
}

/** The saved state as it is on disk; `undefined` if it is missing. */
const bytesOf = async (local: Area): Promise<unknown> => {
  try {
    return (await local.get("book"))["book"];
  } catch {
    return undefined;
  }
};

/** Writes what differs from the last write. @returns why it could not, in Firefox's words */
type Write = (next: State, last: State | undefined) => Promise<string | undefined>;
type Saver = () => Promise<void>;

/** One write at a time. The next one includes later changes, and what could not be written. */
function createSaver(loaded: State, latest: () => State, write: Write): Saver {
  let saved: State | undefined = loaded;
  let isSaving = false;
  return async () => {
    if (isSaving) return;
    isSaving = true;
    for (let next = latest(); next !== saved; next = latest()) {
      const why = await write(next, saved);
      saved = why === undefined ? next : undefined;
      if (why === undefined) continue;
      console.error("Latchkey could not save its state", why); // kept in memory; the next change tries again
      if (next === latest()) break;
    }
    isSaving = false;
  };
}

/**
 * If the session has no room, what it says of an address must not stay "safe" after a later observation. So it is
 * written without checks, and without the evidence of private windows.
 */
const passingIn =
  (area: Area): Write =>
  async (next, last) => {
    if (next.session === last?.session) return undefined;
    const why = await whyNotWritten(() => area.set({ session: next.session }));
    if (why === undefined) return undefined;
    await whyNotWritten(() => area.set({ session: leanSession(next.session) }));
    return why;
  };

/** In this order: warnings and Guard depend on the first ones. */
const keptIn = (area: Area): Write[] => {
  const put = (items: Record<string, unknown>): Promise<string | undefined> => whyNotWritten(() => area.set(items));
  return [
    async ({ stored, damage }, last) =>
      stored !== last?.stored && damage === undefined ? put({ book: stored }) : undefined,
    async ({ guarded, acceptedFirefox, levels }, last) =>
      guarded !== "unknown" &&
      (guarded !== last?.guarded || acceptedFirefox !== last.acceptedFirefox || levels !== last.levels)
        ? put({ guarded: guardedOf(guarded, acceptedFirefox, levels) })
        : undefined,
    async ({ versions }, last) =>
      versions !== last?.versions && versions !== undefined && versions !== "unknown" ? put({ versions }) : undefined,
    async ({ toClear, workersToClear }, last) => {
      if (toClear === last?.toClear && workersToClear === last?.workersToClear) return undefined;
      const workers = workersToClear === undefined ? {} : { workers: [...workersToClear] };
      return put({ toClear: { version: FORMAT, instances: [...(toClear ?? [])], ...workers } });
    },
    async ({ ctStates }, last) =>
      ctStates !== last?.ctStates && ctStates !== "unknown"
        ? put({ records: { version: FORMAT, records: ctStates } })
        : undefined,
  ];
};

/** Never throws. Damage is not the same as an empty disk: otherwise, every pin would be silently forgotten. */
async function load(local: Area, session: Area): Promise<State> {
  const [kept, passing, guarded, toClear, versions, records] = await Promise.all([
    read(local, "book", STORED_STATE),
    read(session, "session", SESSION, SESSION_LIMIT),
    read(local, "guarded", GUARDED),
    read(local, "toClear", TO_CLEAR),
    read(local, "versions", VERSION_STATE),
    read(local, "records", CT_STATES),
  ]);
  const stored = {
    // The session ends with the browser anyway, so it may start empty. It holds checks, and none means "not checked".
    session: passing.kind === "value" ? passing.value : EMPTY_SESSION,
    guarded: guardedIn(guarded),
    ...(guarded.kind === "value" && guarded.value.firefox !== undefined
      ? { acceptedFirefox: guarded.value.firefox }
      : {}),
    ...(guarded.kind === "value" && guarded.value.levels !== undefined ? { levels: guarded.value.levels } : {}),
    // If this can't be read, the user sees that it is still to be done, and asks again.
    ...(toClear.kind === "value" && toClear.value.instances.length > 0 ? { toClear: toClear.value.instances } : {}),
    ...(toClear.kind === "value" && toClear.value.workers !== undefined
      ? { workersToClear: toClear.value.workers }
      : {}),
    ...(versions.kind === "empty"
      ? {}
      : { versions: versions.kind === "value" ? versions.value : ("unknown" as const) }),
    ctStates: ctStatesIn(records),
  };
  switch (kept.kind) {
    case "value":
      return { stored: kept.value, ...stored };
    case "empty":
      // Guard and log monitoring need a pin, so there was a saved state. Versions before 0.2 wrote no list of keys, so
      // it is not known either what was guarded then.
      return hasEntries(stored.guarded) || hasEntries(stored.ctStates)
        ? {
            stored: EMPTY_STORED_STATE,
            ...stored,
            guarded: guarded.kind === "value" ? stored.guarded : "unknown",
            damage: "missing",
          }
        : { stored: EMPTY_STORED_STATE, ...stored };
    case "damaged":
      return { stored: EMPTY_STORED_STATE, ...stored, damage: kept.reason };
  }
}

const hasEntries = (list: readonly unknown[] | "unknown"): boolean => list === "unknown" || list.length > 0;

const guardedOf = (
  addresses: readonly Address[],
  firefox: number | undefined,
  levels: Levels | undefined,
): z.infer<typeof GUARDED> => ({
  version: 1,
  addresses: [...addresses],
  ...(firefox === undefined ? {} : { firefox }),
  ...(levels === undefined ? {} : { levels }),
});

function guardedIn(saved: Read<z.infer<typeof GUARDED>>): Guarded {
  if (saved.kind === "damaged") return "unknown";
  return saved.kind === "value" ? saved.value.addresses : [];
}

function ctStatesIn(saved: Read<z.infer<typeof CT_STATES>>): CtStates {
  if (saved.kind === "damaged") return "unknown";
  return saved.kind === "value" ? saved.value.records : [];
}

export type Read<T> =
  | { readonly kind: "empty" }
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "damaged"; readonly reason: string };

/** Never throws, and ends within `limit`. Converts what an earlier version saved to today's format. */
export async function read<T>(area: Area, key: string, schema: z.ZodMiniType<T>, limit = READ_LIMIT): Promise<Read<T>> {
  try {
    const found = await withTimeout(area.get(key), limit, undefined);
    if (found === undefined) return { kind: "damaged", reason: "Firefox did not answer" };
    const saved = found[key];
    if (saved === undefined) return { kind: "empty" };
    const parsed = schema.safeParse(migrate(key, saved));
    return parsed.success
      ? { kind: "value", value: parsed.data }
      : { kind: "damaged", reason: z.prettifyError(parsed.error) };
  } catch (cause) {
    return { kind: "damaged", reason: String(cause) };
  }
}
