// Texts, numbers, dates and lists in the user's language.
import { afterEach, describe, expect, it, vi } from "vitest";

const texts: Record<string, string | undefined> = {};
let browserLanguage = "en-US";
vi.mock("webextension-polyfill", () => ({
  default: {
    i18n: {
      getUILanguage: () => browserLanguage,
      /** As in Firefox: an unknown key gives an empty text, and `$1` is the first value. */
      getMessage: (key: string, values: readonly string[] = []) =>
        (texts[key] ?? "").replace(/\$(\d)/gu, (_, digit: string) => values[Number(digit) - 1] ?? ""),
    },
  },
}));

const { ago, date, dateRange, direction, facts, listed, locale, translate, translateCount, translateText } =
  await import("../../../src/shell/ui/translate");
const { text } = await import("../../../src/core/message-key");

function speak(language: string, ofTexts: string, more: Record<string, string>): void {
  browserLanguage = language;
  Object.assign(texts, { languageCode: ofTexts, "@@bidi_dir": language === "ar" ? "rtl" : "ltr" }, more);
}
afterEach(() => {
  for (const key of Object.keys(texts)) texts[key] = undefined;
});

describe("a text", () => {
  it("has its values in the alphabetical order of their names, in any order given", () => {
    speak("en-US", "en", { changeAdded: "New: $2 ($1)" });
    expect(translate("changeAdded", { hosts: "b.example", fingerprint: "1a" })).toBe("New: b.example (1a)");
    expect(translate("changeAdded", { fingerprint: "1a", hosts: "b.example" })).toBe("New: b.example (1a)");
  });

  it("writes a date and a list as the language does", () => {
    speak("de", "de", { sayExpires: "Gültig bis $1", errorImportOnWarning: "Nicht für $1" });
    const end = new Date(2026, 10, 5);
    expect(translateText(text("sayExpires", { date: end }))).toBe("Gültig bis 5. November 2026");
    expect(translate("errorImportOnWarning", { hosts: ["a", "b"] })).toBe("Nicht für a und b");
  });
});

describe("a number", () => {
  const POLISH = {
    sayDropped_one: "$1 one",
    sayDropped_few: "$1 few",
    sayDropped_many: "$1 many",
    sayDropped_other: "",
  };
  const FORMS: [language: string, texts: Record<string, string>, count: number, said: string][] = [
    ["en", { sayDropped_one: "$1 warning", sayDropped_other: "$1 warnings" }, 1, "1 warning"],
    ["en", { sayDropped_one: "$1 warning", sayDropped_other: "$1 warnings" }, 0, "0 warnings"],
    ["en", { sayDropped_one: "$1 warning", sayDropped_other: "$1 warnings" }, 12_345, "12,345 warnings"],
    ["pl", POLISH, 3, "3 few"],
    ["pl", POLISH, 5, "5 many"],
    ["ja", { sayDropped_other: "警告 $1 件" }, 1, "警告 1 件"],
    ["pl", { sayDropped_one: "$1 one", sayDropped_other: "$1 other" }, 3, "3 other"],
  ];
  it.each(FORMS)(
    "takes the form of its language, or else the general one: %s, %j, %i",
    (language, forms, count, said) => {
      speak(language, language, forms);
      expect(translateCount("sayDropped", count)).toBe(said);
    },
  );
});

describe("the language of dates and plurals", () => {
  const LANGUAGES: [browser: string, texts: string, used: string, direction: string][] = [
    ["en-GB", "en", "en-GB", "ltr"],
    ["en-US", "en", "en-US", "ltr"],
    ["pt", "pt-BR", "pt", "ltr"],
    ["fr", "en", "en", "ltr"],
    ["ar", "ar", "ar", "rtl"],
    ["ar", "en", "en", "ltr"],
    ["eno", "en", "en", "ltr"],
  ];
  it.each(LANGUAGES)("is, in a browser in %s with texts in %s, %s", (browser, ofTexts, used, dir) => {
    speak(browser, ofTexts, {});
    expect(locale()).toBe(used);
    expect(direction()).toBe(dir);
  });

  it("writes times, lists and spans", () => {
    speak("en-US", "en", {});
    expect(ago(Date.now() - 2000)).toBe("2 seconds ago");
    expect(ago(Date.now() - 3 * 86_400_000)).toBe("3 days ago");
    expect(listed(["a", "b", "c"])).toBe("a, b, and c");
    expect(facts(["yours", "revoked", "expired"])).toBe("yours, revoked, expired");
    const [from, until] = [new Date(2026, 10, 5), new Date(2026, 11, 1)];
    expect(date(from)).toBe("November 5, 2026");
    expect(dateRange(from.getTime(), until.getTime()).replace(/\s/gu, " ")).toBe("November 5 – December 1, 2026");
  });
});
