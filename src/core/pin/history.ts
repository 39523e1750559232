import * as z from "zod/mini";
import { MAX_HISTORY, MAX_HISTORY_PINS } from "../bounds";
import { isEqual } from "../equal";
import { PIN, type Pin } from "./pin";

/** What happened to the pins. */
export const EVENT = z.enum(["pinned", "beside", "changed", "noted", "removed", "in-step", "imported", "undone"]);
export type Event = z.infer<typeof EVENT>;

/** One change of the pins, by the user or by a renewal that was taken without asking. */
export const ENTRY = z.strictObject({
  /** Milliseconds since 1970. */
  at: z.number(),
  event: EVENT,
  /** The pins it changed or took away, as they were, and those it changed or added, as they became. */
  before: z.array(PIN),
  after: z.array(PIN),
});
export type Entry = z.infer<typeof ENTRY>;

/** Most are the very same ones, and of one fingerprint there is one: what can't be equal isn't compared. */
function missingIn(pins: readonly Pin[], from: readonly Pin[]): Pin[] {
  const kept = new Set(pins);
  const isThere = (pin: Pin): boolean =>
    kept.has(pin) || pins.some((other) => other.fingerprint === pin.fingerprint && isEqual(pin, other));
  return from.filter((pin) => !isThere(pin));
}

/**
 * The history with what led from `old` to `now`, oldest first; the same one where nothing did. The oldest entries make room
 * for it.
 */
export function remember(
  history: readonly Entry[],
  event: Event,
  at: number,
  old: readonly Pin[],
  now: readonly Pin[],
): readonly Entry[] {
  const entry: Entry = { at, event, before: missingIn(now, old), after: missingIn(old, now) };
  return entry.before.length + entry.after.length === 0 ? history : newest([...history, entry]);
}

/** As many of the newest entries as may be kept, and the last one in any case. */
function newest(history: readonly Entry[]): readonly Entry[] {
  const kept = history.slice(-MAX_HISTORY);
  let left = MAX_HISTORY_PINS;
  const first = kept.findLastIndex(({ before, after }) => (left -= before.length + after.length) < 0);
  return kept.slice(Math.min(first + 1, kept.length - 1));
}

/**
 * The pins as they were before an entry, with what has been learnt of them since.
 * @returns `undefined` where they have been changed again since, so that taking it back would take back more
 */
export function undone({ before, after }: Entry, pins: readonly Pin[]): Pin[] | undefined {
  const wasOf = ({ fingerprint }: Pin): Pin | undefined => before.find((old) => old.fingerprint === fingerprint);
  const isThere = (pin: Pin): boolean => {
    const was = wasOf(pin);
    const isNoted = was !== undefined && was.note !== pin.note;
    return pins.some(
      ({ fingerprint, hosts, note }) =>
        fingerprint === pin.fingerprint && hosts.join(" ") === pin.hosts.join(" ") && (!isNoted || note === pin.note),
    );
  };
  if (!after.every(isThere)) return undefined;
  const others = pins.filter(({ fingerprint }) => !after.some((pin) => pin.fingerprint === fingerprint));
  if (before.some((pin) => others.some(({ fingerprint }) => fingerprint === pin.fingerprint))) return undefined;
  const withLearnt = (pin: Pin): Pin => {
    const learnt = pins.find(({ fingerprint }) => fingerprint === pin.fingerprint)?.confirmed;
    return learnt === undefined ? pin : { ...pin, confirmed: learnt };
  };
  return [...others, ...before.map(withLearnt)];
}
