// What changes the known versions: a report of an instance, the list of osv.dev, and the user.
import type { Address } from "../address";
import { MAX_HISTORY } from "../bounds";
import type { Advisory, Fix } from "../version/advisory";
import type { Sha256 } from "../tls/digest";
import { EMPTY_FEED, namesOf, type Feed, type FeedFailure } from "../version/osv";
import { adviceAt, askedAt, hostsOf, isLost, newTo } from "./version-advice";
import { openIncidents } from "./reduce";
import type { Result } from "../result";
import { DAY, hasPassed } from "../schedule";
import { isWatched, windowStateOf, type Check, type State } from "./state";
import { isOurs, isRed } from "../incident/verdict";
import {
  EMPTY_VERSIONS,
  type Asked,
  type Override,
  type SeenVersion,
  type Untold,
  type VersionState,
  type VersionEntry,
} from "../version/version-state";

/** An older check says nothing about the connection now. */
const RECENT = 60 * 1000;
/** How soon an instance is asked again if its version was lost, and perhaps a block with it. */
const SOON = 10 * 60 * 1000;
const MAX_NOTIFIED = 1000;

/** If the saved data is damaged, the next change records that. What was lost is asked for again. */
function edit(state: State, at: number, change: (stored: VersionState) => VersionState): State {
  const { versions = EMPTY_VERSIONS } = state;
  const lost: VersionState = { ...EMPTY_VERSIONS, lost: true };
  const stored = versions === "unknown" ? note(lost, { at, event: "damaged", ids: [] }) : versions;
  const next = change(stored);
  return next === versions ? state : { ...state, versions: next };
}

function note(stored: VersionState, entry: VersionEntry): VersionState {
  const history = [...stored.history, entry].slice(-MAX_HISTORY);
  const forgotten = (stored.forgotten ?? 0) + stored.history.length + 1 - history.length;
  return { ...stored, history, ...(forgotten === 0 ? {} : { forgotten }) };
}

/** One entry per instance, and none of an instance that isn't pinned any more. */
const put = <T extends { readonly address: Address }>(state: State, entries: readonly T[], entry: T): T[] => {
  const hosts = hostsOf(state, entry.address);
  const pinned = new Set(state.stored.pins.flatMap((pin) => pin.hosts));
  return [...entries.filter(({ address }) => !hosts.includes(address) && pinned.has(address)), entry];
};

const idsOf = (advisories: readonly Advisory[]): string[] => advisories.map(({ id }) => id);

/** An instance that is asked now, or that was asked and reported nothing. */
export const noteAsked = (state: State, asked: Asked): State =>
  edit(state, asked.at, (stored) => ({ ...stored, asked: put(state, stored.asked, asked) }));

/** The instance reported nothing this time: its last version stays, with its date. */
export const noteUntold = (state: State, address: Address, untold: Untold, at: number): State => {
  const asked = askedAt(state, address) ?? { address, at };
  return noteAsked(state, { ...asked, untold });
};

/** An instance reported its version over a checked connection. */
export function noteVersion(state: State, seen: SeenVersion): State {
  const hosts = hostsOf(state, seen.address);
  if (hosts.length === 0) return state;
  const old = adviceAt(state, seen.address)?.seen.text;
  const kept = edit(state, seen.at, (stored) => {
    const next = { ...stored, seen: put(state, stored.seen, seen) };
    const { address, at, text } = seen;
    return old === text ? next : note(next, { at, event: "reported", address, text, ids: [] });
  });
  return settle(forgetLoss(kept, seen.at), seen.at);
}

function forgetLoss(state: State, at: number): State {
  const isWhole = confirmedHosts(state).every(([host]) => host !== undefined && adviceAt(state, host) !== undefined);
  return isWhole && isLost(state) ? edit(state, at, ({ lost: _, ...stored }) => stored) : state;
}

