import { summaryOf, type Entry, type Event, type Summary } from "../pin/history";
import type { Pin } from "../pin/pin";
import { undoneIn } from "../state/pins";
import { windowStateOf, type Check, type State } from "../state/state";
import type { Certificate } from "../tls/certificate";
import { plainHex } from "../tls/digest";
import type { Feed } from "../version/osv";
import { EMPTY_VERSIONS, type VersionEntry } from "../version/version-state";
import { newestOf, sliceOf, type Slice } from "./slice";

/** What the options page asks for: parts of two lists. */
export interface StoredQuery {
  /** The text to find in addresses, notes and fingerprints; empty for all pins. */
  readonly find: string;
  readonly pinsFrom: number;
  readonly historyFrom: number;
}

/** A pin, and the certificate that its instance presented last, if it is known to be the instance's own. */
export interface PinRow {
  readonly pin: Pin;
  readonly leaf: Certificate | undefined;
}

/** Something that happened: to pins, or to an instance's version and the protection that depends on it. */
export type HistoryRow =
  | {
      readonly kind: "pins";
      readonly at: number;
      readonly event: Event;
      readonly about: Summary;
      readonly isUndoable: boolean;
    }
  | { readonly kind: "version"; readonly at: number; readonly entry: VersionEntry };

/** What is shown of the public list of vulnerabilities, if it is switched on. */
export interface FeedView extends Omit<Feed, "advisories" | "tried"> {
  readonly count: number;
}

/** What the options page shows. */
export interface StoredView {
  readonly pins: Slice<PinRow>;
  /** How many pins there are, whatever is searched for. */
  readonly pinCount: number;
  readonly history: Slice<HistoryRow>;
  /** How many entries of the history were deleted to make room for others. */
  readonly forgotten: number;
  /** `unknown` if it can't be read. */
  readonly feed: FeedView | "unknown";
  readonly damage: string | undefined;
  /** Why changes aren't saved. */
  readonly unsaved: string | undefined;
}

export const PINS_SHOWN = 20;
export const HISTORY_SHOWN = 50;

export function storedViewOf(state: State, { find, pinsFrom, historyFrom }: StoredQuery): StoredView {
  const { pins, history, forgotten = 0 } = state.stored;
  const { versions = EMPTY_VERSIONS } = state;
  const { checks } = windowStateOf(state, false);
  const found = sliceOf(pins.filter(isFound(find)), pinsFrom, PINS_SHOWN);
  const ofVersions = versions === "unknown" ? [] : versions.history;
  const shown = newestOf<Entry | VersionEntry>(history, ofVersions, historyFrom, HISTORY_SHOWN);
  return {
    pins: { ...found, items: found.items.map((pin) => ({ pin, leaf: ownLeaf(pin, checks) })) },
    pinCount: pins.length,
    history: { ...shown, items: shown.items.map((entry) => historyRow(entry, state)) },
    forgotten: forgotten + (versions === "unknown" ? 0 : (versions.forgotten ?? 0)),
    feed: versions === "unknown" ? versions : feedView(versions.feed),
    damage: state.damage,
    unsaved: state.unsaved,
  };
}

/** Fewer digits would be found in too many fingerprints. */
const MIN_DIGITS = 4;

/** Fingerprints may be written with colons and spaces, as certificate viewers do. */
function isFound(find: string): (pin: Pin) => boolean {
  const text = find.trim().toLowerCase();
  const digits = plainHex(text).replaceAll(" ", "");
  return ({ hosts, note, fingerprint, sha1 = "" }) =>
    [...hosts, note.toLowerCase()].some((one) => one.includes(text)) ||
    (digits.length >= MIN_DIGITS && [fingerprint, sha1].some((one) => one.includes(digits)));
}

function ownLeaf({ hosts, confirmed }: Pin, checks: readonly Check[]): Certificate | undefined {
  const check = checks.find(({ address }) => hosts.includes(address));
  const leaf = check?.handshake?.leaf;
  return leaf !== undefined && confirmed?.leaves.includes(leaf.sha256) === true ? leaf : undefined;
}

function historyRow(entry: Entry | VersionEntry, state: State): HistoryRow {
  const { at } = entry;
  if (!("before" in entry)) return { kind: "version", at, entry };
  return {
    kind: "pins",
    at,
    event: entry.event,
    about: summaryOf(entry),
    isUndoable: undoneIn(state, entry) !== undefined,
  };
}

const feedView = ({ advisories, tried: _, ...feed }: Feed): FeedView => ({ ...feed, count: advisories.length });
