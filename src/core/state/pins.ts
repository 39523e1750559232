// What changes the pins: the user, a renewal that the local page reports, an import.
import type { Address } from "../address";
import { askWorkers } from "./clear";
import { editStored, editEverywhere, forgetChecks, putPin, watchAgain } from "./edit";
import type { Change } from "../pin/import-preview";
import type { Fingerprint, Given } from "../tls/fingerprint";
import { forgetLevels } from "./guard-level";
import { remember, undone, type Entry, type Event } from "../pin/history";
import type { LocalReading } from "../pin/local-page";
import type { Handshake } from "../tls/certificate";
import { isOpen, type Incident, type Sample } from "../incident/incident";
import { isOnWarning, takesFromWarning } from "./on-warning";
import { knowsKey, knowsLeaf, learn, wasGiven, type Pin, type Source } from "../pin/pin";
import { formerAt, pinsAt, pinsOf, windowStateOf, type StoredState, type State } from "./state";

const MAX_FORMER = 50;

export interface NewPin extends Given {
  readonly address: Address;
  readonly source: Source;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly private: boolean;
  /** The pin that this one replaces. Without it, the new pin is added to the existing ones. */
  readonly replaces?: Fingerprint;
  /** The user's name for it, such as "NGINX at home". */
  readonly note?: string;
  /** The user says that they read it elsewhere than on this network: see {@link pin}. */
  readonly compared?: true;
}

/**
 * Pins a fingerprint for an address, in addition to others of the address unless it replaces one. If the fingerprint is
 * already pinned, its pin gets the address as a further host. An incident is closed if its evidence is this certificate
 * and others that are, or were, pinned for the address. The user has just said that the certificate is the instance's.
 *
 * A certificate that a warning of the address shows is pinned only if the user says that they compared it elsewhere.
 * Otherwise the state stays as it is. Such a pin records that a warning showed it.
 */
export function pin(state: State, newPin: NewPin): State {
  const { address, fingerprint, sha1, spki, replaces } = newPin;
  const isShown = isOnWarning(state, address, newPin);
  if (isShown && newPin.compared !== true) return state;
  // After a renewal with a new key it is still the same server, so it keeps its name.
  const replaced = pinsOf(state, newPin.private).find((old) => old.fingerprint === replaces);
  const note = newPin.note ?? replaced?.note ?? "";
  const isItself = replaces === fingerprint || (replaced !== undefined && wasGiven(replaced, fingerprint));
  const cleared = replaces === undefined || isItself ? state : withoutPin(state, address, replaces);
  // Also by a SHA-1 that was given together with its SHA-256.
  const known = pinsOf(cleared, newPin.private).find((old) => wasGiven(old, fingerprint));
  const hosts = [...new Set([...(known?.hosts ?? []), address])];
  const given: Given = {
    fingerprint: known?.fingerprint ?? fingerprint,
    ...(sha1 === undefined ? {} : { sha1 }),
    ...(spki === undefined ? {} : { spki }),
  };
  const pinned: Pin =
    known === undefined
      ? { hosts, ...given, source: newPin.source, pinnedAt: new Date(newPin.at).toISOString(), note }
      : {
          ...(sha1 === undefined || sha1 === known.sha1 ? known : withoutConfirmed(known)),
          ...given,
          hosts,
          ...(note === "" ? {} : { note }),
        };
  const pinnedNow: Pin = isShown ? { ...pinned, wasOnWarning: true } : pinned;
  const watched = watchAgain(cleared, address, newPin.private);
  const doubted = newPin.private ? watched : askWorkers(watched, address);
  return editStored(putBack(doubted, [{ ...pinnedNow, hosts: [address] }], newPin.at), newPin.private, (stored) =>
    putPin(stored, pinnedNow),
  );
}

/** If a digest hasn't been compared with any connection, it must match before the pin is confirmed again. */
const withoutConfirmed = ({ confirmed: _, ...pin }: Pin): Pin => pin;

