// How observations change the state, and what the user says about addresses and incidents.
import type { Address } from "../address";
import { boundChain, keepNewest, MAX_ENTRIES, MAX_LEAF, MAX_WORDS } from "../bounds";
import { askWorkers } from "./clear";
import { editStored, editEverywhere, editWindowState, putPin, stopWatching, watchAgain } from "./edit";
import type { Fingerprint } from "../tls/fingerprint";
import { forgetLevels } from "./guard-level";
import { close, isEcho, isOpen, keyOf, record, type Closing, type Incident } from "../incident/incident";
import type { Anchor } from "../tls/certificate";
import type { Sha256 } from "../tls/digest";
import type { Observation } from "../tls/observation";
import { learn } from "../pin/pin";
import { hasPassed } from "../schedule";
import {
  EMPTY_STORED_STATE,
  formerAt,
  incidentsOf,
  isPinned,
  isWatched,
  pinsAt,
  pinsOf,
  windowStateOf,
  type Check,
  type Failure,
  type Pending,
  type State,
} from "./state";
import { doubtCopies } from "./stored-copies";
import { isOurs, isRed, judge, judgeBy, type Unanswered, type Verdict } from "../incident/verdict";

/** The next state, and what to notify the user about at once. */
export interface Step {
  readonly state: State;
  readonly notify?: Incident;
}

/** Minimum time between checks that say the same, in ms. Otherwise a page of forty images would write forty times. */
export const SAME_CHECK = 1000;

/** The verdict on an observation in this state; `undefined` if it says nothing (not watched, or from the cache). */
export function verdictOf(state: State, observation: Observation): Verdict | undefined {
  const { address, freshness, seen } = observation;
  if (!isWatched(state, address, observation.private)) return undefined;
  if (state.damage !== undefined && seen.kind === "tls")
    return judge({ kind: "nothing", reason: "storage-damaged" }, []);
  return judgeBy(freshness, seen, pinsAt(state, address, observation.private), formerAt(state, address));
}

/** The trust anchor that a leaf had at its last check; `undefined` if the last check showed another one, or no anchor. */
export function knownAnchor(
  state: State,
  of: Pick<Observation, "address" | "private">,
  leaf: Sha256,
): Anchor | undefined {
  const handshake = windowStateOf(state, of.private).checks.find(({ address }) => address === of.address)?.handshake;
  const isKnown = handshake?.leaf.sha256 === leaf && handshake.anchor.kind !== "unknown";
  return isKnown ? handshake.anchor : undefined;
}

/** Processes one observation: the pin learns, an incident is recorded, the newest check is kept. */
export function observe(state: State, observation: Observation): Step {
  const verdict = verdictOf(state, observation);
  if (verdict === undefined) return { state };
  if (verdict.kind === "unchecked") return { state: noteFailure(state, observation, verdict) };
  // If a probe's answer came over an older connection, it says nothing about the network now. Red still counts.
  if (observation.probe === "reused" && !isRed(verdict)) return { state };

  const learned = isOurs(verdict) ? learnFrom(state, observation, verdict.pin) : state;
  if (!isRed(verdict)) return { state: noteCheck(learned, observation, verdict) };
  const { recorded, notify } = recordIncident(learned, observation, verdict);
  // An answer from the cache is evidence of the past, not of the connection: the newest check stays.
  const next = observation.freshness === "cached" ? recorded : noteCheck(recorded, observation, verdict);
  return { state: next, ...(notify === undefined ? {} : { notify }) };
}

type Unchecked = Extract<Verdict, { kind: "unchecked" }>;

const newest = <T extends { readonly address: Address }>(state: State, entries: readonly T[]): T[] => [
  ...keepNewest(entries, ({ address }) => isPinned(state, address)),
];

/** No request takes longer. If one began this long before a reported one, the clock was set back. */
const LATEST = 10 * 60 * 1000;
const isBefore = (at: number, other: number): boolean => at < other && other - at < LATEST;

/**
 * Whether a probe without an answer began before a check that has succeeded since. The probe carried nothing, and what
 * it says about the network is old. An attacker may still have read a page's own request.
 */
