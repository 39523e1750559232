// Reads the texts of screens and documents as a careful editor would.
import { retext } from "retext";
import retextEquality from "retext-equality";
import retextPassive from "retext-passive";
import retextReadability from "retext-readability";

/** What the project's list of words replaces, with what to write instead. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bhouses?\b/iu, "your Home Assistant"],
  [
    /\b(?:a|the|next|last|each|every) looks?\b|\blooked at\b|\blook (?:once|there|again|through)\b/iu,
    "connection check, query",
  ],
  [/\b(?:he|him|his|she|her)\b/iu, "someone, the attacker, they"],
  [/\b(?:somebody|anybody|whoever|whatever answers|what answers|what answered)\b/iu, "someone, anyone, the server"],
  [/\bin (?:its|their|your house’s|the) place\b|\bin place of\b/iu, "instead of"],
  [/\banew\b/iu, "again"],
  [/\brid of\b/iu, "without, fixes"],
  [/\ball the same\b/iu, "otherwise, anyway"],
  [/\bvouch/iu, "trusted by, issuer"],
  [/\btold of\b|\btells? of\b/iu, "show, report, say"],
  [/\btaken on trust\b|\bon trust\b/iu, "trusted on first use"],
  [/\bpublic record\b/iu, "public certificate logs"],
  [/\bturned away\b|\bcut off\b/iu, "rejected, closed without a response"],
  [/\bknown (?:security )?problems?\b/iu, "known vulnerabilities"],
  [/\bso long (?:may|until)\b/iu, "maximum time"],
  [/(?:^|[.:;,] |, and |, or )where\b/iu, "if, when"],
  [/!/u, "no exclamation mark"],
  [/\b\w+'\w+\b/u, "’ instead of '"],
  [/\b(?:colour|behaviour|organis|recognis|catalogue|centre|labelled|licence)/iu, "American English"],
];

/** The maximum number of words in a sentence on a screen. */
export const MAX_WORDS = 20;

/** Replaces code by one word, as a reader counts it, even if it has dots or slashes. */
const withoutCode = (text: string): string =>
  text
    .replace(
      /https?:\/\/\S*[\w/]|[\w-]+(?:\.[\w-]+)+(?:\/\w+)*|\/\w+(?:\/\w+)+|\b\d+(?:-\d+)?\b|a-f|0-9|HTTP\/2/gu,
      "code",
    )
    .replace(/ [→·] /gu, " ");

/** The sentences of a text; a colon before a list of things to select doesn't end one. */
const sentencesOf = (text: string): string[] =>
  [...new Intl.Segmenter("en", { granularity: "sentence" }).segment(text)].map(({ segment }) => segment.trim());

const wordsIn = (sentence: string): number =>
  [...new Intl.Segmenter("en", { granularity: "word" }).segment(sentence)].filter(
    ({ isWordLike }) => isWordLike === true,
  ).length;

/** What is wrong with a text, each with the reason. @param maxWords - in a sentence */
export function problemsIn(text: string, maxWords = MAX_WORDS): string[] {
  const long = sentencesOf(withoutCode(text)).filter((sentence) => wordsIn(sentence) > maxWords);
  return [
    ...long.map((sentence) => `${wordsIn(sentence)} words: ${sentence}`),
    ...BANNED.filter(([pattern]) => pattern.test(text)).map(([pattern, instead]) => `${pattern.source}: ${instead}`),
  ];
}

const said = async (
  processor: { process: (text: string) => Promise<{ messages: readonly { reason: string }[] }> },
  text: string,
) => (await processor.process(text)).messages.map(({ reason }) => reason);

/** Words that are about computers here. */
const OF_COMPUTERS = ["host", "hosts", "disabled"];
/** Words that name one gender or belittle someone, by retext-equality. */
export const unequalIn = (text: string): Promise<string[]> =>
  said(retext().use(retextEquality, { ignore: OF_COMPUTERS }), withoutCode(text));
/** Verbs whose sentence may not say who acts, by retext-passive. */
export const passiveIn = (text: string): Promise<string[]> => said(retext().use(retextPassive), withoutCode(text));
/** Sentences that most formulas for readability call hard at this age, by retext-readability. */
export const hardIn = (text: string, age: number): Promise<string[]> =>
  said(retext().use(retextReadability, { age, minWords: 8, threshold: 5 / 7 }), withoutCode(text));
export const countSentences = (text: string): number => sentencesOf(text).length;