/** These pins apply again: their hosts are checked again, and incidents about their own certificate are closed. */
const putBack = (state: State, pins: readonly Pin[], at: number): State =>
  pins
    .flatMap((pin) => pin.hosts)
    .reduce(
      forgetChecks,
      editEverywhere(state, (stored) => ({
        ...stored,
        incidents: stored.incidents.map((incident) =>
          isOpen(incident) && pins.some((pin) => shows(state, incident, pin))
            ? { ...incident, closed: { at, how: "new-certificate" } }
            : incident,
        ),
      })),
    );

/**
 * Whether all evidence is the pin's own certificate, one of another pin of the address, or one that the user has
 * replaced. A reopened incident keeps what it showed before. Incidents about plaintext aren't about a certificate.
 */
function shows(state: State, { address, verdict, samples }: Incident, pin: Pin): boolean {
  const isOf = (handshake: Handshake, one: Pin): boolean => knowsLeaf(one, handshake) || knowsKey(one, handshake);
  const isAny = ({ handshake }: Sample, pins: readonly Pin[]): boolean =>
    handshake !== undefined && pins.some((one) => isOf(handshake, one));
  const wasOurs = ({ handshake }: Sample): boolean =>
    formerAt(state, address).some(
      ({ spki, leaves }) =>
        handshake !== undefined && (spki === handshake.leaf.spki || leaves.includes(handshake.leaf.sha256)),
    );
  const others = pinsAt(state, address, true);
  return (
    pin.hosts.includes(address) &&
    (verdict.kind === "mismatch" || verdict.kind === "interception" || verdict.kind === "overridden") &&
    samples.some((sample) => isAny(sample, [pin])) &&
    samples.every((sample) => isAny(sample, [pin, ...others]) || wasOurs(sample))
  );
}

/** How the history names the pinning of these. @param state - before they are pinned */
export function eventOf(state: State, all: readonly NewPin[]): Event {
  if (all.some(({ replaces }) => replaces !== undefined)) return "changed";
  const isAddition = ({ address, fingerprint, private: isPrivate }: NewPin): boolean => {
    const pins = pinsAt(state, address, isPrivate);
    return pins.length > 0 && !pins.some((other) => wasGiven(other, fingerprint));
  };
  return all.some(isAddition) ? "beside" : "pinned";
}

/** Writes the user's note on a pin. */
export const setNote = (state: State, fingerprint: Fingerprint, note: string, isPrivate: boolean): State =>
  editStored(state, isPrivate, (stored) =>
    stored.pins.some((pin) => pin.fingerprint === fingerprint && pin.note !== note)
      ? { ...stored, pins: stored.pins.map((pin) => (pin.fingerprint === fingerprint ? { ...pin, note } : pin)) }
      : stored,
  );

/** Records in the history what an edit did to the pins. */
export function remembered(state: State, event: Event, at: number, edit: (state: State) => State): State {
  const next = edit(state);
  const noteIn = (old: StoredState, stored: StoredState): StoredState => {
    const history = remember(stored.history, event, at, old.pins, stored.pins);
    if (history === stored.history) return stored;
    const forgotten = (stored.forgotten ?? 0) + stored.history.length + 1 - history.length;
    return { ...stored, history: [...history], ...(forgotten === 0 ? {} : { forgotten }) };
  };
  const stored = noteIn(state.stored, next.stored);
  const privateStored = noteIn(state.session.privateStored, next.session.privateStored);
  return { ...next, stored, session: { ...next.session, privateStored: privateStored } };
}

/** Pins everything in an import that would change something, except what a warning shows. */
export const takeImport = (state: State, changes: readonly Change[], at: number): State =>
  remembered(state, "imported", at, (before) => {
    const taken = changes
      .filter((change) => change.kind !== "same" && takesFromWarning(before, [change]).length === 0)
      .map(({ pin: imported }) => imported);
    const doubted = taken.flatMap(({ hosts }) => hosts).reduce(askWorkers, before);
    return editStored(putBack(doubted, taken, at), false, (stored) => taken.reduce(putPin, stored));
  });

/**
 * Trust on first use, for users who can't go home: pins the certificate that the server presents now, if nothing
 * suspicious was seen. It is shown as "unchanged", never as verified.
 */