const isOvertaken = (state: State, { address, at, request, ...rest }: Observation): boolean =>
  request.type === "probe" &&
  windowStateOf(state, rest.private).checks.some(
    (check) => check.address === address && isOurs(check.verdict) && isBefore(at, check.at),
  );

function noteFailure(state: State, observation: Observation, { reason, words }: Unchecked): State {
  const { address, at, ...rest } = observation;
  if (isOvertaken(state, observation)) return state;
  const failure: Failure = {
    address,
    at,
    reason,
    ...(words === undefined ? {} : { words: words.slice(0, MAX_WORDS) }),
  };
  return editWindowState(state, rest.private, (side) => ({
    ...side,
    failures: newest(state, [...side.failures.filter((old) => old.address !== address), failure]),
  }));
}

function noteCheck(state: State, observation: Observation, verdict: Verdict): State {
  const { address, at, seen, chain = [] } = observation;
  const fresh = observation.probe === "fresh";
  // Shown in the popup's details. An unpinned address may be one of many that an attacker has opened.
  const leafOf = (der: readonly string[]): string[] =>
    isPinned(state, address) ? boundChain(der.slice(0, 1), MAX_LEAF) : [];
  return editWindowState(state, observation.private, (side) => {
    const old = side.checks.find((check) => check.address === address);
    const failed = side.failures.find((failure) => failure.address === address);
    const overcame = failed !== undefined && !isBefore(at, failed.at);
    const leaf = seen.kind === "tls" ? seen.handshake.leaf.sha256 : undefined;
    const same = old?.verdict.kind === verdict.kind && old.handshake?.leaf.sha256 === leaf;
    const isNews =
      old === undefined || (!isBefore(at, old.at) && (!same || fresh || hasPassed(old.at, SAME_CHECK, at)));
    // Any answer can show this, in any order, even if its check is no news.
    const inconclusive = observation.inconclusive ?? old?.inconclusive ?? false;
    if (!isNews && !overcame) {
      if (inconclusive === old.inconclusive) return side;
      return {
        ...side,
        checks: side.checks.map((other) => (other === old ? { ...old, inconclusive: inconclusive } : other)),
      };
    }
    // From its second check on, the renewed leaf is a known one. The renewal is shown until Firefox ends.
    const wasRenewed =
      old?.verdict.kind === "renewed" && verdict.kind === "match" && old.handshake?.leaf.sha256 === leaf;
    const check: Check = {
      address,
      at,
      fresh,
      verdict: wasRenewed ? { ...verdict, kind: "renewed" } : verdict,
      ...(seen.kind === "tls" ? { handshake: seen.handshake } : {}),
      inconclusive: inconclusive,
      chain: leafOf(chain.length === 0 && same ? old.chain : chain),
    };
    return {
      ...side,
      checks: newest(state, [...side.checks.filter((other) => other !== old), check]),
      failures: overcame ? side.failures.filter((other) => other !== failed) : side.failures,
    };
  });
}

function learnFrom(state: State, observation: Observation, fingerprint: Fingerprint): State {
  const { seen } = observation;
  const pin = pinsOf(state, observation.private).find((candidate) => candidate.fingerprint === fingerprint);
  if (pin === undefined || seen.kind !== "tls") return state;
  const learned = learn(pin, seen.handshake);
  return learned === pin ? state : editStored(state, observation.private, (stored) => putPin(stored, learned));
}

function recordIncident(
  state: State,
  observation: Observation,
  verdict: Parameters<typeof record>[2],
): { recorded: State; notify: Incident | undefined } {
  let notify: Incident | undefined;
  const recorded = editStored(state, observation.private, (stored) => {
    if (isEcho(stored.incidents, observation)) return stored;
    const done = record(
      stored.incidents,
      observation,
      verdict,
      pinsAt(state, observation.address, observation.private),
    );
    notify = done.notify;
    return { ...stored, incidents: done.incidents, dropped: stored.dropped + done.dropped };
  });
  return { recorded, notify };
}

