import type { Address } from "./address";
import type { Fingerprint } from "./fingerprint";
import { close, isEcho, isOpen, keyOf, record, type Closing, type Incident } from "./incident";
import type { Observation } from "./observation";
import { isToldDigest, learn, type Pin, type Source } from "./pin";
import {
  EMPTY_BOOK,
  formerAt,
  incidentsOf,
  isWatched,
  pinsAt,
  pinsOf,
  sideOf,
  type Book,
  type Check,
  type Failure,
  type Pending,
  type Side,
  type State,
} from "./state";
import { isOurs, isRed, judge, judgeBy, type Verdict } from "./verdict";

/** The next state, and what the user is to be told of at once. */
export interface Step {
  readonly state: State;
  readonly notify?: Incident;
}

/** A check that says what is known already is kept only so often, or a page of forty images writes forty times. */
export const SAME_CHECK = 1000;
const MAX_FORMER = 50;
const MAX_CHECKS = 100;

// What an edit leaves alone stays the very same state: nothing is drawn and nothing written for it.
const editBook = (state: State, isPrivate: boolean, edit: (book: Book) => Book): State => {
  const old = isPrivate ? state.session.privateBook : state.book;
  const book = edit(old);
  if (book === old) return state;
  return isPrivate ? { ...state, session: { ...state.session, privateBook: book } } : { ...state, book };
};

const editSide = (state: State, isPrivate: boolean, edit: (side: Side) => Side): State => {
  const name = isPrivate ? "private" : "ordinary";
  const side = edit(state.session[name]);
  return side === state.session[name] ? state : { ...state, session: { ...state.session, [name]: side } };
};

/** The verdict on an observation as things stand; `undefined` where it says nothing (not watched, or out of the cache). */
export function verdictOf(state: State, observation: Observation): Verdict | undefined {
  const { address, freshness, seen } = observation;
  if (!isWatched(state, address, observation.private)) return undefined;
  if (state.damage !== undefined && seen.kind === "tls")
    return judge({ kind: "nothing", reason: "storage-damaged" }, []);
  return judgeBy(freshness, seen, pinsAt(state, address, observation.private), formerAt(state, address));
}

/** Takes in one observation: the pin learns, an incident is recorded, the newest check is kept. */
export function observe(state: State, observation: Observation): Step {
  const verdict = verdictOf(state, observation);
  if (verdict === undefined) return { state };
  if (verdict.kind === "unchecked") return { state: noteFailure(state, observation, verdict) };
  // A probe whose answer came over a connection already open says nothing of the network now; red is red all the same.
  if (observation.probe === "reused" && !isRed(verdict)) return { state };

  const learnt = isOurs(verdict) ? learnFrom(state, observation, verdict.pin) : state;
  if (!isRed(verdict)) return { state: noteCheck(learnt, observation, verdict) };
  const { recorded, notify } = recordIncident(learnt, observation, verdict);
  // What came out of the cache is evidence of the past, not of the connection: the newest check stays.
  const next = observation.freshness === "cached" ? recorded : noteCheck(recorded, observation, verdict);
  return { state: next, ...(notify === undefined ? {} : { notify }) };
}

type Unchecked = Extract<Verdict, { kind: "unchecked" }>;

function noteFailure(state: State, { address, at, ...rest }: Observation, { reason, words }: Unchecked): State {
  const failure: Failure = { address, at, reason, ...(words === undefined ? {} : { words }) };
  return editSide(state, rest.private, (side) => ({
    ...side,
    failures: [...side.failures.filter((old) => old.address !== address), failure].slice(-MAX_CHECKS),
  }));
}

