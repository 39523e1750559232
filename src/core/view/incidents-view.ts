import { isOpen, keyOf, type Incident } from "../incident/incident";
import { mistakenOf, type Mistaken } from "../incident/mistaken";
import { pinsFor, type Pin } from "../pin/pin";
import { toClearAt } from "../state/clear";
import { incidentsOf, pinsOf, windowStateOf, type Check, type State, type ToClear } from "../state/state";
import { sliceOf, type Slice } from "./slice";

/** A warning as lists show it: without its evidence, which is large. */
export interface IncidentRow extends Omit<Incident, "samples" | "pins"> {
  /** What was pinned instead of a fingerprint, if that is the reason. */
  readonly mistaken?: Mistaken;
}

export function rowOf({ samples, pins: _, ...row }: Incident, pins: readonly Pin[]): IncidentRow {
  const mistaken = mistakenOf({ samples, ...row }, pins);
  return mistaken === undefined ? row : { ...row, mistaken };
}

/** Maximum warnings that the page of all warnings shows at once. */
export const WARNINGS_SHOWN = 20;

/** What the page of all warnings shows: the open ones first, each with its newest on top. */
export interface IncidentsView {
  readonly incidents: Slice<IncidentRow>;
  readonly dropped: number;
  readonly damage: string | undefined;
  readonly unsaved: string | undefined;
}

/** @param from - where in the list the page begins */
export function incidentsViewOf(state: State, isPrivate: boolean, from: number): IncidentsView {
  const sorted = [...incidentsOf(state, isPrivate)].sort(
    (a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.last - a.last,
  );
  const { items, ...slice } = sliceOf(sorted, from, WARNINGS_SHOWN);
  const pins = pinsOf(state, isPrivate);
  return {
    incidents: { ...slice, items: items.map((incident) => rowOf(incident, pins)) },
    dropped: state.stored.dropped + (isPrivate ? state.session.privateStored.dropped : 0),
    damage: state.damage,
    unsaved: state.unsaved,
  };
}

/** What the page of one warning shows. */
export interface IncidentView {
  readonly incident: Incident;
  /** The pins of its address, as they are now. */
  readonly pins: readonly Pin[];
  readonly check: Check | undefined;
  readonly toClear: ToClear | undefined;
}

/** @returns `undefined` if the warning was deleted to make room for others */
export function incidentViewOf(state: State, isPrivate: boolean, key: string): IncidentView | undefined {
  const incident = incidentsOf(state, isPrivate).find((other) => keyOf(other) === key);
  if (incident === undefined) return undefined;
  const { address } = incident;
  return {
    incident,
    pins: pinsFor(pinsOf(state, isPrivate), address),
    check: windowStateOf(state, isPrivate).checks.find((check) => check.address === address),
    toClear: toClearAt(state, address),
  };
}
