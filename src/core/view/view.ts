import type { Address } from "../address";
import { isGuarded, mayGuard } from "../state/guard";
import { levelAt } from "../state/guard-level";
import { guardLimitAt, type GuardLimit } from "../state/guard-limit";
import type { Incident } from "../incident/incident";
import { adviceAt, askedAt, hostsOf, isLost, type Advice } from "../state/version-advice";
import { toClearAt } from "../state/clear";
import {
  incidentsOf,
  isUnwatched,
  pinsAt,
  pinsOf,
  windowStateOf,
  type Check,
  type GuardLevel,
  type State,
  type ToClear,
} from "../state/state";
import { shownAt, type CtShown } from "../ct/ct-state";
import { mayMonitor } from "../state/ct-reduce";
import type { Pin } from "../pin/pin";
import { isOpen } from "../incident/incident";
import { isRed } from "../incident/verdict";
import { isGranted } from "../state/permission";
import type { Untold } from "../version/version-state";
import { rowOf, type IncidentRow } from "./incidents-view";
import { sliceOf, type Slice } from "./slice";
import { statusAt, statusElsewhere, type Sight, type Status } from "../state/status";

/** All that a page shows of one address. */
export interface View {
  /** `undefined` if no watched address is open and none was visited. */
  readonly address: Address | undefined;
  readonly status: Status;
  readonly private: boolean;
  readonly granted: boolean;
  readonly privateAllowed: boolean;
  readonly pins: readonly Pin[];
  readonly check: Check | undefined;
  /** Open incidents of the address, newest first. */
  readonly incidents: readonly Incident[];
  /** Those of other addresses, the red ones first. */
  readonly elsewhere: Slice<IncidentRow>;
  /** How many incidents were deleted to make room for others. */
  readonly dropped: number;
  /** Why the saved data can't be read. */
  readonly damage: string | undefined;
  /** Why changes aren't saved. */
  readonly unsaved: string | undefined;
  /** Whether the user stopped watching it in windows of this kind. */
  readonly unwatched: boolean;
  /** Whether Guard is on; `undefined` if it can't be, also while the address isn't watched. The choice stays saved. */
  readonly guarded: boolean | undefined;
  /** How thoroughly Guard checks; `undefined` if it is off, or while it isn't known what is guarded. */
  readonly guardLevel: GuardLevel | undefined;
  /** What keeps Guard from checking here, if it is on. */
  readonly guardLimit: GuardLimit | undefined;
  /** The major version of this Firefox; `undefined` until it is known, or if it isn't reported. */
  readonly firefox: number | undefined;
  /** Set while stored data of the instance waits to be cleared. */
  readonly toClear: ToClear | undefined;
  /**
   * What is known of the instance's version, why it reported none the last time, and whether it was lost and is asked
   * for again.
   */
  readonly advice: Advice | undefined;
  readonly untold: Untold | undefined;
  readonly versionsLost: boolean;
  /** The state of its log monitoring; `undefined` if it can't be monitored. */
  readonly ctState: CtShown | undefined;
}

/** Maximum warnings of other addresses that are shown with an address. */
const ELSEWHERE_SHOWN = 3;

function elsewhereOf(
  state: State,
  open: readonly Incident[],
  address: Address | undefined,
  isPrivate: boolean,
): Slice<IncidentRow> {
  const others = open.filter((incident) => incident.address !== address);
  const redFirst = others.sort((a, b) => Number(isRed(b.verdict)) - Number(isRed(a.verdict)));
  const { items, ...slice } = sliceOf(redFirst, 0, ELSEWHERE_SHOWN);
  const pins = pinsOf(state, isPrivate);
  return { ...slice, items: items.map((incident) => rowOf(incident, pins)) };
}

export function viewOf(
  state: State,
  address: Address | undefined,
  sight: Sight & { readonly privateAllowed: boolean },
): View {
  const open = incidentsOf(state, sight.private)
    .filter(isOpen)
    .sort((a, b) => b.last - a.last);
  const common = {
    private: sight.private,
    privateAllowed: sight.privateAllowed,
    elsewhere: elsewhereOf(state, open, address, sight.private),
    dropped: state.stored.dropped,
    damage: state.damage,
    unsaved: state.unsaved,
    firefox: state.session.firefox === 0 ? undefined : state.session.firefox,
  };
  if (address === undefined) {
    const nothing = {
      granted: true,
      pins: [],
      check: undefined,
      incidents: [],
      unwatched: false,
      guarded: undefined,
      guardLevel: undefined,
      guardLimit: undefined,
      toClear: undefined,
      ctState: undefined,
      advice: undefined,
      untold: undefined,
      versionsLost: false,
    };
    return { address, status: statusElsewhere(state, sight.origins), ...common, ...nothing };
  }
  const advice = adviceAt(state, address);
  const unwatched = isUnwatched(state, address, sight.private);
  const guarded = !unwatched && mayGuard(state, address) ? isGuarded(state, address, sight.private) : undefined;
  return {
    address,
    ...common,
    status: statusAt(state, address, sight),
    granted: isGranted(sight.origins, address),
    pins: pinsAt(state, address, sight.private),
    check: windowStateOf(state, sight.private).checks.find((check) => check.address === address),
    incidents: open.filter((incident) => incident.address === address),
    unwatched,
    guarded,
    guardLevel: guarded === true && state.guarded !== "unknown" ? levelAt(state, address, sight.private) : undefined,
    guardLimit: guardLimitAt(state, address, sight.private),
    toClear: toClearAt(state, address),
    advice,
    untold: askedAt(state, address)?.untold,
    versionsLost: advice === undefined && hostsOf(state, address).length > 0 && isLost(state),
    ctState: mayMonitor(state, address) ? shownAt(state.ctStates, address) : undefined,
  };
}