/** Switches "Do not watch this address" on and off. A private window changes nothing that is saved. */
export const setWatched = (state: State, address: Address, watched: boolean, isPrivate: boolean): State =>
  watched ? doubtCopies(watchAgain(state, address, isPrivate), address) : stopWatching(state, address, isPrivate);

/** Switches Guard for the whole instance: every host of the pins of the address. */
export const setGuard = (state: State, address: Address, on: boolean): State => {
  const hosts = new Set([address, ...pinsAt(state, address, false).flatMap((pin) => pin.hosts)]);
  const others = state.guarded === "unknown" ? [] : state.guarded.filter((other) => !hosts.has(other));
  const doubted = on ? [...hosts].reduce((next, host) => askWorkers(doubtCopies(next, host), host), state) : state;
  return forgetLevels({ ...doubted, guarded: on ? [...others, ...hosts] : others });
};

/** Someone took a guarded request, or a probe of one, and didn't answer. */
export function observeUnanswered(state: State, observation: Observation, carried: Unanswered): Step {
  const { recorded, notify } = recordIncident(state, observation, { kind: "unanswered", carried });
  return { state: recorded, ...(notify === undefined ? {} : { notify }) };
}

/** "Open anyway, this once": in one tab, until it is closed or Firefox ends. */
export const bypass = (state: State, tabId: number, address: Address): State => ({
  ...state,
  session: { ...state.session, bypassed: [...state.session.bypassed, { tabId, address }].slice(-MAX_ENTRIES) },
});

export const tabClosed = (state: State, tabId: number): State =>
  state.session.bypassed.some((other) => other.tabId === tabId)
    ? {
        ...state,
        session: { ...state.session, bypassed: state.session.bypassed.filter((other) => other.tabId !== tabId) },
      }
    : state;

/** Ends an incident as the user chose; unknown or closed ones stay as they are. */
export const closeIncident = (state: State, key: string, how: Closing, at: number): State => {
  const closed = editEverywhere(state, (stored) =>
    stored.incidents.some((incident) => keyOf(incident) === key && isOpen(incident))
      ? { ...stored, incidents: close(stored.incidents, key, how, at) }
      : stored,
  );
  // Firefox may have stored what the attacker sent meanwhile.
  return incidentsOf(state, true)
    .filter((incident) => keyOf(incident) === key)
    .reduce((next, { address }) => doubtCopies(next, address), closed);
};

/** A page was opened at a watched address. A popup without a tab of its own shows this address. */
export const visit = (state: State, address: Address, isPrivate: boolean): State =>
  isWatched(state, address, isPrivate) && windowStateOf(state, isPrivate).visited !== address
    ? editWindowState(state, isPrivate, (side) => ({ ...side, visited: address }))
    : state;

export const addPending = (state: State, pending: Pending): State => ({
  ...state,
  session: {
    ...state.session,
    pending: [...state.session.pending.filter(({ address }) => address !== pending.address), pending].slice(
      -MAX_ENTRIES,
    ),
  },
});

/** Takes out the pins whose permission has now been granted. */
export function takePending(state: State, isGranted: (address: Address) => boolean): [State, Pending[]] {
  const granted = state.session.pending.filter(({ address }) => isGranted(address));
  const pending = state.session.pending.filter(({ address }) => !isGranted(address));
  return granted.length === 0 ? [state, []] : [{ ...state, session: { ...state.session, pending } }, granted];
}

/** The result of saving. @param why - why the changes aren't on the disk; `undefined` if they are */
export const noteSaved = (state: State, why: string | undefined): State =>
  state.unsaved === why ? state : { ...withoutUnsaved(state), ...(why === undefined ? {} : { unsaved: why }) };
const withoutUnsaved = ({ unsaved: _, ...rest }: State): State => rest;

/** Starts again if the saved data was damaged. The caller keeps a copy of the damaged data. */
export const startAgain = ({ damage: _, ...kept }: State): State =>
  forgetLevels({ ...kept, stored: EMPTY_STORED_STATE, guarded: [], ctStates: [] });

export const openIncidents = (state: State, isPrivate: boolean): Incident[] =>
  incidentsOf(state, isPrivate).filter(isOpen);
