// How thoroughly Guard checks, as the user chose for an instance: the level that `chanceToLeave` goes by.
import type { Address } from "../address";
import { isGuarded } from "./guard";
import { pinsAt, type GuardLevel, type Levels, type State } from "./state";

const levelIn = (levels: Levels | undefined, address: Address): GuardLevel | undefined =>
  levels?.find((other) => other.address === address)?.level;

/**
 * The level in windows of this kind. What was chosen in an ordinary window holds in private ones too, until something else
 * is chosen there.
 * @returns `thorough` when nothing was chosen, or when it isn't known what is guarded
 */
export function levelAt({ guarded, levels, session }: State, address: Address, isPrivate: boolean): GuardLevel {
  if (guarded === "unknown") return "thorough";
  const own = isPrivate ? levelIn(session.privateLevels, address) : undefined;
  return own ?? levelIn(levels, address) ?? "thorough";
}

/**
 * Takes the user's choice for the whole instance: every guarded host of the pins of the address. What is chosen in a private window
 * holds there alone, and ends with the browser.
 * @returns the same state when it is no change, or when Guard is off
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
 * Forgets the levels of addresses that aren't guarded any more, or that no pin is left for: if Guard is switched on there
 * again, it is thorough.
 * @returns the same state when there are none, or while it can't be told
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

/** Only what isn't the default is written down, so that a disk on which nothing was chosen stays as it is. */
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
