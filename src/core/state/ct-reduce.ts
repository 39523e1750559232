// What changes the state when certificates are found in the public logs.
import type { Address } from "../address";
import { classify, confirmedAt, count, oursAt, pinnedSince, type Ours } from "../ct/classify";
import { close, isOpen, keyOf, recordAlarm, type Incident, type Sample } from "../incident/incident";
import { isEqual } from "../equal";
import { identityOf, MAX_ISSUANCES, merge, type Issuance } from "../ct/issuance";
import { CERT_SPOTTER } from "../hosts";
import { pinsFor } from "../pin/pin";
import { newCtState, ctStateIn, type Failure, type CtState } from "../ct/ct-state";
import { afterAnswer, afterFailure } from "../schedule";
import type { State } from "./state";

const edit = (state: State, address: Address, change: (ctState: CtState) => CtState): State => {
  if (state.ctStates === "unknown") return state;
  const old = ctStateIn(state.ctStates, address);
  const next = old === undefined ? undefined : change(old);
  return next === undefined || isEqual(next, old)
    ? state
    : { ...state, ctStates: state.ctStates.map((ctState) => (ctState === old ? next : ctState)) };
};

/** Offered once a connection has matched the pin, and never for what is known in private windows alone. */
export const mayMonitor = ({ stored }: State, address: Address): boolean =>
  confirmedAt(address, stored.pins).length > 0;

/** The switch of one instance. Switched on it is due at once; switched off, what it told is kept. */
export function setMonitoring(state: State, address: Address, on: boolean): State {
  const ctStates = state.ctStates === "unknown" ? [] : state.ctStates;
  const old = ctStateIn(ctStates, address);
  if (on && !mayMonitor(state, address)) return state;
  if (old === undefined && !on) return { ...state, ctStates };
  const { stored } = state;
  const fresh = old ?? newCtState(address, pinnedSince(address, stored.pins, stored.history));
  const others = ctStates.filter((ctState) => ctState !== old);
  // At once, unless the service itself has said when.
  const due = on ? { dueAt: fresh.failure?.retryAt ?? 0, failures: 0 } : {};
  return { ...state, ctStates: [...others, { ...fresh, on, ...due }] };
}

/** An instance that is not pinned any more is not asked about any more. */
export const withoutUnpinned = (state: State): State => {
  const isPinned = ({ address }: CtState): boolean => pinsFor(state.stored.pins, address).length > 0;
  return state.ctStates === "unknown" || state.ctStates.every((ctState) => !ctState.on || isPinned(ctState))
    ? state
    : {
        ...state,
        ctStates: state.ctStates.map((ctState) => (isPinned(ctState) ? ctState : { ...ctState, on: false })),
      };
};

/** Those that are asked about: while a new pin waits for its first match, there is nothing to compare with. */
export const activeMonitors = (state: State): CtState[] =>
  state.ctStates === "unknown" ? [] : state.ctStates.filter(({ address, on }) => on && mayMonitor(state, address));

/** What the certificates of an address are known by, whether or not log monitoring is on. */
export const oursOf = ({ stored, ctStates }: State, address: Address): Ours | undefined => {
  const former = stored.former.filter(({ hosts }) => hosts.includes(address));
  const since = ctStateIn(ctStates, address)?.since ?? pinnedSince(address, stored.pins, stored.history);
  return oursAt(address, stored.pins, former, since);
};

export interface Taken {
  readonly state: State;
  readonly issuances: readonly Issuance[];
  /** Whether it had to be cut to {@link MAX_ISSUANCES}: then it says nothing of the rest. */
  readonly isFull: boolean;
  /** Incidents to notify the user about. */
  readonly notify: readonly Incident[];
}

/** One page of an answer. */
export interface Page {
  readonly address: Address;
  /** The certificates found so far. */
  readonly known: readonly Issuance[];
  readonly found: readonly Issuance[];
  /** Where the next run goes on; `undefined` where that stays as it was. */
  readonly lastId: string | undefined;
  /** When the run began, which is when its certificates were found. */
  readonly at: number;
}

/**
 * Takes in one page: what is new in it joins the known certificates, and what is not ours opens an incident at once, whatever
 * becomes of the pages after it.
 */
export function takePage(state: State, { address, known, found, lastId, at }: Page): Taken {
  const ours = oursOf(state, address);
  if (ours === undefined) return { state, issuances: known, isFull: false, notify: [] };
  const had = new Set(known.map(identityOf));
  const all = merge(known, found);
  const issuances = bounded(all, ours);
  const alarming = issuances.filter(
    (issuance) => !had.has(identityOf(issuance)) && classify(issuance, ours) === "not-ours",
  );
  const { state: alarmed, notify } = alarm(state, address, alarming, at);
  const next = edit(alarmed, address, (old) => ({
    ...old,
    counts: count(issuances, ours, old.reviewedAt),
    ...(lastId === undefined ? {} : { lastId }),
  }));
  return { state: next, issuances, isFull: all.length > MAX_ISSUANCES, notify };
}

/** So many certificates are kept in full: those that are not ours first, then the newest. */
const MAX_DER = 300;

