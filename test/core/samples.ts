import type { Address } from "../../src/core/address";
import type { Certificate, Handshake } from "../../src/core/tls/certificate";
import type { Sha1, Sha256, Spki } from "../../src/core/tls/digest";
import type { Issuance } from "../../src/core/ct/issuance";
import type { Observation } from "../../src/core/tls/observation";
import type { Pin } from "../../src/core/pin/pin";
import { EMPTY_SESSION, EMPTY_STORED_STATE, type State } from "../../src/core/state/state";

// Only tests may mint these by hand.
export const sha1 = (digit: string): Sha1 => digit.repeat(40) as Sha1;
export const sha256 = (digit: string): Sha256 => digit.repeat(64) as Sha256;
export const spki = (letter: string): Spki => `${letter.repeat(43)}=` as Spki;
export const INSTANCE = "abc.ui.nabu.casa" as Address;

/** A certificate whose digests are all made of one digit, and whose key is called by a letter. */
export const certificate = (digit: string, key: string, subject = "CN=abc.ui.nabu.casa"): Certificate => ({
  sha1: sha1(digit),
  sha256: sha256(digit),
  spki: spki(key),
  subject,
  issuer: "CN=R11",
  serial: "01",
  notBefore: 1_790_000_000_000,
  notAfter: 1_800_000_000_000,
});

export const ROOT = certificate("7", "R", "CN=Built-in root");
export const ADDED = certificate("8", "A", "CN=Company proxy");

export const handshake = (leaf: Certificate, more: Partial<Handshake> = {}): Handshake => ({
  leaf,
  anchor: { kind: "built-in", root: ROOT },
  transparency: "policy_compliant",
  ...more,
});

export const unconfirmed = (digit: string, more: Partial<Pin> = {}): Pin => ({
  hosts: [INSTANCE],
  fingerprint: sha1(digit),
  source: "typed",
  pinnedAt: "2026-11-03T10:00:00.000Z",
  note: "",
  ...more,
});
export const confirmed = (digit: string, key: string, more: Partial<Pin> = {}): Pin =>
  unconfirmed(digit, { confirmed: { spki: spki(key), root: ROOT.sha256, leaves: [sha256(digit)] }, ...more });

export const seenTls = (leaf: Certificate, more: Partial<Observation> = {}): Observation => ({
  address: INSTANCE,
  at: 1_795_000_000_000,
  private: false,
  freshness: "live",
  seen: { kind: "tls", handshake: handshake(leaf) },
  request: { type: "main_frame", method: "GET", url: `https://${INSTANCE}/` },
  ...more,
});

/** The state with these saved pins, and nothing else. */
export const stateOf = (pins: Pin[]): State => ({
  stored: { ...EMPTY_STORED_STATE, pins },
  session: EMPTY_SESSION,
  guarded: [],
  ctStates: [],
});
/** An ordinary window in a Firefox that lets Latchkey see the cloud's addresses. */
export const SIGHT = { private: false, origins: ["*://*.ui.nabu.casa/*"] };

/** When the samples' pins were pinned, in milliseconds since 1970. */
export const PINNED = Date.parse("2026-11-03T10:00:00.000Z");
const HOUR = 60 * 60 * 1000;

/** A logged certificate whose digests are made of one digit, and whose key is called by a letter. */
export const issuance = (digit: string, key: string, more: Partial<Issuance> = {}): Issuance => ({
  id: `id ${digit}`,
  tbs: sha256(digit),
  sha256: sha256(digit),
  spki: spki(key),
  names: [INSTANCE],
  issuer: "CN=R11",
  issuerName: "Let’s Encrypt",
  revoked: false,
  foundAt: PINNED + 24 * HOUR,
  notBefore: PINNED + HOUR,
  notAfter: PINNED + 90 * 24 * HOUR,
  ...more,
});
