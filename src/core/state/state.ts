import * as z from "zod/mini";
import { ADDRESS, isCloudAddress, type Address } from "../address";
import { HANDSHAKE } from "../tls/certificate";
import { INCIDENT, withoutEvidence, type Incident } from "../incident/incident";
import { SHA256, SPKI } from "../tls/digest";
import { FINGERPRINT, GIVEN } from "../tls/fingerprint";
import { REASON } from "../tls/observation";
import { ENTRY } from "../pin/history";
import { PIN, pinsFor, SOURCE, type Pin, type Former } from "../pin/pin";
import { FORMAT } from "../migrate";
import type { CtStates } from "../ct/ct-state";
import { VERDICT } from "../incident/verdict";
import type { VersionState } from "../version/version-state";

/** The newest check of an address that counts: its connection and its verdict. */
export const CHECK = z.strictObject({
  address: ADDRESS,
  /** When the request began, in milliseconds since 1970. */
  at: z.number(),
  verdict: VERDICT,
  handshake: z.exactOptional(HANDSHAKE),
  /** On a connection made for this check alone, so that it shows the network as it is now. */
  fresh: z.boolean(),
  /** Whether checks of this instance prove nothing about the connection of a secret. */
  inconclusive: z.boolean(),
  /** The leaf's DER in base64; empty when it was not asked for, and for addresses that are not pinned. */
  chain: z.array(z.string()),
});
export type Check = z.infer<typeof CHECK>;

/** A check that failed. */
export const FAILURE = z.strictObject({
  address: ADDRESS,
  at: z.number(),
  reason: REASON,
  words: z.exactOptional(z.string()),
});
export type Failure = z.infer<typeof FAILURE>;

export const FORMER = z.strictObject({ hosts: z.array(ADDRESS), spki: SPKI, leaves: z.array(SHA256) });

/** The user's choices and what happened: kept on disk for ordinary windows, in memory for private ones. */
export const STORED_STATE = z.strictObject({
  version: z.literal(FORMAT),
  pins: z.array(PIN),
  /** Confirmed certificates the user has replaced since. */
  former: z.array(FORMER),
  /** "Do not watch this address": someone else's instance. */
  unwatched: z.array(ADDRESS),
  incidents: z.array(INCIDENT),
  /** How many incidents were deleted to make room for others. */
  dropped: z.number(),
  /** What happened to the pins, oldest first. */
  history: z.array(ENTRY),
  /** How many of its entries were deleted to make room for others. Left out if none. */
  forgotten: z.exactOptional(z.number()),
  /** Origins of local pages that are read whenever they are open. */
  localOrigins: z.array(z.string()),
});
export type StoredState = z.infer<typeof STORED_STATE>;

/** A pin that waits for the host permission that the user's click asked for. */
export const PENDING = z.strictObject({
  address: ADDRESS,
  ...GIVEN,
  source: SOURCE,
  replaces: z.exactOptional(FINGERPRINT),
  note: z.exactOptional(z.string()),
  compared: z.exactOptional(z.literal(true)),
  private: z.boolean(),
  at: z.number(),
});
export type Pending = z.infer<typeof PENDING>;

/** A request that was sent and has no answer yet (`core/state/awaited.ts`). */
export const AWAITED = z.strictObject({
  /** Firefox's, of the request. */
  id: z.string(),
  address: ADDRESS,
  tabId: z.int(),
  /** When it was sent: in milliseconds since 1970, and on the clock of `shell/monotonic-clock.ts`. */
  at: z.number(),
  since: z.number(),
  /** Whether it has waited for too long. */
  isLate: z.boolean(),
});
export type Awaited = z.infer<typeof AWAITED>;

/** What is known of one kind of windows, ordinary or private, until Firefox ends. */
export const WINDOW_STATE = z.strictObject({
  checks: z.array(CHECK),
  failures: z.array(FAILURE),
  awaited: z.exactOptional(z.array(AWAITED)),
  /** The watched address a page was last opened at. */
  visited: z.exactOptional(ADDRESS),
  /** Why Guard can't check in windows of this kind, as the last round of probes showed. */
  limit: z.exactOptional(z.enum(["no-timing", "coarse-clock"])),
  /** Pinned addresses whose newest request went through a proxy that Guard can't check through. */
  proxied: z.exactOptional(z.array(ADDRESS)),
});
export type WindowState = z.infer<typeof WINDOW_STATE>;

