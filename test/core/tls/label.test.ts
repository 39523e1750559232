import { expect, it } from "vitest";
import { labelOf, type Label } from "../../../src/core/tls/label";

const LABELS: [where: string, before: string, after: string, label: Label | undefined][] = [
  ["before it on its line", "SHA-1 Fingerprint=", "", "fingerprint"],
  ["before it, the nearest of two", "Public key: none, certificate fingerprint: ", "", "fingerprint"],
  ["before it, as one name of two words", "Public Key SHA-256 fingerprint: ", "", "key"],
  ["before it, though another follows", "Session-ID: ", " fingerprint", "session"],
  ["above it", "Subject Key Identifier:\n    ", "", "key-id"],
  ["above it, with lines without letters between", "Serial Number\n\n--\n", "", "serial"],
  ["above it, and above the name of a hash", "Public Key\nSHA-256\n", "", "key"],
  ["above it, next to the name of a hash", "Fingerprints\nSHA-256\t", "", "fingerprint"],
  ["behind it", "", "  pubkey.der", "key"],
  // A line with a value of its own isn't the heading of the next one.
  ["not on a line with its own value", "SSL-Session: none\n", "", undefined],
  ["not above words of its own line", "Fingerprint\nwith the words ", "", undefined],
  ["not above words that say nothing", "Fingerprint\nof this server\n", "", undefined],
  ["nowhere", "", "", undefined],
  ["nowhere but a hash's name", "SHA-1: ", "", undefined],
  ["nowhere but a hash that no fingerprint uses", "SHA-512: ", "", "other-hash"],
  // Words that only resemble a label.
  ["not in the public key's algorithm", "Public key algorithm: ", "", undefined],
  ["not in the signature's algorithm", "Signature algorithm: ", "", undefined],
];
it.each(LABELS)("finds the label of a value %s: %j and %j", (_, before, after, label) => {
  expect(labelOf(before, after)).toBe(label);
});

const WORDS: [Label, string[]][] = [
  [
    "fingerprint",
    ["Fingerabdruck", "Empreinte", "Huella digital", "Impronta", "Vingerafdruk", "Odcisk", "指纹", "拇印"],
  ],
  ["session", ["Session-ID", "Sitzung", "Master-Key", "TLS session ticket"]],
  ["key-id", ["Subject Key ID", "Schlüsselkennung", "Identifiant de la clé"]],
  ["log-id", ["Log ID", "Log Key ID"]],
  ["serial", ["Serial Number", "Seriennummer", "Numéro de série", "Numer seryjny"]],
  ["key", ["Public Key", "SPKI", "Öffentlicher Schlüssel", "Clé publique", "Modulus"]],
  ["signature", ["Signature", "Signaturwert", "Handtekening"]],
];
it.each(WORDS.flatMap(([label, words]) => words.map((word) => [word, label] as const)))(
  "knows %s as %s",
  (word, label) => {
    for (const text of [word, word.toUpperCase(), word.toLowerCase()]) expect(labelOf(`${text}: `, "")).toBe(label);
  },
);