function noteCheck(state: State, observation: Observation, verdict: Verdict): State {
  const { address, at, seen, chain = [] } = observation;
  const fresh = observation.probe === "fresh";
  return editSide(state, observation.private, (side) => {
    const old = side.checks.find((check) => check.address === address);
    const failed = side.failures.find((failure) => failure.address === address);
    const overcame = failed !== undefined && at >= failed.at;
    const leaf = seen.kind === "tls" ? seen.handshake.leaf.sha256 : undefined;
    const same = old?.verdict.kind === verdict.kind && old.handshake?.leaf.sha256 === leaf;
    if (old !== undefined && (at < old.at || (same && !fresh && at - old.at < SAME_CHECK)) && !overcame) return side;
    // The renewed leaf is a known one from its second look on; that it was renewed is said as long as the browser runs.
    const wasRenewed =
      old?.verdict.kind === "renewed" && verdict.kind === "match" && old.handshake?.leaf.sha256 === leaf;
    const check: Check = {
      ...{ address, at, fresh, verdict: wasRenewed ? { ...verdict, kind: "renewed" } : verdict },
      ...(seen.kind === "tls" ? { handshake: seen.handshake } : {}),
      chain: chain.length === 0 && same ? old.chain : [...chain],
    };
    return {
      ...side,
      checks: [...side.checks.filter((other) => other !== old), check].slice(-MAX_CHECKS),
      failures: overcame ? side.failures.filter((other) => other !== failed) : side.failures,
    };
  });
}

function learnFrom(state: State, observation: Observation, fingerprint: Fingerprint): State {
  const { seen } = observation;
  const pin = pinsOf(state, observation.private).find((candidate) => candidate.fingerprint === fingerprint);
  if (pin === undefined || seen.kind !== "tls") return state;
  const learnt = learn(pin, seen.handshake);
  return learnt === pin ? state : editBook(state, observation.private, (book) => putPin(book, learnt));
}

function recordIncident(
  state: State,
  observation: Observation,
  verdict: Parameters<typeof record>[2],
): { recorded: State; notify: Incident | undefined } {
  let notify: Incident | undefined;
  const recorded = editBook(state, observation.private, (book) => {
    if (isEcho(book.incidents, observation)) return book;
    const done = record(book.incidents, observation, verdict);
    notify = done.notify;
    return { ...book, incidents: done.incidents, dropped: book.dropped + done.dropped };
  });
  return { recorded, notify };
}

const putPin = (book: Book, pin: Pin): Book => ({
  ...book,
  pins: book.pins.some(({ fingerprint }) => fingerprint === pin.fingerprint)
    ? book.pins.map((old) => (old.fingerprint === pin.fingerprint ? pin : old))
    : [...book.pins, pin],
});

/** What has been said of an address was said by other pins: it is to be looked at anew. */
const forgetChecks = (state: State, address: Address): State => {
  const forget = (side: Side): Side => ({
    ...side,
    checks: side.checks.filter((check) => check.address !== address),
    failures: side.failures.filter((failure) => failure.address !== address),
  });
  return editSide(editSide(state, false, forget), true, forget);
};

export interface Told {
  readonly address: Address;
  readonly fingerprint: Fingerprint;
  readonly source: Source;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly private: boolean;
  /** The pin this one takes the place of. */
  readonly replaces?: Fingerprint;
}

/**
 * Pins a fingerprint for an address. One that is pinned already gets the address as a further host. Incidents whose
 * evidence is this very certificate are closed: the user has just said that it is the house's.
 */
export function pin(state: State, told: Told): State {
  const { address, fingerprint, replaces } = told;
  const cleared = replaces === undefined || replaces === fingerprint ? state : unpin(state, address, replaces);
  const known = pinsOf(cleared, told.private).find((old) => old.fingerprint === fingerprint);
  const hosts = [...new Set([...(known?.hosts ?? []), address])];
  const pinned: Pin =
    known === undefined
      ? { hosts, fingerprint, source: told.source, toldAt: new Date(told.at).toISOString(), note: "" }
      : { ...known, hosts };
  const closed = editEverywhere(cleared, (book) => ({
    ...book,
    unwatched: book.unwatched.filter((other) => other !== address),
    incidents: book.incidents.map((incident) =>
      isOpen(incident) && incident.address === address && shows(incident, fingerprint)
        ? { ...incident, closed: { at: told.at, how: "new-certificate" } }
        : incident,
    ),
  }));
  return forgetChecks(
    editBook(closed, told.private, (book) => putPin(book, pinned)),
    address,
  );
}

