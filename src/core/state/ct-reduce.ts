// How the state changes when certificates are found in the public logs.
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

/** Offered once a connection has matched the pin, and never for pins that are known in private windows alone. */
export const mayMonitor = ({ stored }: State, address: Address): boolean =>
  confirmedAt(address, stored.pins).length > 0;

/** Switches log monitoring of one instance on or off. On, it is due at once. Off, the results so far are kept. */
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

/** Stops log monitoring of instances that aren't pinned any more. */
export const withoutUnpinned = (state: State): State => {
  const isPinned = ({ address }: CtState): boolean => pinsFor(state.stored.pins, address).length > 0;
  return state.ctStates === "unknown" || state.ctStates.every((ctState) => !ctState.on || isPinned(ctState))
    ? state
    : {
        ...state,
        ctStates: state.ctStates.map((ctState) => (isPinned(ctState) ? ctState : { ...ctState, on: false })),
      };
};

/** The instances to ask about. While a new pin waits for its first match, there is nothing to compare with. */
export const activeMonitors = (state: State): CtState[] =>
  state.ctStates === "unknown" ? [] : state.ctStates.filter(({ address, on }) => on && mayMonitor(state, address));

/** How the certificates of an address are recognized, whether log monitoring is on or off. */
export const oursOf = ({ stored, ctStates }: State, address: Address): Ours | undefined => {
  const former = stored.former.filter(({ hosts }) => hosts.includes(address));
  const since = ctStateIn(ctStates, address)?.since ?? pinnedSince(address, stored.pins, stored.history);
  return oursAt(address, stored.pins, former, since);
};

export interface Taken {
  readonly state: State;
  readonly issuances: readonly Issuance[];
  /** Whether it had to be shortened to {@link MAX_ISSUANCES}: then it says nothing about the rest. */
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
  /** Where the next run continues; `undefined` if that stays the same. */
  readonly lastId: string | undefined;
  /** When the run began; its certificates count as found then. */
  readonly at: number;
}

/**
 * Processes one page. What is new in it joins the known certificates. A certificate that isn't ours opens an incident
 * at once, whatever happens to the pages after it.
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

/** Maximum certificates that are kept in full: those that aren't ours first, then the newest. */
const MAX_DER = 300;

/** Certificates that aren't ours are the last to be dropped, and the last to lose their DER. */
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
 * A query begins. If Firefox ends the background before the answer, the next query waits as after a failure. So a
 * service that doesn't answer isn't asked at every start.
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

/** The answer wasn't read to its end. What is known stays, with its date. */
export const failed = (state: State, address: Address, failure: Failure, random: number): State =>
  edit(state, address, (ctState) => {
    const failures = ctState.failures + 1;
    return { ...ctState, failure, failures, dueAt: afterFailure(failure.at, failures, failure.retryAt, random) };
  });

/** The user gave or withdrew the consent in Firefox itself: the query is due at once, or not allowed. */
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

/** The saved certificates can't be read, so all of them are requested again. */
export const forgetLastId = (state: State, address: Address): State =>
  edit(state, address, ({ lastId: _, ...ctState }) => ctState);

/**
 * The pins have changed: classifies each certificate again. An incident of log monitoring ends if none of its issuer's
 * certificates is someone else's any more. Its own certificates must be among them: if the saved list is lost, nothing
 * shows that they are the instance's.
 */
export function reclassify(state: State, address: Address, issuances: readonly Issuance[], at: number): State {
  const ours = oursOf(state, address);
  if (ours === undefined) return state;
  const isForeign = (issuance: Issuance): boolean => classify(issuance, ours) === "not-ours";
  const foreign = new Set(issuances.filter(isForeign).map(({ issuer }) => issuer));
  const known = new Set(issuances.map(identityOf));
  const settled = state.stored.incidents.filter(
    (incident) =>
      incident.address === address &&
      incident.verdict.kind === "logged" &&
      isOpen(incident) &&
      !foreign.has(incident.trustAnchor) &&
      incident.samples.every(({ logged }) => logged !== undefined && known.has(identityOf(logged))),
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

/** The user has read what a wildcard means. It is explained once. */
export const wildcardRead = (state: State, address: Address): State =>
  edit(state, address, (ctState) => ({ ...ctState, wildcardRead: true }));