/** What is known of one of Firefox's pools of connections to an address: one for each container and for private windows. */
export const POOL = z.strictObject({
  name: z.string(),
  /** When a request that may have left an open connection was last under way (`shell/monotonic-clock.ts`). */
  keptAt: z.number(),
  /** Firefox's ids of the unfinished requests, and of their tabs. */
  underWay: z.array(z.strictObject({ id: z.string(), tabId: z.int() })),
  /** Tabs that used it. Firefox doesn't tell an extension the container of a tab, only that of a request. */
  tabs: z.array(z.int()),
});
export type Pool = z.infer<typeof POOL>;

/** How thoroughly Guard checks: how likely an attacker's guess is to be right (`guard.ts`). */
export const GUARD_LEVEL = z.enum(["thorough", "quick"]);
export type GuardLevel = z.infer<typeof GUARD_LEVEL>;

/**
 * The levels that the user chose, by address; an address without one is at `thorough`. So is one whose level can't be
 * read, or is known only to a newer version. A bad level can't switch Guard off or weaken it.
 */
export const LEVELS = z.catch(
  z.array(z.strictObject({ address: ADDRESS, level: z.catch(GUARD_LEVEL, "thorough") })),
  [],
);
export type Levels = z.infer<typeof LEVELS>;

/** Lasts until Firefox ends. */
export const SESSION = z.strictObject({
  version: z.literal(FORMAT),
  ordinary: WINDOW_STATE,
  private: WINDOW_STATE,
  /** What private windows add to the stored state. It never reaches the disk. */
  privateStored: STORED_STATE,
  pending: z.array(PENDING),
  /** Tabs in which the user opened a blocked instance anyway. */
  bypassed: z.array(z.strictObject({ tabId: z.int(), address: ADDRESS })),
  pools: z.array(POOL),
  /** When pools were last left out of the list because there were too many (`shell/monotonic-clock.ts`). */
  poolsLostAt: z.exactOptional(z.number()),
  /** Firefox's ids of unfinished requests with a secret, and since when they wait or are under way (the same clock). */
  secrets: z.array(z.strictObject({ id: z.string(), at: z.number() })),
  /** The major version of this Firefox, once it is known; 0 if it is unknown. */
  firefox: z.exactOptional(z.int()),
  /**
   * Caches of Firefox that were cleared since the instance was pinned, by address and container (`stored-copies.ts`).
   */
  cleared: z.exactOptional(z.array(z.string())),
  /** Whether the servers of instances want a client certificate, if known. */
  clientCertificates: z.exactOptional(z.array(z.strictObject({ address: ADDRESS, isWanted: z.boolean() }))),
  /** Guard's levels that were chosen in private windows. */
  privateLevels: z.exactOptional(LEVELS),
  /** Addresses that private windows watch, although the user stopped watching them in an ordinary window. */
  privateWatched: z.exactOptional(z.array(ADDRESS)),
});
export type Session = z.infer<typeof SESSION>;

/**
 * Addresses under Guard. Saved separately, so that damage to the other saved data doesn't switch Guard off. `unknown`
 * if they can't be read.
 */
export const GUARDED = z.strictObject({
  version: z.literal(1),
  addresses: z.array(ADDRESS),
  /** The major version of Firefox that the user lets Guard work with. */
  firefox: z.exactOptional(z.int()),
  /** Guard's levels. Left out before version 0.2, and when all are `thorough`. */
  levels: z.exactOptional(LEVELS),
});
export type Guarded = readonly Address[] | "unknown";

/** Instances in whose stored data someone may have left something. Saved separately, because it is no evidence. */
export const TO_CLEAR = z.strictObject({
  version: z.literal(FORMAT),
  instances: z.array(
    z.strictObject({
      address: ADDRESS,
      /** Whether Firefox has removed what it can by itself; the rest goes with the instance's next page. */
      removed: z.boolean(),
    }),
  ),
  /** Instances whose workers and their caches are to be removed; the login stays. Left out before version 0.2. */
  workers: z.exactOptional(z.array(ADDRESS)),
});
export type ToClear = z.infer<typeof TO_CLEAR>["instances"][number];