/** Plaintext and clicked-through errors are no matter of which certificate it was. */
const shows = ({ verdict, samples }: Incident, fingerprint: Fingerprint): boolean =>
  (verdict.kind === "mismatch" || verdict.kind === "interception" || verdict.kind === "overridden") &&
  samples.some(({ handshake }) => handshake !== undefined && isToldDigest(handshake, fingerprint));

/** Edits both books, each only where it changes: what is done in a private window must not even touch the disk. */
function editEverywhere(state: State, edit: (book: Book) => Book): State {
  const editOne = (book: Book): Book => {
    const edited = edit(book);
    return JSON.stringify(edited) === JSON.stringify(book) ? book : edited;
  };
  const { book, session } = state;
  const privateBook = editOne(session.privateBook);
  return { ...state, book: editOne(book), session: { ...session, privateBook } };
}

/** Takes a pin away from an address; the pin goes when it has no host left. What it confirmed is kept as former. */
export function unpin(state: State, address: Address, fingerprint: Fingerprint): State {
  const edited = editEverywhere(state, (book) => {
    const pin = book.pins.find((old) => old.fingerprint === fingerprint && old.hosts.includes(address));
    if (pin === undefined) return book;
    const hosts = pin.hosts.filter((host) => host !== address);
    const pins = book.pins.flatMap((old) => (old !== pin ? [old] : hosts.length === 0 ? [] : [{ ...pin, hosts }]));
    const { confirmed, source } = pin;
    const former =
      confirmed === undefined || source === "first-use"
        ? book.former
        : [...book.former, { hosts: [address], spki: confirmed.spki, leaves: confirmed.leaves }].slice(-MAX_FORMER);
    return { ...book, pins, former };
  });
  return forgetChecks(edited, address);
}

/** "Do not watch this address", and back. */
export const setWatched = (state: State, address: Address, watched: boolean, isPrivate: boolean): State => {
  const without = editEverywhere(state, (book) => ({
    ...book,
    unwatched: book.unwatched.filter((other) => other !== address),
  }));
  return watched
    ? without
    : editBook(without, isPrivate, (book) => ({ ...book, unwatched: [...book.unwatched, address] }));
};

/** Ends an incident in the user's words; unknown or closed ones are left as they are. */
export const closeIncident = (state: State, key: string, how: Closing, at: number): State =>
  editEverywhere(state, (book) =>
    book.incidents.some((incident) => keyOf(incident) === key && isOpen(incident))
      ? { ...book, incidents: close(book.incidents, key, how, at) }
      : book,
  );

/** A page was opened at a watched address: what a popup without a tab of its own speaks of. */
export const visit = (state: State, address: Address, isPrivate: boolean): State =>
  isWatched(state, address, isPrivate) && sideOf(state, isPrivate).visited !== address
    ? editSide(state, isPrivate, (side) => ({ ...side, visited: address }))
    : state;

export const addPending = (state: State, pending: Pending): State => ({
  ...state,
  session: {
    ...state.session,
    pending: [...state.session.pending.filter(({ address }) => address !== pending.address), pending],
  },
});

/** Takes out the pins that wait for a permission which is there now. */
export function takePending(state: State, isGranted: (address: Address) => boolean): [State, Pending[]] {
  const granted = state.session.pending.filter(({ address }) => isGranted(address));
  const pending = state.session.pending.filter(({ address }) => !isGranted(address));
  return granted.length === 0 ? [state, []] : [{ ...state, session: { ...state.session, pending } }, granted];
}

/** Begins anew where the saved data was damaged; the bytes are kept aside by whoever calls this. */
export const startAgain = ({ session }: State): State => ({ book: EMPTY_BOOK, session });

export const openIncidents = (state: State, isPrivate: boolean): Incident[] =>
  incidentsOf(state, isPrivate).filter(isOpen);
