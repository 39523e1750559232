// What is remembered of one address in the public logs, except its certificates, which are saved apart.
import * as z from "zod/mini";
import { DAY } from "../schedule";
import { ADDRESS, type Address } from "../address";
import { FORMAT } from "../migrate";
import type { Counts } from "./classify";

/** Why the logs could not be read to the end. Each has a sentence of its own on screen. */
export const SETBACK = z.enum([
  "offline", // this computer is; said only where the user asked
  "permission-gone", // the consent was taken back in Firefox
  "unreachable", // no connection, or one that broke
  "timeout", // no answer, or none to its end, in time
  "redirected", // the service sends elsewhere: not followed
  "status", // another HTTP status than 200 (its number beside)
  "rate-limited", // asked too often, says the service
  "wrong-type", // an answer, but no JSON
  "too-large",
  "cut-off", // the answer ended early: JSON that is not whole
  "too-deep",
  "malformed", // JSON of another shape
  "circle", // its pages lead in a circle
  "too-many", // more pages, or more certificates, than are read at once
]);
export type Setback = z.infer<typeof SETBACK>;

const COUNTS = z.strictObject({
  ours: z.number(),
  before: z.number(),
  beforeNew: z.number(),
  wildcard: z.number(),
  notOurs: z.number(),
});

/** Times in milliseconds since 1970. */
export const CT_STATE = z.strictObject({
  address: ADDRESS,
  /** The user's consent: the host name may be sent once a day. */
  on: z.boolean(),
  /** Since when the instance is pinned; kept from the first consent on. */
  since: z.number(),
  /** The service's name for the last certificate that was read. */
  lastId: z.exactOptional(z.string()),
  /** When an answer was last read to its end: everything Latchkey says about the logs is as of then. */
  answeredAt: z.exactOptional(z.number()),
  /** Set while the last try failed. `retryAt`: not before then, says the service. */
  failure: z.exactOptional(
    z.strictObject({
      at: z.number(),
      reason: SETBACK,
      status: z.exactOptional(z.number()),
      retryAt: z.exactOptional(z.number()),
    }),
  ),
  /** Failures in a row. */
  failures: z.number(),
  dueAt: z.number(),
  counts: COUNTS,
  /** The user has reviewed the certificates found until then. */
  reviewedAt: z.number(),
  /** The user has read what a wildcard means. */
  wildcardRead: z.boolean(),
});
export type CtState = z.infer<typeof CT_STATE>;
export type Failure = NonNullable<CtState["failure"]>;

/** `unknown` where they cannot be read: then nothing is sent, for nobody knows what was agreed to. */
export const CT_STATES = z.strictObject({ version: z.literal(FORMAT), records: z.array(CT_STATE) });
export type CtStates = readonly CtState[] | "unknown";

export const NO_COUNTS: Counts = { ours: 0, before: 0, beforeNew: 0, wildcard: 0, notOurs: 0 };

export const newCtState = (address: Address, since: number): CtState => ({
  address,
  on: true,
  since,
  failures: 0,
  dueAt: 0,
  counts: NO_COUNTS,
  reviewedAt: 0,
  wildcardRead: false,
});

export const ctStateIn = (ctStates: CtStates, address: Address): CtState | undefined =>
  ctStates === "unknown" ? undefined : ctStates.find((ctState) => ctState.address === address);

/** An answer older than that is said to be old: the logs themselves may lag by two days. */
const FRESH = 3 * DAY;

/** One instance's log monitoring as pages show it: switched off, not to be read (see {@link CtStates}), or on. */
export type CtShown = CtState | "off" | "unknown";

export function shownAt(ctStates: CtStates, address: Address): CtShown {
  if (ctStates === "unknown") return "unknown";
  const ctState = ctStateIn(ctStates, address);
  return ctState?.on === true ? ctState : "off";
}

/**
 * The state of log monitoring in one line, the most urgent first.
 * - `off`, `unknown`, `waiting` for the first answer, `failed` before there was any
 * - `not-ours`, `review`: certificates from before the pin are to be reviewed, `wildcard` not explained yet
 * - `clean` as of the last answer, `stale` where that answer is old or the last try failed
 */
export type CtLine = "off" | "unknown" | "waiting" | "failed" | "not-ours" | "review" | "wildcard" | "clean" | "stale";

export function lineOf(ctState: CtShown, now: number): CtLine {
  if (ctState === "unknown" || ctState === "off") return ctState;
  const { counts, answeredAt, failure, wildcardRead } = ctState;
  // What was found stands, whether or not the rest could be read.
  if (counts.notOurs > 0) return "not-ours";
  if (answeredAt === undefined) return failure === undefined ? "waiting" : "failed";
  if (counts.beforeNew > 0) return "review";
  if (counts.wildcard > 0 && !wildcardRead) return "wildcard";
  return failure === undefined && now - answeredAt < FRESH ? "clean" : "stale";
}