export function trust(state: State, address: Address, at: number, isPrivate: boolean): State {
  const check = windowStateOf(state, isPrivate).checks.find((other) => other.address === address);
  if (check?.verdict.kind !== "unpinned" || check.handshake === undefined) return state;
  const { handshake } = check;
  const newPin = { address, fingerprint: handshake.leaf.sha256, source: "first-use", at, private: isPrivate } as const;
  return remembered(state, "pinned", at, (before) => {
    const pinned = pin(before, newPin);
    return editStored(pinned, isPrivate, (stored) => ({
      ...stored,
      pins: stored.pins.map((other) => (other.fingerprint === newPin.fingerprint ? learn(other, handshake) : other)),
    }));
  });
}

/**
 * The pins as they would be if a change was undone; `undefined` if it can't be. A replaced pin doesn't come back while a
 * warning shows its certificate. A removed one does: its warning may only be there because it was removed.
 */
export function undoneIn(state: State, entry: Entry): Pin[] | undefined {
  const pins = undone(entry, state.stored.pins);
  if (pins === undefined || entry.event === "removed") return pins;
  const isShown = (pin: Pin): boolean => pin.hosts.some((address) => isOnWarning(state, address, pin));
  return entry.before.some(isShown) ? undefined : pins;
}

/** Undoes a change of the pins, if they haven't changed again since. */
export const undo = (state: State, at: number, now: number): State =>
  remembered(state, "undone", now, (before) => {
    const entry = before.stored.history.find((old) => old.at === at);
    const pins = entry && undoneIn(before, entry);
    if (entry === undefined || pins === undefined) return before;
    const gone = entry.after.flatMap((pin) => pin.hosts);
    return forgetLevels(
      gone.reduce(
        forgetChecks,
        editStored(putBack(before, entry.before, now), false, (stored) => ({ ...stored, pins: [...pins] })),
      ),
    );
  });

/** The local page has reported the digest of a renewed certificate with a known key: the pin gets this digest. */
export const keepInStep = (
  state: State,
  old: Fingerprint,
  reading: LocalReading,
  at: number,
  isPrivate: boolean,
): State =>
  editStored(state, isPrivate, (stored) => ({
    ...stored,
    pins: stored.pins.map((pin) =>
      pin.fingerprint === old
        ? {
            ...withoutSha1(pin),
            fingerprint: reading.fingerprint,
            source: "home",
            pinnedAt: new Date(at).toISOString(),
          }
        : pin,
    ),
  }));

/** The other digest was of the former certificate. */
const withoutSha1 = ({ sha1: _, ...pin }: Pin): Pin => pin;

/** Sets whether the local page at this origin is read whenever it is open. */
export const setHome = (state: State, origin: string, isRead: boolean): State => {
  const others = state.stored.localOrigins.filter((other) => other !== origin);
  return { ...state, stored: { ...state.stored, localOrigins: isRead ? [...others, origin] : others } };
};

/**
 * Removes a pin from an address. If it has no host left, the pin is deleted, and what it confirmed is kept as former.
 * If it was the last pin of the address, Guard's level is forgotten, too.
 */
export const unpin = (state: State, address: Address, fingerprint: Fingerprint): State =>
  forgetLevels(withoutPin(state, address, fingerprint));

function withoutPin(state: State, address: Address, fingerprint: Fingerprint): State {
  const edited = editEverywhere(state, (stored) => {
    const pin = stored.pins.find((old) => old.fingerprint === fingerprint && old.hosts.includes(address));
    if (pin === undefined) return stored;
    const hosts = pin.hosts.filter((host) => host !== address);
    const pins = stored.pins.flatMap((old) => (old !== pin ? [old] : hosts.length === 0 ? [] : [{ ...pin, hosts }]));
    const { confirmed, source } = pin;
    const former =
      confirmed === undefined || source === "first-use"
        ? stored.former
        : [...stored.former, { hosts: [address], spki: confirmed.spki, leaves: confirmed.leaves }].slice(-MAX_FORMER);
    return { ...stored, pins, former };
  });
  return forgetChecks(edited, address);
}