/** What is not ours is the last to give way, and the last to lose its DER. */
function bounded(issuances: readonly Issuance[], ours: Ours): Issuance[] {
  if (issuances.length <= MAX_DER) return [...issuances];
  const isOurs = new Map(issuances.map((issuance) => [issuance, classify(issuance, ours) !== "not-ours"]));
  const byWorth = [...issuances].sort((a, b) => Number(isOurs.get(a)) - Number(isOurs.get(b)));
  const kept = new Set(byWorth.slice(0, MAX_ISSUANCES));
  const whole = new Set(byWorth.slice(0, MAX_DER));
  return issuances.flatMap((issuance) => {
    if (!kept.has(issuance)) return [];
    if (whole.has(issuance)) return [issuance];
    const { der, ...rest } = issuance;
    return der === undefined ? [issuance] : [rest];
  });
}

function alarm(
  state: State,
  address: Address,
  alarming: readonly Issuance[],
  at: number,
): { state: State; notify: Incident[] } {
  const toNotify = new Map<string, Incident>();
  let { stored } = state;
  const pins = pinsFor(stored.pins, address);
  for (const { der, ...logged } of alarming) {
    const sample: Sample = {
      at,
      logged,
      chain: der === undefined ? [] : [der],
      request: { type: "public-logs", method: "GET", url: `https://${CERT_SPOTTER}/v1/issuances` },
    };
    const verdict = { kind: "logged", issuer: logged.issuerName } as const;
    const done = recordAlarm(stored.incidents, { address, verdict, trustAnchor: logged.issuer, sample }, pins);
    stored = { ...stored, incidents: done.incidents, dropped: stored.dropped + done.dropped };
    if (done.notify !== undefined) toNotify.set(keyOf(done.notify), done.notify);
  }
  return { state: stored === state.stored ? state : { ...state, stored }, notify: [...toNotify.values()] };
}

/**
 * It is being asked about. Should Firefox end the background before there is an answer, it waits as after a failure: a
 * service that hangs must not be asked at every start.
 */
export const begun = (state: State, address: Address, at: number, random: number): State =>
  edit(state, address, (ctState) => ({
    ...ctState,
    dueAt: afterFailure(at, ctState.failures + 1, undefined, random),
  }));

/** The answer was read to its end. */
export const answered = (state: State, address: Address, at: number, random: number): State =>
  edit(state, address, ({ failure: _, ...ctState }) => ({
    ...ctState,
    answeredAt: at,
    failures: 0,
    dueAt: afterAnswer(at, random),
  }));

/** It was not: what is known stays, with its age. */
export const failed = (state: State, address: Address, failure: Failure, random: number): State =>
  edit(state, address, (ctState) => {
    const failures = ctState.failures + 1;
    return { ...ctState, failure, failures, dueAt: afterFailure(failure.at, failures, failure.retryAt, random) };
  });

/** The consent was given or taken back in Firefox itself: it is due at once, or cannot be asked. */
export const consentChanged = (state: State, isGiven: boolean, at: number): State =>
  (state.ctStates === "unknown" ? [] : state.ctStates)
    .filter(({ on, dueAt }) => on && dueAt > 0)
    .reduce(
      (next, { address, failure }) =>
        isGiven === (failure?.reason === "permission-gone")
          ? edit(next, address, (ctState) =>
              isGiven ? { ...ctState, dueAt: 0 } : { ...ctState, failure: { at, reason: "permission-gone" } },
            )
          : next,
      state,
    );

/** The saved certificates cannot be read: everything is asked for again. */
export const forgetLastId = (state: State, address: Address): State =>
  edit(state, address, ({ lastId: _, ...ctState }) => ctState);

/**
 * The pins have changed: classifies each certificate again. An incident of log monitoring ends if none of its authority's
 * certificates is someone else's any more.
 */
export function reclassify(state: State, address: Address, issuances: readonly Issuance[], at: number): State {
  const ours = oursOf(state, address);
  if (ours === undefined) return state;
  const foreign = new Set(
    issuances.filter((issuance) => classify(issuance, ours) === "not-ours").map((one) => one.issuer),
  );
  const settled = state.stored.incidents.filter(
    (incident) =>
      incident.address === address &&
      incident.verdict.kind === "logged" &&
      isOpen(incident) &&
      !foreign.has(incident.trustAnchor),
  );
  const incidents = settled.reduce<readonly Incident[]>(
    (all, incident) => close(all, keyOf(incident), "new-certificate", at),
    state.stored.incidents,
  );
  const closed = settled.length === 0 ? state : { ...state, stored: { ...state.stored, incidents: [...incidents] } };
  return edit(closed, address, (old) => ({ ...old, counts: count(issuances, ours, old.reviewedAt) }));
}

/** The user has reviewed the certificates found until then. */
export const markReviewed = (state: State, address: Address, issuances: readonly Issuance[], until: number): State =>
  edit(state, address, (old) => {
    const ours = oursOf(state, address);
    return { ...old, reviewedAt: until, counts: ours === undefined ? old.counts : count(issuances, ours, until) };
  });

/** The user has read what a wildcard means: said once. */
export const wildcardRead = (state: State, address: Address): State =>
  edit(state, address, (ctState) => ({ ...ctState, wildcardRead: true }));