/**
 * The local page reported a version. Anyone in a foreign network can put up such a page, so it may only fill a gap. If
 * it contradicts what the instance reported over its own certificate, Latchkey only asks the instance again.
 */
export function noteLocalVersion(state: State, seen: SeenVersion): State {
  const known = adviceAt(state, seen.address)?.seen;
  if (known === undefined || known.from === "home") return noteVersion(state, seen);
  if (known.text === seen.text) return state;
  const hosts = hostsOf(state, seen.address);
  return edit(state, seen.at, (stored) => ({
    ...stored,
    asked: stored.asked.filter(({ address }) => !hosts.includes(address)),
  }));
}

/**
 * "Disable this protection at my own risk". It applies only to what was on the screen: nothing happens if the version
 * or the advisories have changed since.
 * @param ids - those of all advisories that were shown
 */
export function override(state: State, address: Address, text: string, ids: readonly string[], at: number): State {
  const advice = adviceAt(state, address);
  if (advice?.seen.text !== text || !advice.blocks || advice.overridden) return state;
  if (idsOf(advice.advisories).toSorted().join(" ") !== ids.toSorted().join(" ")) return state;
  const made: Override = { address, at, text, names: advice.advisories.flatMap(namesOf) };
  return edit(state, at, (stored) =>
    note(
      { ...stored, overrides: put(state, stored.overrides, made) },
      { at, event: "overridden", address, text, ids: [...ids] },
    ),
  );
}

/** The user ends an override. */
export const protectAgain = (state: State, address: Address, at: number): State => {
  const old = adviceAt(state, address)?.override;
  if (old === undefined || old.ended !== undefined) return state;
  return edit(state, at, (stored) =>
    note(
      { ...stored, overrides: stored.overrides.filter((other) => other !== old) },
      { at, event: "taken-back", address, text: old.text, ids: [] },
    ),
  );
};

/**
 * Ends overrides that no longer apply. If no advisory covers the version, the override is deleted. If there is a new
 * advisory or another version, the protection is on again. It stays on even if that advisory is withdrawn later.
 */
export function settle(state: State, at: number): State {
  const { versions } = state;
  if (versions === undefined || versions === "unknown") return state;
  return versions.overrides.reduce((next, old) => settleOne(next, old, at), state);
}

function settleOne(state: State, old: Override, at: number): State {
  const advice = adviceAt(state, old.address);
  if (advice?.override !== old || old.ended !== undefined || advice.overridden) return state;
  const { address } = old;
  const { text } = advice.seen;
  if (advice.understood && advice.advisories.length === 0)
    return edit(state, at, (stored) =>
      note(
        { ...stored, overrides: stored.overrides.filter((other) => other !== old) },
        { at, event: "cleared", address, text, ids: [] },
      ),
    );
  const ids = idsOf(newTo(old, advice.advisories));
  if (ids.length === 0 && text === old.text) return state; // none is new, and none blocks any more
  return edit(state, at, (stored) =>
    note(
      {
        ...stored,
        overrides: stored.overrides.map((other) => (other === old ? { ...old, ended: { at, ids } } : other)),
      },
      { at, event: "re-armed", address, text, ids },
    ),
  );
}

/** Gives or ends the consent to asking osv.dev. Without it, only the shipped advisories stay. */
export const setFeed = (state: State, on: boolean, at: number): State =>
  settle(
    edit(state, at, (stored) => ({ ...stored, feed: on ? { ...stored.feed, on } : EMPTY_FEED })),
    at,
  );

export const isFeedDue = ({ on, tried }: Feed, now: number): boolean => on && hasPassed(tried, DAY, now);

export const noteFeedTried = (state: State, at: number): State =>
  edit(state, at, (stored) => ({ ...stored, feed: { ...stored.feed, tried: at } }));

