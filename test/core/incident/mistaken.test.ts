import { describe, expect, it } from "vitest";
import type { Fingerprint, Given } from "../../../src/core/tls/fingerprint";
import type { Sha1, Sha256, Spki } from "../../../src/core/tls/digest";
import type { Handshake } from "../../../src/core/tls/certificate";
import { mistakenIn, mistakenOf } from "../../../src/core/incident/mistaken";
import { observe } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, type State } from "../../../src/core/state/state";
import { headline, warningText } from "../../../src/core/view/texts";
import * as ways from "../tls/pasted-ways";
import { ADDED, confirmed, handshake, INSTANCE, ROOT, seenTls, unconfirmed, stateOf } from "../samples";

const DER = ways.printed("certificate").replace(/-----[^-]+-----|\s/gu, "");
const LEAF = {
  sha1: ways.SHA1 as Sha1,
  sha256: ways.SHA256 as Sha256,
  spki: ways.SPKI as Spki,
  subject: "CN=abc.ui.nabu.casa",
  issuer: "CN=E7",
  serial: ways.pairs(ways.SERIAL).toUpperCase(),
  notBefore: 1_790_000_000_000,
  notAfter: 1_800_000_000_000,
};
const SEEN: Handshake = handshake(LEAF);
const given = (fingerprint: string, sha1?: string): Given => ({
  fingerprint: fingerprint as Fingerprint,
  ...(sha1 === undefined ? {} : { sha1: sha1 as Sha1 }),
});

const ROWS: readonly [name: string, given: Given, mistaken: string | undefined, withoutDer: string | undefined][] = [
  ["the key's digest", given(ways.SPKI_HEX), "key", "key"],
  ["the root's SHA-256", given(ROOT.sha256), "authority", "authority"],
  ["the root's SHA-1", given(ROOT.sha1), "authority", "authority"],
  ["the serial number", given(ways.SERIAL), "serial", undefined],
  ["the subject key ID", given(ways.KEY_ID), "key-id", undefined],
  ["the authority key ID", given(ways.AUTHORITY_KEY_ID), "key-id", undefined],
  ["a log's ID", given(ways.LOG_ID), "log-id", undefined],
  ["the SHA-1 and the key's digest", given(ways.SPKI_HEX, ways.SHA1), "key", "key"],
  ["the SHA-256 and the key ID", given(ways.SHA256, ways.KEY_ID), "key-id", undefined],
  ["the fingerprint", given(ways.SHA1), undefined, undefined],
  ["both fingerprints", given(ways.SHA256, ways.SHA1), undefined, undefined],
  ["another digest", given("ab".repeat(20)), undefined, undefined],
];
it.each(ROWS)("recognizes what was pinned: %s", (_, pinned, mistaken, withoutDer) => {
  expect(mistakenIn(pinned, SEEN, DER)).toBe(mistaken);
  expect(mistakenIn(pinned, SEEN)).toBe(withoutDer);
});

describe("a warning about a value that is no fingerprint", () => {
  const state = (pin: ReturnType<typeof unconfirmed>): State => stateOf([pin]);
  const seen = seenTls(LEAF, { chain: [DER] });
  const incidentOf = (pin: ReturnType<typeof unconfirmed>) => {
    const [incident] = observe(state(pin), seen).state.stored.incidents;
    if (incident === undefined) throw new Error("no incident");
    return incident;
  };

  it.each([
    [ways.SPKI_HEX, "warnMistakenKey"],
    [ways.KEY_ID, "warnMistakenKeyId"],
    [ways.LOG_ID, "warnMistakenLogId"],
    [ways.SERIAL, "warnMistakenSerial"],
    [ROOT.sha256, "warnMistakenAuthority"],
  ] as const)("stays a mismatch and says so: %s", (value, key) => {
    const pin = unconfirmed("1", given(value));
    const incident = incidentOf(pin);
    expect(incident.verdict).toEqual({ kind: "mismatch", cause: "never-confirmed" });
    const mistaken = mistakenOf(incident, [pin]);
    expect(warningText(incident.verdict, mistaken).key).toBe(key);
    expect(headline(incident.verdict, mistaken).key).toBe("headMistaken");
  });

  it.each([
    [ways.SPKI_HEX, "key"],
    [ADDED.sha256, "authority"],
    [ways.KEY_ID, undefined],
    [ways.SERIAL, undefined],
  ] as const)("leaves out values that an added authority can forge: %s", (value, mistaken) => {
    const pin = unconfirmed("1", given(value));
    const proxied = handshake(LEAF, { anchor: { kind: "added", root: ADDED } });
    const seenThere = seenTls(LEAF, { chain: [DER], seen: { kind: "tls", handshake: proxied } });
    const [incident] = observe(state(pin), seenThere).state.stored.incidents;
    expect(incident?.verdict.kind).toBe("interception");
    expect(incident && mistakenOf(incident, [pin])).toBe(mistaken);
  });

  it("says nothing if a connection has confirmed another pin of the address", () => {
    const pins = [unconfirmed("1", given(ways.SPKI_HEX)), confirmed("2", "X")];
    const proxied = handshake(LEAF, { anchor: { kind: "added", root: ADDED } });
    const seenThere = seenTls(LEAF, { seen: { kind: "tls", handshake: proxied } });
    const before: State = { ...state(unconfirmed("1")), stored: { ...EMPTY_STORED_STATE, pins } };
    const [incident] = observe(before, seenThere).state.stored.incidents;
    expect(incident?.verdict.kind).toBe("interception");
    expect(incident && mistakenOf(incident, pins)).toBeUndefined();
  });

  it("is about the pins of its own address that no connection confirmed", () => {
    const pin = unconfirmed("1", given(ways.SPKI_HEX));
    const incident = incidentOf(pin);
    expect(mistakenOf(incident, [{ ...pin, hosts: [] }])).toBeUndefined();
    expect(mistakenOf(incident, [])).toBeUndefined();
    const known = confirmed("1", "K", given(ways.SPKI_HEX));
    expect(mistakenOf(incidentOf(known), [known])).toBeUndefined();
    expect(INSTANCE).toBe(incident.address);
  });
});