export interface State {
  readonly stored: StoredState;
  readonly session: Session;
  readonly guarded: Guarded;
  /** The version of Firefox that the user lets Guard work with. */
  readonly acceptedFirefox?: number;
  /** Guard's levels. Left out when all are `thorough`. */
  readonly levels?: Levels;
  /** Left out if there are none. */
  readonly toClear?: readonly ToClear[];
  /** Instances whose workers are removed at their next page. Left out if there are none. */
  readonly workersToClear?: readonly Address[];
  /** The instances' reported versions; `unknown` if they can't be read: they are asked again. */
  readonly versions?: VersionState | "unknown";
  /** What is known from the public logs, for each instance whose user agreed to the queries. */
  readonly ctStates: CtStates;
  /** Why the saved data on the disk can't be read, if so. Then nothing is written, and nothing is shown as safe. */
  readonly damage?: string;
  /** Why changes can't be saved to the disk, in Firefox's words, if so. */
  readonly unsaved?: string;
}

export const EMPTY_STORED_STATE: StoredState = {
  version: FORMAT,
  pins: [],
  former: [],
  unwatched: [],
  incidents: [],
  dropped: 0,
  history: [],
  localOrigins: [],
};
const EMPTY_WINDOW_STATE: WindowState = { checks: [], failures: [] };
export const EMPTY_SESSION: Session = {
  version: FORMAT,
  ordinary: EMPTY_WINDOW_STATE,
  private: EMPTY_WINDOW_STATE,
  privateStored: EMPTY_STORED_STATE,
  pending: [],
  bypassed: [],
  pools: [],
  secrets: [],
};

/**
 * The part of a session that must not be lost: without the checks, so that nothing is shown as safe, and without
 * evidence.
 */
export const leanSession = (session: Session): Session => ({
  ...session,
  ordinary: { ...session.ordinary, checks: [] },
  private: { ...session.private, checks: [] },
  privateStored: {
    ...session.privateStored,
    incidents: session.privateStored.incidents.map(withoutEvidence),
  },
});

export const windowStateOf = ({ session }: State, isPrivate: boolean): WindowState =>
  isPrivate ? session.private : session.ordinary;

/** The pins that apply in a window: the saved ones; in private windows also their own, and what was learned there. */
export function pinsOf({ stored, session }: State, isPrivate: boolean): Pin[] {
  if (!isPrivate) return stored.pins;
  const own = session.privateStored.pins;
  const kept = stored.pins.map((pin) => {
    const learned = own.find(({ fingerprint }) => fingerprint === pin.fingerprint)?.confirmed;
    return learned === undefined ? pin : { ...pin, confirmed: learned };
  });
  return [...own.filter(({ fingerprint }) => !kept.some((pin) => pin.fingerprint === fingerprint)), ...kept];
}

export const pinsAt = (state: State, address: Address, isPrivate: boolean): Pin[] =>
  pinsFor(pinsOf(state, isPrivate), address);

/** Incidents of ordinary windows show everywhere; those of private windows only there. */
export const incidentsOf = ({ stored, session }: State, isPrivate: boolean): Incident[] =>
  isPrivate ? [...session.privateStored.incidents, ...stored.incidents] : stored.incidents;

/** Whether an address is one of the user's own, in any kind of window. */
export const isPinned = (state: State, address: Address): boolean => pinsAt(state, address, true).length > 0;

export const formerAt = ({ stored, session }: State, address: Address): Former[] =>
  [...stored.former, ...session.privateStored.former].filter(({ hosts }) => hosts.includes(address));

/** A choice in an ordinary window applies in private ones too, until the user chooses otherwise there. */
export function isUnwatched({ stored, session }: State, address: Address, isPrivate: boolean): boolean {
  if (!isPrivate) return stored.unwatched.includes(address);
  if (session.privateStored.unwatched.includes(address)) return true;
  return stored.unwatched.includes(address) && session.privateWatched?.includes(address) !== true;
}

/**
 * Watched: every cloud address and every pinned one, except those the user said not to watch. While the pins can't be
 * read, every address that Firefox lets Latchkey see may be a pinned one.
 */
export const isWatched = (state: State, address: Address, isPrivate: boolean): boolean =>
  !isUnwatched(state, address, isPrivate) &&
  (isCloudAddress(address) || state.damage !== undefined || pinsAt(state, address, isPrivate).length > 0);

/** The addresses that are watched because they are pinned. */
export const watchedAddresses = (state: State, isPrivate: boolean): Address[] =>
  pinsOf(state, isPrivate).flatMap(({ hosts }) => hosts);
