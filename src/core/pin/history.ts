import * as z from "zod/mini";
import { ADDRESS } from "../address";
import { MAX_HISTORY } from "../bounds";
import { isEqual } from "../equal";
import { PIN, type Pin } from "./pin";

/** What happened to the pins. */
export const EVENT = z.enum(["pinned", "beside", "changed", "noted", "removed", "in-step", "imported", "undone"]);
export type Event = z.infer<typeof EVENT>;

/** The first addresses of an entry, and how many more it has. */
const SUMMARY = z.strictObject({ hosts: z.array(ADDRESS), more: z.number() });
export type Summary = z.infer<typeof SUMMARY>;

/** One change of the pins, by the user or by a renewal that was accepted without asking. */
export const ENTRY = z.strictObject({
  /** Milliseconds since 1970. */
  at: z.number(),
  event: EVENT,
  /** The pins that it changed or removed, as they were, and those that it changed or added, as they are after it. */
  before: z.array(PIN),
  after: z.array(PIN),
  /** Instead of the pins, in an entry that is too old to be undone. */
  summary: z.exactOptional(SUMMARY),
});
export type Entry = z.infer<typeof ENTRY>;

/** Most are the same objects, and a fingerprint occurs only once. Pins that can't be equal aren't compared. */
function missingIn(pins: readonly Pin[], from: readonly Pin[]): Pin[] {
  const kept = new Set(pins);
  const isThere = (pin: Pin): boolean =>
    kept.has(pin) || pins.some((other) => other.fingerprint === pin.fingerprint && isEqual(pin, other));
  return from.filter((pin) => !isThere(pin));
}

/** Maximum entries that can be undone, and pins in them: an import may change a thousand at once. */
const MAX_UNDO = 200;
const MAX_UNDO_PINS = 2000;
/** Maximum addresses of an entry that are named. */
const MAX_NAMED = 5;

/** What an entry is about. */
export function summaryOf({ before, after, summary }: Entry): Summary {
  if (summary !== undefined) return summary;
  const hosts = [...new Set([...before, ...after].flatMap((pin) => pin.hosts))];
  return { hosts: hosts.slice(0, MAX_NAMED), more: Math.max(0, hosts.length - MAX_NAMED) };
}

/**
 * The history with the change from `old` to `now`, oldest first; the same history if nothing changed. The oldest
 * entries make room for it.
 */
export function remember(
  history: readonly Entry[],
  event: Event,
  at: number,
  old: readonly Pin[],
  now: readonly Pin[],
): readonly Entry[] {
  const entry: Entry = { at, event, before: missingIn(now, old), after: missingIn(old, now) };
  return entry.before.length + entry.after.length === 0 ? history : shortened([...history, entry]);
}

/** As many entries as may be kept. The oldest of them lose their pins; the newest always keeps them. */
function shortened(history: readonly Entry[]): readonly Entry[] {
  const kept = history.slice(-MAX_HISTORY);
  let left = MAX_UNDO_PINS;
  const full = kept.findLastIndex(({ before, after }) => (left -= before.length + after.length) < 0);
  const first = Math.min(Math.max(full + 1, kept.length - MAX_UNDO), kept.length - 1);
  return kept.map((entry, index) =>
    index >= first || entry.summary !== undefined
      ? entry
      : { at: entry.at, event: entry.event, before: [], after: [], summary: summaryOf(entry) },
  );
}

/**
 * The pins as they were before an entry, with what Latchkey has learned about them since.
 * @returns `undefined` if they were changed again later, so that undoing would undo more; also if the entry is too old
 */
export function undone({ before, after, summary }: Entry, pins: readonly Pin[]): Pin[] | undefined {
  if (summary !== undefined) return undefined;
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
    const learned = pins.find(({ fingerprint }) => fingerprint === pin.fingerprint)?.confirmed;
    return learned === undefined ? pin : { ...pin, confirmed: learned };
  };
  return [...others, ...before.map(withLearnt)];
}
