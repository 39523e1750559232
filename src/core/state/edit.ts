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
