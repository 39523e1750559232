// The only place that turns texts, numbers, dates and lists into what the user reads.
import { DAY } from "../../core/schedule";
import browser from "webextension-polyfill";
import type { MessageKey, PluralKey, PluralValues, Text, Value, Values } from "../../core/message-key";

/** A message in the user's language. @param values - what fills its placeholders, by their names */
export const translate = <K extends MessageKey>(key: K, ...[values]: Values<K>): string => filled(key, values);

export const translateText = ({ key, values }: Text): string => filled(key, values);

/**
 * A message with a number, in the plural form that the language needs.
 * @param count - fills the placeholder `count`
 */
export const translateCount = <B extends PluralKey>(
  base: B,
  count: number,
  ...[values = {}]: PluralValues<B>
): string => {
  const all = { ...values, count: new Intl.NumberFormat(locale()).format(count) };
  const form = new Intl.PluralRules(locale()).select(count);
  return filled(`${base}_${form}`, all) || filled(`${base}_other`, all);
};

/**
 * `messages.json` numbers the placeholders by the alphabetical order of their names (test/messages.test.ts).
 * @param key - not only a {@link MessageKey}: Firefox has an empty text for a plural form that a language lacks
 */
const filled = (key: string, values: Readonly<Record<string, Value>> = {}): string =>
  browser.i18n.getMessage(
    key,
    Object.entries(values)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, value]) => written(value)),
  );

function written(value: Value): string {
  if (typeof value === "string") return value;
  return value instanceof Date ? date(value) : listed(value);
}

/**
 * The language of dates and plurals: the browser's, with its region, if the texts are in it. Otherwise the language of
 * the texts, since a sentence in two languages can't be read.
 */
export function locale(): string {
  const ofTexts = browser.i18n.getMessage("languageCode");
  const ofBrowser = browser.i18n.getUILanguage();
  return isInLanguage(ofBrowser, ofTexts) ? ofBrowser : ofTexts;
}

/** Whether texts are read from the left or from the right. Firefox gives the direction of its own language. */
export const direction = (): string =>
  locale() === browser.i18n.getUILanguage() ? browser.i18n.getMessage("@@bidi_dir") : "ltr";

const isInLanguage = (tag: string, language: string): boolean =>
  tag === language || tag.startsWith(`${language}-`) || language.startsWith(`${tag}-`);

/** How long ago, such as “2 seconds ago”. @param at - in ms since 1970 */
export const ago = (at: number): string => {
  const seconds = Math.round((at - Date.now()) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (seconds > -60) return relative.format(seconds, "second");
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), "minute");
  return seconds > -48 * 3600
    ? relative.format(Math.round(seconds / 3600), "hour")
    : relative.format(Math.round((seconds * 1000) / DAY), "day");
};

/** By days within a month, by date before that. */
export const daysAgo = (at: number): string => {
  const days = Math.floor((Date.now() - at) / DAY);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  return days < 31 ? relative.format(-days, "day") : date(at);
};

/** A list within a sentence: “a, b and c”. */
export const listed = (parts: readonly string[]): string =>
  new Intl.ListFormat(locale(), { type: "conjunction" }).format(parts);

/** A list of facts that isn't a sentence: “a, b, c”. */
export const facts = (parts: readonly string[]): string =>
  new Intl.ListFormat(locale(), { type: "unit", style: "short" }).format(parts);

const dateFormats = new Map<string, Intl.DateTimeFormat>();
/** Kept, because making one takes thirty times as long as formatting a date with it. */
function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale(), options]);
  const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  dateFormats.set(key, format);
  return format;
}

const LONG_DATE = { dateStyle: "long" } as const;
export const date = (at: number | string | Date): string => dateFormat(LONG_DATE).format(new Date(at));

/** From one day to another. */
export const dateRange = (from: number, until: number): string => dateFormat(LONG_DATE).formatRange(from, until);

/** Today without its date. */
export const time = (at: number): string =>
  dateFormat({ ...(isToday(at) ? {} : { dateStyle: "medium" }), timeStyle: "short" }).format(at);
const isToday = (at: number): boolean => new Date(at).toDateString() === new Date().toDateString();

/** From one number to another, such as “21–40”. */
export const range = (from: number, until: number): string => new Intl.NumberFormat(locale()).formatRange(from, until);

/** A number that names something, such as a line: it has no plural. */
export const ordinal = (number: number): string => new Intl.NumberFormat(locale()).format(number);
