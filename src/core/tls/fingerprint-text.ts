import { isSha1, isSha256 } from "./digest";
import { isFingerprint, type Fingerprint, type FingerprintError, type Given } from "./fingerprint";
import { digitsOf, partsOf, runsIn, type Run } from "./hex-runs";
import { labelOf, type OtherValue } from "./label";
import { err, ok, type Result } from "../result";

/** A chain of certificates with their text has some 30,000 characters. */
export const MAX_PASTED = 100_000;

// Characters that a font, a keyboard or a scan produces instead of a hex digit. They are never accepted as that digit:
// the popup shows which one is wrong.
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

// Direction marks, joiners, soft hyphens and variation selectors: they are invisible, and get copied along.
const INVISIBLE = /[\p{Cf}\ufe00-\ufe0f]/gu;
// What mail programs put at the beginning (`> `) and, if no base64 is expected, the end (`=`) of lines.
const QUOTED = /^[ \t]*(?:>[ \t]?)+/gmu;
const SOFT_BREAK = /=(?=\r?\n)/gu;
// `0010: F0 97 CF 53      ...S`, as keytool and openssl write longer values: only the bytes are meant.
const DUMPED =
  /^[ \t]*[0-9a-f]{4,8}[ \t]*[-:][ \t]+((?:[0-9a-f]{2}[ \t-]{1,3}){0,15}[0-9a-f]{2})(?:[ \t]{2,}[^\r\n]*)?$/gimu;

/** A text as its author meant it, without what screens and mail programs add. */
export const clean = (text: string): string => text.replace(INVISIBLE, "").replace(QUOTED, "");

function digestsOf({ text }: Run): Fingerprint[] {
  for (const parts of partsOf(text)) {
    const found = parts.map(digitsOf).filter(isFingerprint);
    if (found.length > 0) return found;
  }
  return [];
}

const isCandidate = ({ label }: Run): boolean => label === undefined || label === "fingerprint";

const find = (runs: readonly Run[]): Set<Fingerprint> => new Set(runs.filter(isCandidate).flatMap(digestsOf));

/**
 * Reads a fingerprint from any text that a person pastes. It may be bare hex, or pairs with colons, spaces, dashes,
 * dots or line breaks. Upper and lower case, quotation marks and brackets of any script are allowed. It may have a
 * label (`SHA-1 Fingerprint=…`). It may also be the whole text of Home Assistant's certificate dialog in any language.
 * The texts of certificate viewers and of programs such as openssl work, too.
 * A SHA-1 and a SHA-256 count together as one certificate's. A value whose label says something else is refused. Never
 * throws and never guesses: a text that isn't exactly one certificate is an error that says why.
 */
export function parseFingerprint(input: string): Result<Given, FingerprintError> {
  if (input.length > MAX_PASTED) return err({ code: "fingerprint-too-long", characters: input.length });
  const text = clean(input).replace(SOFT_BREAK, "").replace(DUMPED, "$1");
  if (text.trim() === "") return err({ code: "fingerprint-empty" });

  const runs = runsIn(text);
  const found = [...find(runs)];
  const [sha1, otherSha1] = found.filter(isSha1);
  const [sha256, otherSha256] = found.filter(isSha256);
  if (otherSha1 !== undefined || otherSha256 !== undefined) return err({ code: "fingerprint-several" });
  if (sha256 !== undefined) return ok({ fingerprint: sha256, ...(sha1 === undefined ? {} : { sha1 }) });
  return sha1 === undefined ? err(explain(text, runs)) : ok({ fingerprint: sha1 });
}

/** Why nothing was found: the most likely mistake. */
function explain(text: string, runs: readonly Run[]): FingerprintError {
  const other = runs.map(otherIn).find((what) => what !== undefined);
  const isNamed = runs.some(({ label }) => label === "fingerprint");
  if (other !== undefined && !isNamed) return { code: "fingerprint-other", what: other };

  const lookAlike = lookAlikeIn(text);
  if (lookAlike !== undefined) return lookAlike;
  const stray = strayIn(text);
  if (stray !== undefined) return { code: "fingerprint-not-hex", character: stray };

  const base64 = base64In(text);
  if (base64 !== undefined) return base64;

  const counted = runs.filter(({ label }) => !isNamed || label === "fingerprint").map(lengthOf);
  const longest = Math.max(0, ...counted);
  return longest >= 8 ? { code: "fingerprint-wrong-length", digits: longest } : { code: "fingerprint-none" };
}

const otherIn = ({ label }: Run): OtherValue | undefined =>
  label === "fingerprint" || label === "other-hash" ? undefined : label;

const lengthOf = ({ text }: Run): number => {
  const [first = []] = partsOf(text);
  return Math.max(0, ...first.map((part) => digitsOf(part).length));
};

/** A character that only resembles a hex digit, if the text would be a fingerprint with that digit instead. */
function lookAlikeIn(text: string): FingerprintError | undefined {
  // A table's bar is a word by itself.
  const mended = Array.from(text.replace(/(?<![0-9a-z])\|(?![0-9a-z])/giu, " "), (character) =>
    (meantBy(character) ?? character).padEnd(character.length),
  ).join("");
  if (find(runsIn(mended)).size === 0) return undefined;
  // Names the first wrong character in a word that is otherwise hex, not a letter of a label before it ("is", "so").
  const words = text.split(/[\s:=(),;.-]+/u).map((word) => Array.from(word));
  const likely = words.filter((word) => word.every((character) => meantBy(character) !== undefined));
  const isHex = (character: string): boolean => /[0-9a-f]/iu.test(character);
  for (const word of [...likely.filter((letters) => letters.some(isHex)), ...likely]) {
    const wrong = word.find((character) => !isHex(character));
    const meant = wrong === undefined ? undefined : meantBy(wrong);
    if (wrong !== undefined && meant !== undefined) return { code: "fingerprint-look-alike", character: wrong, meant };
  }
  return undefined;
}

/** A character that is no hex digit, in a text with as many characters as a fingerprint. */
function strayIn(text: string): string | undefined {
  const inside = /[0-9a-f](?:.*[0-9a-f])?/isu.exec(text)?.[0] ?? "";
  for (const piece of [
    text.trim() === inside ? text : "",
    ...text.split(/[^\p{L}\p{N}\s:：.,_\p{Pd}]|[\r\n]|(?<=\p{L}{3})[:：]/u),
  ]) {
    const characters = Array.from(digitsOf(piece));
    const strays = characters.filter((character) => !/[0-9a-f]/u.test(character));
    const isLong = characters.length === 40 || characters.length === 64;
    if (isLong && strays.length > 0 && strays.length <= 2) return strays[0];
  }
  return undefined;
}

/** A SHA-256 in base64, as keys are pinned (`pin-sha256="…"`, `sha256//…`). */
const base64In = (text: string): FingerprintError | undefined =>
  /(?<![0-9a-z+/])(?:sha256\/{1,2})?[0-9a-z+/]{43}=/iu.test(text)
    ? { code: "fingerprint-other", what: labelOf(text, "") === "key" ? "key" : "base64" }
    : undefined;