/** A good answer replaces the last one. After a failure, the last one stays, with its date. */
export const noteFeed = (
  state: State,
  answer: Result<Pick<Feed, "advisories" | "unread">, FeedFailure>,
  at: number,
): State =>
  settle(
    edit(state, at, (stored) => {
      const feed = withoutFailure(stored.feed);
      if (!feed.on) return stored;
      return { ...stored, feed: answer.ok ? { ...feed, ...answer.value, at } : { ...feed, failure: answer.error } };
    }),
    at,
  );

const withoutFailure = ({ failure: _, ...feed }: Feed): Feed => feed;

/** An instance to ask now: its address, and the certificate that it has shown. */
export interface Due {
  readonly address: Address;
  readonly leaf: Sha256;
}

/**
 * The instances to ask: once a day and after each change of the certificate. A new connection must have just shown that
 * it is the instance. None is asked while someone else answers.
 */
export function dueAt(state: State, now: number): Due[] {
  const isProven = ({ at, fresh, verdict }: Check): boolean => fresh && isOurs(verdict) && !hasPassed(at, RECENT, now);
  // Called after each change, and most changes prove nothing: then the pins aren't searched.
  const proven = windowStateOf(state, false).checks.filter(isProven);
  if (proven.length === 0) return [];
  return askable(state).flatMap((hosts) => {
    const due = hosts.flatMap((address) => {
      const leaf = proven.find((check) => check.address === address)?.handshake?.leaf.sha256;
      if (leaf === undefined) return [];
      const asked = askedAt(state, address);
      return asked?.leaf === leaf && !hasPassed(asked.at, pauseAt(state, address), now) ? [] : [{ address, leaf }];
    });
    return due.slice(0, 1);
  });
}

/** The instances that nobody has visited for a day: they are checked first. */
export const overdueAt = (state: State, now: number): Address[] =>
  askable(state).flatMap((hosts) =>
    hosts.filter((address) => hasPassed(askedAt(state, address)?.at ?? 0, pauseAt(state, address), now)).slice(0, 1),
  );

const pauseAt = (state: State, address: Address): number =>
  isLost(state) && adviceAt(state, address) === undefined ? SOON : DAY;

const confirmedHosts = ({ stored, damage }: State): Address[][] =>
  damage === undefined ? stored.pins.filter(({ confirmed }) => confirmed !== undefined).map(({ hosts }) => hosts) : [];

/** The watched addresses of each instance, unless someone else has answered at one of them. */
const askable = (state: State): Address[][] => {
  const attacked = openIncidents(state, false)
    .filter(({ verdict }) => isRed(verdict))
    .map(({ address }) => address);
  return confirmedHosts(state)
    .filter((hosts) => !hosts.some((address) => attacked.includes(address)))
    .map((hosts) => hosts.filter((address) => isWatched(state, address, false)));
};

/** An instance whose version blocks, with the advisories that the user wasn't notified about yet. */
export interface Alarm {
  readonly address: Address;
  readonly text: string;
  readonly fix: Fix | undefined;
  readonly advisories: readonly Advisory[];
}

/** The notifications to show now, and the state after them: once per instance and advisory that blocks. */
export function takeAlarms(state: State, at: number): [State, Alarm[]] {
  const { notified } = state.versions === undefined || state.versions === "unknown" ? EMPTY_VERSIONS : state.versions;
  const alarms = confirmedHosts(state).flatMap(([address]) => {
    const advice = address === undefined ? undefined : adviceAt(state, address);
    if (address === undefined || advice === undefined) return [];
    const advisories = advice.advisories.filter(
      (advisory) => advisory.blocks && !namesOf(advisory).some((name) => notified.includes(`${address} ${name}`)),
    );
    return advisories.length === 0 ? [] : [{ address, text: advice.seen.text, fix: advice.fix, advisories }];
  });
  if (alarms.length === 0) return [state, []];
  const more = alarms.flatMap(({ address, advisories }) => advisories.map(({ id }) => `${address} ${id}`));
  return [
    edit(state, at, (stored) => ({ ...stored, notified: [...stored.notified, ...more].slice(-MAX_NOTIFIED) })),
    alarms,
  ];
}
