// How thoroughly Guard checks: the level that the user chose for an instance. `chanceToLeave` depends on it.
import type { Address } from "../address";
import { isGuarded } from "./guard";
import { pinsAt, type GuardLevel, type Levels, type State } from "./state";

const levelIn = (levels: Levels | undefined, address: Address): GuardLevel | undefined =>
  levels?.find((other) => other.address === address)?.level;

/**
 * The level in windows of this kind. A choice in an ordinary window applies in private ones too, until the user chooses
 * another level there.
 * @returns `thorough` if nothing was chosen, or if it isn't known what is guarded
 */
export function levelAt({ guarded, levels, session }: State, address: Address, isPrivate: boolean): GuardLevel {
  if (guarded === "unknown") return "thorough";
  const own = isPrivate ? levelIn(session.privateLevels, address) : undefined;
  return own ?? levelIn(levels, address) ?? "thorough";
}

/**
 * Saves the user's choice for the whole instance: every guarded host of the pins of the address. A choice in a private
 * window applies only there, and only until Firefox ends.
 * @returns the same state if nothing changes, or if Guard is off
 */
export function setLevel(state: State, address: Address, level: GuardLevel, isPrivate: boolean): State {
  if (state.guarded === "unknown" || !isGuarded(state, address, isPrivate)) return state;
  const all = [address, ...pinsAt(state, address, isPrivate).flatMap((pin) => pin.hosts)];
  const hosts = [...new Set(all)].filter((host) => isGuarded(state, host, isPrivate));
  if (hosts.every((host) => levelAt(state, host, isPrivate) === level)) return state;
  const chosen = hosts.map((host) => ({ address: host, level }));
  const edit = (levels: Levels): Levels => [...levels.filter((other) => !hosts.includes(other.address)), ...chosen];
  return isPrivate ? editPrivate(state, edit) : editKept(state, edit);
}

/**
 * Forgets the levels of addresses that aren't guarded any more, or have no pin left. If Guard is switched on there
 * again, it is thorough.
 * @returns the same state if there are none, or while it isn't known what is guarded
 */
export function forgetLevels(state: State): State {
  const { guarded, damage } = state;
  if (guarded === "unknown" || damage !== undefined) return state;
  const edit = (levels: Levels): Levels => {
    const left = levels.filter(({ address }) => guarded.includes(address) && pinsAt(state, address, true).length > 0);
    return left.length === levels.length ? levels : left;
  };
  return editPrivate(editKept(state, edit), edit);
}

/** Saves only what differs from the default, so that nothing is written to the disk before the first choice. */
function editKept(state: State, edit: (levels: Levels) => Levels): State {
  const { levels = NONE, ...others } = state;
  const edited = edit(levels);
  if (edited === levels) return state;
  const weaker = edited.filter(({ level }) => level !== "thorough");
  return weaker.length === 0 ? others : { ...others, levels: weaker };
}

function editPrivate(state: State, edit: (levels: Levels) => Levels): State {
  const { privateLevels = NONE, ...session } = state.session;
  const edited = edit(privateLevels);
  if (edited === privateLevels) return state;
  return { ...state, session: edited.length === 0 ? session : { ...session, privateLevels: edited } };
}

const NONE: Levels = [];
