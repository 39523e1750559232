import * as z from "zod/mini";
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

const MAX_ENTRIES = 200;

const missingIn = (pins: readonly Pin[], from: readonly Pin[]): Pin[] =>
  from.filter((pin) => !pins.some((other) => isEqual(pin, other)));

/** The history with what led from `old` to `now`, oldest first; the same one where nothing did. */
export function remember(
  history: readonly Entry[],
  event: Event,
  at: number,
  old: readonly Pin[],
  now: readonly Pin[],
): readonly Entry[] {
  const entry: Entry = { at, event, before: missingIn(now, old), after: missingIn(old, now) };
  return entry.before.length + entry.after.length === 0 ? history : [...history, entry].slice(-MAX_ENTRIES);
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
