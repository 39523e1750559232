// What is saved of the instances' versions, under a separate key.
import * as z from "zod/mini";
import { ADDRESS } from "../address";
import { FORMAT } from "../migrate";
import { SHA256 } from "../tls/digest";
import { EMPTY_FEED, FEED } from "./osv";

/** Longer than any version so far. A longer text is refused. */
export const VERSION_TEXT = z.string().check(z.minLength(1), z.maxLength(50));

/** A version that an instance reported: over a checked connection, or on its local page. */
const SEEN = z.strictObject({
  address: ADDRESS,
  text: VERSION_TEXT,
  /** Milliseconds since 1970. */
  at: z.number(),
  from: z.enum(["remote", "home"]),
});
export type SeenVersion = z.infer<typeof SEEN>;

/** Why an instance reported no version. */
export const UNTOLD = z.enum([
  "version-not-checked",
  "version-closed",
  "version-late",
  "version-malformed",
  "version-too-large",
]);
export type Untold = z.infer<typeof UNTOLD>;

const ASKED = z.strictObject({
  address: ADDRESS,
  at: z.number(),
  /** The certificate at that time: if it changes, the instance is asked again. */
  leaf: z.exactOptional(SHA256),
  untold: z.exactOptional(UNTOLD),
});
export type Asked = z.infer<typeof ASKED>;

/** "Disable this protection at my own risk": for these advisories, by all their names, and for this version alone. */
const OVERRIDE = z.strictObject({
  address: ADDRESS,
  at: z.number(),
  text: VERSION_TEXT,
  names: z.array(z.string()),
  /**
   * Since when protection is on again, and the new advisories that caused it. Without new ones, another version did.
   */
  ended: z.exactOptional(z.strictObject({ at: z.number(), ids: z.array(z.string()) })),
});
export type Override = z.infer<typeof OVERRIDE>;

export const VERSION_EVENT = z.enum(["reported", "overridden", "taken-back", "re-armed", "cleared", "damaged"]);
export type VersionEvent = z.infer<typeof VERSION_EVENT>;
const VERSION_ENTRY = z.strictObject({
  at: z.number(),
  event: VERSION_EVENT,
  address: z.exactOptional(ADDRESS),
  text: z.exactOptional(VERSION_TEXT),
  /** The advisories it was about. */
  ids: z.array(z.string()),
});
export type VersionEntry = z.infer<typeof VERSION_ENTRY>;

export const VERSION_STATE = z.strictObject({
  version: z.literal(FORMAT),
  seen: z.array(SEEN),
  asked: z.array(ASKED),
  overrides: z.array(OVERRIDE),
  /** What the user has been notified about: address and advisory. */
  notified: z.array(z.string()),
  feed: FEED,
  /** Set if the saved data was damaged, until every instance has reported its version again. */
  lost: z.exactOptional(z.literal(true)),
  /** Oldest first. */
  history: z.array(VERSION_ENTRY),
  /** How many of its entries were deleted to make room for others. Left out if none. */
  forgotten: z.exactOptional(z.number()),
});
export type VersionState = z.infer<typeof VERSION_STATE>;

export const EMPTY_VERSIONS: VersionState = {
  version: FORMAT,
  seen: [],
  asked: [],
  overrides: [],
  notified: [],
  feed: EMPTY_FEED,
  history: [],
};
