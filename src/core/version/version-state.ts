// What is kept of the instances' versions, under a key of its own.
import * as z from "zod/mini";
import { ADDRESS } from "../address";
import { FORMAT } from "../migrate";
import { SHA256 } from "../tls/digest";
import { EMPTY_FEED, FEED } from "./osv";

/** Longer than any version there has been; what is longer is not taken at all. */
export const VERSION_TEXT = z.string().check(z.minLength(1), z.maxLength(50));

/** A version that an instance has told: over a connection that was checked, or on its local page. */
const SEEN = z.strictObject({
  address: ADDRESS,
  text: VERSION_TEXT,
  /** Milliseconds since 1970. */
  at: z.number(),
  from: z.enum(["remote", "home"]),
});
export type SeenVersion = z.infer<typeof SEEN>;

/** Why an instance told no version. */
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
  /** The certificate then: with another one the instance is asked again. */
  leaf: z.exactOptional(SHA256),
  untold: z.exactOptional(UNTOLD),
});
export type Asked = z.infer<typeof ASKED>;

/** "Disable this protection at my own risk": for these advisories, by all their names, and this version alone. */
const OVERRIDE = z.strictObject({
  address: ADDRESS,
  at: z.number(),
  text: VERSION_TEXT,
  names: z.array(z.string()),
  /** Protection is on again by itself since then: for these new advisories, or another version where there are none. */
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
  /** What the user has been notified of: address and advisory. */
  notified: z.array(z.string()),
  feed: FEED,
  /** Set where what was kept before was damaged, until every instance has told its version again. */
  lost: z.exactOptional(z.literal(true)),
  /** Oldest first. */
  history: z.array(VERSION_ENTRY),
  /** Entries of it that had to make room. Left out where there are none. */
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
