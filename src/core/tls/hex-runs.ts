import { labelOf, type Label } from "./label";

/** Adjacent hex digits in a text, unchanged, with what a label says they are. */
export interface Run {
  readonly text: string;
  readonly label: Label | undefined;
}

// Separators that may occur within a digest. Any other character that is no letter and no digit ends it: quotation
// marks and brackets of any script, a table's bars, Markdown's marks.
const SEPARATOR = "\\s:.,_\\u00b7\\u2236\\u3001\\ua789\\uff0c\\uff0e\\uff1a\\uff3f\\u002d\\u2010-\\u2015\\u2212\\uff0d";
const TOKENS = new RegExp(`([${SEPARATOR}]+)|([^\\s\\p{P}\\p{S}]+)|.`, "gsu");
const SEPARATORS = new RegExp(`[${SEPARATOR}]+`, "u");
// A separator other than a blank.
const JOINT = new RegExp(`(?!\\s)[${SEPARATOR}]`, "u");
const BLANK = new RegExp(`(?<![${SEPARATOR}])[^\\S\\r\\n]+(?![${SEPARATOR}])`, "u");

export const digitsOf = (text: string): string => text.split(SEPARATORS).join("").toLowerCase();

/** A run with this many digits or more is a value. With fewer it is part of a label ("256 bits", "v3"). */
const VALUE = 16;

// The digits of "SHA-1", "sha256" and "SHA2-256" don't belong to the digest that follows. The prefix of a hex number
// doesn't, either.
const HASH_NAME = /sha[\s\u2010-\u2015-]?(?:[23]-)?(?:1|2|224|256|384|512)(?![0-9a-z])/giu;
const HEX_MARK = /(?:(?<![0-9a-z])0|\\)x(?=[0-9a-f]{2})/giu;
/** The text in the same length, without digits that belong to no value. */
const withoutNames = (text: string): string =>
  text.replace(HASH_NAME, (name) => name.replace(/\d/gu, "#")).replace(HEX_MARK, "  ");

/** The runs of a text, each with what its label says. Takes time in proportion to the text's length. */
export function runsIn(text: string): Run[] {
  const plain = withoutNames(text);
  const places = placesIn(plain);
  const values = places.filter(({ digits }) => digits >= VALUE);
  const labels = new Map(
    values.map((place, index) => {
      const before = text.slice(values[index - 1]?.end ?? 0, place.start);
      const rest = text.slice(place.end, values[index + 1]?.start);
      const [line = ""] = rest.split(/[\r\n]/u, 1);
      const isShared = values[index + 1] !== undefined && line.length === rest.length;
      return [place, labelOf(before, isShared ? "" : line)];
    }),
  );
  return places.map((place) => ({ text: plain.slice(place.start, place.end), label: labels.get(place) }));
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly digits: number;
}

function placesIn(text: string): Place[] {
  const places: Place[] = [];
  let open: Place | undefined;
  for (const { index, 0: token, 1: separator, 2: word } of text.matchAll(TOKENS)) {
    if (separator !== undefined) continue;
    if (word !== undefined && /^[0-9a-f]+$/iu.test(word)) {
      open = {
        start: open?.start ?? index,
        end: index + token.length,
        digits: (open?.digits ?? 0) + token.length,
      };
    } else if (open !== undefined) {
      places.push(open);
      open = undefined;
    }
  }
  return open === undefined ? places : [...places, open];
}

/**
 * The parts of a run that may each be one digest, most likely first: all of it, its paragraphs, lines, sentences,
 * words. A word of prose that happens to be hex ("de", "be", "add") doesn't belong to the pairs next to it. Only a
 * blank separates it from them, while the pairs have another separator.
 */
export function* partsOf(run: string): Generator<readonly string[]> {
  const bare = withoutProse(run);
  const isPaired = bare.split(JOINT).length > 3;
  const byBlank = bare.split(BLANK);
  const parts = isPaired && !byBlank.every((part) => JOINT.test(part)) ? byBlank : [bare];
  yield parts;
  for (const between of [/[\r\n]\s*[\r\n]+/u, /[\r\n]+/u, /[.,]\s+/u, /\s+/u, /[.,_]+/u])
    yield parts.flatMap((part) => part.split(between));
}

/**
 * Removes a first word of letters alone if its length differs from the next word. Also removes a last one that is
 * longer than the one before.
 */
function withoutProse(run: string): string {
  const words = run.split(SEPARATORS);
  const [first = "", second = first] = words;
  const [last = "", before = last] = words.toReversed();
  const isWord = (word: string): boolean => /^[a-f]+$/iu.test(word);
  const start = isWord(first) && first.length !== second.length ? run.slice(first.length) : run;
  return isWord(last) && last.length > before.length ? start.slice(0, -last.length) : start;
}
