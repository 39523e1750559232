import type { Address } from "../address";
import { isEqual } from "../equal";
import type { Pin } from "../pin/pin";
import { doubtCopies } from "./stored-copies";
import type { StoredState, WindowState, State } from "./state";

// What an edit leaves alone stays the very same state: nothing is drawn and nothing written for it.
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

/** Edits both books, each only where it changes: what is done in a private window must not even touch the disk. */
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

/** What has been said of an address was said by other pins: it is to be checked again, and what is stored is doubted. */
export const forgetChecks = (state: State, address: Address): State => {
  const forget = (side: WindowState): WindowState => ({
    ...side,
    checks: side.checks.filter((check) => check.address !== address),
    failures: side.failures.filter((failure) => failure.address !== address),
  });
  return editWindowState(editWindowState(doubtCopies(state, address), false, forget), true, forget);
};
