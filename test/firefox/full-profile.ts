// A profile with the maximum that the pages must handle: hundreds of instances and warnings, and thousands of changes.
import type { Address } from "../../src/core/address";
import type { Entry } from "../../src/core/pin/history";
import type { Incident } from "../../src/core/incident/incident";
import { DAY } from "../../src/core/schedule";
import type { Pin } from "../../src/core/pin/pin";
import {
  EMPTY_SESSION,
  EMPTY_STORED_STATE,
  type Check,
  type Session,
  type StoredState,
} from "../../src/core/state/state";
import type { Certificate, Handshake } from "../../src/core/tls/certificate";
import type { Sha1, Sha256, Spki } from "../../src/core/tls/digest";
import { EMPTY_VERSIONS, type VersionState } from "../../src/core/version/version-state";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID, type FirefoxSession } from "../lab/firefox-session";
import { call, insiderDo } from "./insider";

export interface Amount {
  readonly instances: number;
  /** Changes of the pins, and as many of the versions. */
  readonly changes: number;
  readonly warnings: number;
}
/** The amount with which the pages must stay fast. */
export const FULL: Amount = { instances: 500, changes: 2000, warnings: 200 };

/** All that is saved, by its keys. */
interface Profile {
  readonly local: { readonly book: StoredState; readonly versions: VersionState };
  readonly session: { readonly session: Session };
}

const MINUTE = 60_000;
/** Characters of a certificate in base64, as public authorities issue them. */
const DER = 1600;
/** Number of entries that each list in the browser's session keeps. */
const CHECKS = 100;

/** A digest in hex. Each digit differs from one instance to the next. */
const hex = (index: number, length: number): string =>
  Array.from({ length }, (_, at) => ((index * 7 + at * (index + 3)) % 16).toString(16)).join("");
export const addressOf = (index: number): Address => `instance${String(index)}.ui.nabu.casa` as Address;

function certificateOf(index: number, now: number): Certificate {
  const sha256 = hex(index, 60) + index.toString(16).padStart(4, "0");
  return {
    ...{ sha1: sha256.slice(24) as Sha1, sha256: sha256 as Sha256, spki: `${sha256.slice(0, 43)}=` as Spki },
    ...{ subject: `CN=${addressOf(index)}`, issuer: "CN=R11,O=Let's Encrypt,C=US", serial: "04A1" },
    ...{ notBefore: now - 30 * DAY, notAfter: now + 60 * DAY },
  };
}

const handshakeOf = (index: number, now: number): Handshake => ({
  leaf: certificateOf(index, now),
  anchor: { kind: "built-in", root: certificateOf(9999, now) },
  transparency: "policy_compliant",
});

/** The fingerprint that identifies the pin of an instance. */
export const fingerprintOf = (index: number): Sha1 => certificateOf(index, 0).sha1;

function pinOf(index: number, now: number): Pin {
  const { sha1, sha256, spki, issuer, notBefore, notAfter } = certificateOf(index, now);
  const confirmed = {
    spki,
    root: certificateOf(9999, now).sha256,
    leaves: [sha256],
    last: { issuer, notBefore, notAfter },
  };
  const note = index % 3 === 0 ? `Customer ${String(index)}` : "";
  const pinnedAt = new Date(now - index * DAY).toISOString();
  return { hosts: [addressOf(index)], fingerprint: sha1, source: "typed", pinnedAt, note, confirmed };
}

const checkOf = (index: number, now: number): Check => ({
  ...{ address: addressOf(index), at: now - MINUTE, fresh: true, inconclusive: false },
  ...{ verdict: { kind: "match", pin: certificateOf(index, now).sha1 }, handshake: handshakeOf(index, now) },
  chain: ["A".repeat(DER)],
});

/** Each pin got a note again and again: the newest of them can be undone. */
function changeOf(index: number, instances: number, at: number, now: number): Entry {
  const pin = pinOf(index % instances, now);
  return { at, event: "noted", before: [{ ...pin, note: `Note ${String(index)}` }], after: [pin] };
}

function warningOf(index: number, pins: readonly Pin[], now: number): Incident {
  const at = now - index * MINUTE;
  const { hosts, ...pin } = pins[index % pins.length] ?? pinOf(index, now);
  const [address = addressOf(index)] = hosts;
  const request = { type: "main_frame", method: "GET", url: `https://${address}/` };
  const root = hex(index + 1000, 64) as Sha256;
  const closed = index % 4 === 3 ? { closed: { at: at + MINUTE, how: "understood" as const } } : {};
  return {
    ...{ address, verdict: { kind: "mismatch", cause: "other-key" }, trustAnchor: root, first: at - DAY, last: at },
    ...{ count: 3, notifiedAt: at, pins: [{ hosts, ...pin }], ...closed },
    samples: [
      {
        at,
        request,
        handshake: handshakeOf(index + 1000, now),
        chain: Array.from({ length: 3 }, () => "A".repeat(DER)),
      },
    ],
  };
}

/** @param now - in milliseconds since 1970 */
export function profileWith({ instances, changes, warnings }: Amount, now: number): Profile {
  const all = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const pins = all(instances).map((index) => pinOf(index, now));
  const book: StoredState = {
    ...EMPTY_STORED_STATE,
    pins,
    history: all(changes).map((index) => changeOf(index, instances, now - (changes - index) * MINUTE, now)),
    incidents: all(warnings).map((index) => warningOf(index, pins.slice(1), now)),
  };
  const versions: VersionState = {
    ...EMPTY_VERSIONS,
    seen: all(instances).map((index) => ({ address: addressOf(index), text: "2026.11.0", at: now, from: "remote" })),
    history: all(changes).map((index) => ({
      ...{ at: now - (changes - index) * MINUTE - 1, event: "reported", address: addressOf(index % instances) },
      ...{ text: "2026.11.0", ids: [] },
    })),
  };
  const checks = all(Math.min(instances, CHECKS)).map((index) => checkOf(index, now));
  const session: Session = { ...EMPTY_SESSION, ordinary: { checks, failures: [] } };
  return { local: { book, versions }, session: { session } };
}

/** Writes a note on an instance's pin, as the options page does. */
export const writeNote = (firefox: FirefoxSession, index: number, note: string): Promise<unknown> => {
  return call(firefox, "pin.note", { fingerprint: fingerprintOf(index), note });
};

/** Saves a profile as if Latchkey had written it, and ends the background, which reads it when it starts again. */
export async function fill(firefox: FirefoxSession, amount: Amount): Promise<void> {
  const { local, session } = profileWith(amount, Date.now());
  await insiderDo(firefox, `browser.storage.local.set(${JSON.stringify(local)}).then(() => 0)`);
  await insiderDo(firefox, `browser.storage.session.set(${JSON.stringify(session)}).then(() => 0)`);
  await suspendBackground(firefox.bidi, EXTENSION_ID);
}
