import * as z from "zod/mini";
import { isSha1, isSha256, type Sha1, type Sha256 } from "./digest";
import { err, ok, type Result } from "./result";

/** The digest of a whole certificate: SHA-1 (40 lower-case hex digits) or SHA-256 (64), told apart by length. */
export type Fingerprint = Sha1 | Sha256;

const isFingerprint = (value: unknown): value is Fingerprint => isSha1(value) || isSha256(value);
export const FINGERPRINT = z.custom<Fingerprint>(
  isFingerprint,
  "not a fingerprint: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits are needed",
);

/** Why a text holds no fingerprint we could take. `character` is what was found, `digits` how many there were. */
export type FingerprintError =
  | { readonly code: "fingerprint-empty" }
  | { readonly code: "fingerprint-none" }
  | { readonly code: "fingerprint-look-alike"; readonly character: string; readonly meant: string }
  | { readonly code: "fingerprint-not-hex"; readonly character: string }
  | { readonly code: "fingerprint-wrong-length"; readonly digits: number }
  | { readonly code: "fingerprint-several" };

// Characters that a font, a keyboard or a scan makes of a hex digit. Never taken for it: the user is told which.
const LOOK_ALIKES = new Map(
  Object.entries({
    ...{ O: "0", o: "0", Ο: "0", ο: "0", О: "0", о: "0", l: "1", I: "1", i: "1", "|": "1", І: "1", і: "1", Ι: "1" },
    ...{ S: "5", s: "5", Z: "2", z: "2", q: "9", З: "3", з: "3", Ь: "b", б: "6" },
    ...{ А: "a", а: "a", Α: "a", α: "a", В: "b", в: "b", Β: "b", β: "b", С: "c", с: "c", Ϲ: "c", ϲ: "c", ԁ: "d" },
    ...{ Е: "e", е: "e", Ε: "e", ε: "e", Ϝ: "f" },
  }),
);
const meantBy = (character: string): string | undefined => {
  const plain = character.normalize("NFKC").toLowerCase(); // full-width, superscript and mathematical forms
  return /^[0-9a-f]$/.test(plain) ? plain : LOOK_ALIKES.get(character);
};

const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/gu;
// "SHA-1", "sha256", "SHA 1": their digits are no part of the digest that follows.
const LABEL = /sha[\s-]?(?:1|2|224|256|384|512)(?![0-9a-z])/giu;
// What a digest may be broken by; anything else ends it.
const SEPARATORS = /[\s:\u002d\u2010-\u2015\u2212]+/u;
const digitsOf = (text: string): string => text.split(SEPARATORS).join("").toLowerCase();

/** Runs of text whose words are all made of characters that `isDigit` accepts. */
function runsOf(text: string, isDigit: RegExp): string[] {
  const parts = text.split(/([^\s:\u002d\u2010-\u2015\u2212]+)/u); // words at odd places, separators between
  const runs: string[] = [];
  let run = "";
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) run += run === "" ? "" : part;
    else if (isDigit.test(part)) run += part;
    else {
      if (run !== "") runs.push(run.trim());
      run = "";
    }
  }
  if (run !== "") runs.push(run.trim());
  return runs;
}

/** A whole run where its length is right; else its lines, else its words: a digest beside something else. */
function digestsOf(run: string): Fingerprint[] {
  for (const pieces of [[run], run.split(/[\r\n]+/u), run.split(/\s+/u)]) {
    const found = pieces.map(digitsOf).filter(isFingerprint);
    if (found.length > 0) return found;
  }
  return [];
}

const find = (text: string): Set<Fingerprint> =>
  new Set(
    text
      .split(/[=(),;"'<>[\]]/u)
      .flatMap((part) => runsOf(part, /^[0-9a-f]+$/iu))
      .flatMap(digestsOf),
  );

/**
 * Reads a fingerprint from whatever a person pastes: bare hex, pairs with colons, spaces, dashes or line breaks, either
 * case, with a label (`SHA-1 Fingerprint=…`), or the whole text of Home Assistant's certificate dialog in any language.
 * Never throws and never guesses: a text that is not exactly one digest is an error that says why.
 */
export function parseFingerprint(input: string): Result<Fingerprint, FingerprintError> {
  const text = input.replace(INVISIBLE, "").replace(LABEL, ";");
  if (text.trim() === "") return err({ code: "fingerprint-empty" });

  const [digest, another] = find(text);
  if (another !== undefined) return err({ code: "fingerprint-several" });
  if (digest !== undefined) return ok(digest);
  return err(explain(text));
}

/** Why nothing was found: what a person most likely did. */
function explain(text: string): FingerprintError {
  const characters = Array.from(text);
  if (find(characters.map((character) => meantBy(character) ?? character).join("")).size > 0) {
    // Named is the first wrong one inside a word that is otherwise hex, not a letter of a label before it.
    for (const word of text.split(/[\s:=(),;-]+/u)) {
      const wrong = Array.from(word).find((character) => !/[0-9a-f]/iu.test(character));
      const meant = wrong === undefined ? undefined : meantBy(wrong);
      const mended = Array.from(word).every((character) => meantBy(character) !== undefined);
      if (wrong !== undefined && meant !== undefined && mended)
        return { code: "fingerprint-look-alike", character: wrong, meant };
    }
  }
  const compact = digitsOf(text);
  const stray = Array.from(compact).find((character) => !/[0-9a-f]/u.test(character));
  if (stray !== undefined && (Array.from(compact).length === 40 || Array.from(compact).length === 64))
    return { code: "fingerprint-not-hex", character: stray };
  const longest = Math.max(0, ...runsOf(text, /^[0-9a-f]+$/iu).map((run) => digitsOf(run).length));
  return longest >= 8 ? { code: "fingerprint-wrong-length", digits: longest } : { code: "fingerprint-none" };
}

/** Groups of four digits, as a person reads and compares them. */
export const inGroups = (digest: string): string[] => digest.match(/.{1,4}/gu) ?? [];
