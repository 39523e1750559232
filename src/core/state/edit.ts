import type { Address } from "../address";
import type { Pin } from "../pin/pin";
import { doubtCopies } from "./stored-copies";
import type { Book, Side, State } from "./state";

// What an edit leaves alone stays the very same state: nothing is drawn and nothing written for it.
export const editBook = (state: State, isPrivate: boolean, edit: (book: Book) => Book): State => {
  const old = isPrivate ? state.session.privateBook : state.book;
  const book = edit(old);
  if (book === old) return state;
  return isPrivate ? { ...state, session: { ...state.session, privateBook: book } } : { ...state, book };
};

export const editSide = (state: State, isPrivate: boolean, edit: (side: Side) => Side): State => {
  const name = isPrivate ? "private" : "ordinary";
  const side = edit(state.session[name]);
  return side === state.session[name] ? state : { ...state, session: { ...state.session, [name]: side } };
};

/** Edits both books, each only where it changes: what is done in a private window must not even touch the disk. */
export function editEverywhere(state: State, edit: (book: Book) => Book): State {
  const editOne = (book: Book): Book => {
    const edited = edit(book);
    return JSON.stringify(edited) === JSON.stringify(book) ? book : edited;
  };
  const { book, session } = state;
  const privateBook = editOne(session.privateBook);
  return { ...state, book: editOne(book), session: { ...session, privateBook } };
}

export const putPin = (book: Book, pin: Pin): Book => ({
  ...book,
  pins: book.pins.some(({ fingerprint }) => fingerprint === pin.fingerprint)
    ? book.pins.map((old) => (old.fingerprint === pin.fingerprint ? pin : old))
    : [...book.pins, pin],
});

/** What has been said of an address was said by other pins: it is to be looked at anew, and what is stored is doubted. */
export const forgetChecks = (state: State, address: Address): State => {
  const forget = (side: Side): Side => ({
    ...side,
    checks: side.checks.filter((check) => check.address !== address),
    failures: side.failures.filter((failure) => failure.address !== address),
  });
  return editSide(editSide(doubtCopies(state, address), false, forget), true, forget);
};
