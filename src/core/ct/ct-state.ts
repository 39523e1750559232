// What is saved of one address in the public logs. Its certificates are saved separately.
import * as z from "zod/mini";
import { DAY } from "../schedule";
import { ADDRESS, type Address } from "../address";
import { FORMAT } from "../migrate";
import type { Counts } from "./classify";

/** Why the logs could not be read to the end. Each reason has its own sentence on screen. */
export const SETBACK = z.enum([
  "offline", // this computer is offline; said only if the user asked
  "permission-gone", // the user withdrew the consent in Firefox
  "unreachable", // no connection, or one that broke
  "timeout", // no complete answer in time
  "redirected", // the service redirects elsewhere, which is not followed
  "status", // an HTTP status other than 200 (its number is saved, too)
  "rate-limited", // the service says that it was asked too often
  "wrong-type", // an answer that isn't JSON
  "too-large",
  "cut-off", // the answer ended early: its JSON is incomplete
  "too-deep",
  "malformed", // JSON of another shape
  "circle", // one of its pages leads back to an earlier one
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
  /** The service's ID of the last certificate that was read. */
  lastId: z.exactOptional(z.string()),
  /** When an answer was last read to its end. Everything that Latchkey says about the logs is as of then. */
  answeredAt: z.exactOptional(z.number()),
  /** Set if the last try failed. `retryAt`: the service asks for no query before then. */
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

/** `unknown` if they can't be read. Then nothing is sent, because it isn't known what the user agreed to. */
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

/** An older answer is shown as old: the logs themselves may lag by two days. */
const FRESH = 3 * DAY;

/** One instance's log monitoring as pages show it: switched off, unreadable (see {@link CtStates}), or on. */
export type CtShown = CtState | "off" | "unknown";

export function shownAt(ctStates: CtStates, address: Address): CtShown {
  if (ctStates === "unknown") return "unknown";
  const ctState = ctStateIn(ctStates, address);
  return ctState?.on === true ? ctState : "off";
}

/**
 * The state of log monitoring in one line, the most urgent first.
 * - `off`; `unknown`; `waiting` for the first answer; `failed` before the first answer
 * - `not-ours`; `review`: there are certificates from before the pin to review; `wildcard`: not explained yet
 * - `clean` as of the last answer; `stale` if that answer is old or the last try failed
 */
export type CtLine = "off" | "unknown" | "waiting" | "failed" | "not-ours" | "review" | "wildcard" | "clean" | "stale";

export function lineOf(ctState: CtShown, now: number): CtLine {
  if (ctState === "unknown" || ctState === "off") return ctState;
  const { counts, answeredAt, failure, wildcardRead } = ctState;
  // A certificate that isn't ours counts even if the rest could not be read.
  if (counts.notOurs > 0) return "not-ours";
  if (answeredAt === undefined) return failure === undefined ? "waiting" : "failed";
  if (counts.beforeNew > 0) return "review";
  if (counts.wildcard > 0 && !wildcardRead) return "wildcard";
  return failure === undefined && now - answeredAt < FRESH ? "clean" : "stale";
}
