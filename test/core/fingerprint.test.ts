import { fc, test } from "./properties";
import { expect, it } from "vitest";
import { parseFingerprint } from "../../src/core/fingerprint";

const SHA1 = "5f2e91c044d17ab3e0c91f6602d8b7aa63e10c4d";
const OTHER = "c7a03be91d5288f40e71aa3c95d04b16f2c877de";
const SHA256 = "9a".repeat(32);
const pairs = (hex: string): string[] => hex.match(/../gu) ?? [];
const fours = (hex: string): string[] => hex.match(/.{4}/gu) ?? [];

const TAKEN: [string, string, string][] = [
  ["bare", SHA1, SHA1],
  ["SHA-256", SHA256, SHA256],
  ["upper case", SHA1.toUpperCase(), SHA1],
  ["colons", pairs(SHA1).join(":"), SHA1],
  ["spaces", fours(SHA1).join(" "), SHA1],
  ["dashes", pairs(SHA1).join("-"), SHA1],
  ["line breaks", `${SHA1.slice(0, 20)}\r\n${SHA1.slice(20)}\n`, SHA1],
  ["no-break spaces and dashes of a word processor", fours(SHA1).join("\u00a0–\u00a0"), SHA1],
  ["openssl's label", `SHA1 Fingerprint=${pairs(SHA1).join(":").toUpperCase()}`, SHA1],
  ["a label with a digit beside it", `SHA-1: ${SHA1}`, SHA1],
  ["openssl's SHA-256", `sha256 Fingerprint=${pairs(SHA256).join(":")}`, SHA256],
  [
    "Home Assistant's dialog",
    `Certificate information\nCertificate expiration date: February 9, 2027 at 10:11:12 (will be automatically renewed)\nCertificate fingerprint: ${SHA1}\nAlternative names:\nabc.ui.nabu.casa`,
    SHA1,
  ],
  ["the dialog in German", `Zertifikat-Fingerabdruck: ${SHA1}\nAdditional names: abad.ui.nabu.casa`, SHA1],
  ["the dialog in Chinese", `证书指纹:${SHA1}`, SHA1],
  ["the same digest twice", `${SHA1}\n${pairs(SHA1).join(":")}`, SHA1],
  ["a digest beside a short hex word", `de ${SHA1}`, SHA1],
];
it.each(TAKEN)("takes %s", (_, text, digest) => {
  expect(parseFingerprint(text)).toEqual({ ok: true, value: digest });
});

const REFUSED: [string, string, object][] = [
  ["nothing", "", { code: "fingerprint-empty" }],
  ["blanks", " \n\u200b", { code: "fingerprint-empty" }],
  ["words", "where is the fingerprint?", { code: "fingerprint-none" }],
  ["a digit too few", SHA1.slice(1), { code: "fingerprint-wrong-length", digits: 39 }],
  ["a digit too many", `${SHA1}0`, { code: "fingerprint-wrong-length", digits: 41 }],
  ["an MD5", SHA1.slice(8), { code: "fingerprint-wrong-length", digits: 32 }],
  ["a letter O for a zero", SHA1.replace("0", "O"), { code: "fingerprint-look-alike", character: "O", meant: "0" }],
  ["an l for a one", SHA1.replace("1", "l"), { code: "fingerprint-look-alike", character: "l", meant: "1" }],
  ["a Cyrillic а", SHA1.replace("a", "а"), { code: "fingerprint-look-alike", character: "а", meant: "a" }],
  [
    "a full-width digit",
    SHA1.replace("5", "\uff15"),
    { code: "fingerprint-look-alike", character: "\uff15", meant: "5" },
  ],
  [
    "a look-alike after a label",
    `SHA-1 Fingerprint=${SHA1.replace("0", "O")}`,
    { code: "fingerprint-look-alike", character: "O", meant: "0" },
  ],
  ["a letter that is none", SHA1.replace("5", "g"), { code: "fingerprint-not-hex", character: "g" }],
  ["two digests", `${SHA1} ${OTHER}`, { code: "fingerprint-several" }],
  ["two digests in pairs", `${pairs(SHA1).join(":")}\n${pairs(OTHER).join(":")}`, { code: "fingerprint-several" }],
  ["SHA-1 and SHA-256", `SHA1 Fingerprint=${SHA1}\nSHA256 Fingerprint=${SHA256}`, { code: "fingerprint-several" }],
];
it.each(REFUSED)("refuses %s", (_, text, error) => {
  expect(parseFingerprint(text)).toEqual({ ok: false, error });
});

test(
  "never throws, and what it takes is lower-case hex of a digest's length",
  [fc.string({ unit: "grapheme" })],
  (text) => {
    const parsed = parseFingerprint(text);
    if (parsed.ok) expect(parsed.value).toMatch(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u);
    else expect(parsed.error.code).toMatch(/^fingerprint-/u);
  },
);
