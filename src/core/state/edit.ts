import type { Address } from "../address";
import { isEqual } from "../equal";
import type { Pin } from "../pin/pin";
import { doubtCopies } from "./stored-copies";
import type { StoredState, WindowState, State } from "./state";

// If an edit changes nothing, it returns the same state: then nothing is drawn or written.
export const editStored = (state: State, isPrivate: boolean, edit: (stored: StoredState) => StoredState): State => {
  const old = isPrivate ? state.session.privateStored : state.stored;
  const stored = edit(old);
  if (stored === old) return state;
  return isPrivate ? { ...state, session: { ...state.session, privateStored: stored } } : { ...state, stored };
};

export const editWindowState = (state: State, isPrivate: boolean, edit: (side: WindowState) => WindowState): State => {
  const name = isPrivate ? "private" : "ordinary";
  const side = edit(state.session[name]);
  return side === state.session[name] ? state : { ...state, session: { ...state.session, [name]: side } };
};

/**
 * Edits the stored state of ordinary and of private windows. A private window must not even touch the disk, so an
 * unchanged one stays the same object.
 */
export function editEverywhere(state: State, edit: (stored: StoredState) => StoredState): State {
  const editOne = (stored: StoredState): StoredState => {
    const edited = edit(stored);
    return isEqual(edited, stored) ? stored : edited;
  };
  const { stored, session } = state;
  const privateStored = editOne(session.privateStored);
  return { ...state, stored: editOne(stored), session: { ...session, privateStored: privateStored } };
}

/**
 * Watches an address again. From an ordinary window, it is watched everywhere. A private window leaves the saved choice
 * of ordinary windows as it is, and watches the address only in private windows, until Firefox ends.
 */
export function watchAgain(state: State, address: Address, isPrivate: boolean): State {
  const edit = (stored: StoredState): StoredState =>
    stored.unwatched.includes(address)
      ? { ...stored, unwatched: stored.unwatched.filter((other) => other !== address) }
      : stored;
  const edited = isPrivate ? editStored(state, true, edit) : editEverywhere(state, edit);
  return setPrivateWatched(edited, address, isPrivate && state.stored.unwatched.includes(address));
}

/** Stops watching an address: in all windows, or only in private ones, until Firefox ends. */
export const stopWatching = (state: State, address: Address, isPrivate: boolean): State =>
  editStored(setPrivateWatched(state, address, false), isPrivate, (stored) =>
    stored.unwatched.includes(address) ? stored : { ...stored, unwatched: [...stored.unwatched, address] },
  );

function setPrivateWatched(state: State, address: Address, isWatched: boolean): State {
  const { privateWatched = [], ...session } = state.session;
  if (privateWatched.includes(address) === isWatched) return state;
  const watched = isWatched ? [...privateWatched, address] : privateWatched.filter((other) => other !== address);
  return { ...state, session: watched.length === 0 ? session : { ...session, privateWatched: watched } };
}

export const putPin = (stored: StoredState, pin: Pin): StoredState => ({
  ...stored,
  pins: stored.pins.some(({ fingerprint }) => fingerprint === pin.fingerprint)
    ? stored.pins.map((old) => (old.fingerprint === pin.fingerprint ? pin : old))
    : [...stored.pins, pin],
});

/** The checks of an address were judged by other pins. So it is checked again, and its stored files are doubted. */
export const forgetChecks = (state: State, address: Address): State => {
  const forget = (side: WindowState): WindowState => ({
    ...side,
    checks: side.checks.filter((check) => check.address !== address),
    failures: side.failures.filter((failure) => failure.address !== address),
  });
  return editWindowState(editWindowState(doubtCopies(state, address), false, forget), true, forget);
};
