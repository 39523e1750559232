// The texts a person reads: complete for translators, all in use, and in plain English.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import file from "../_locales/en/messages.json";
import advisories from "../src/core/version/advisories.json";
import { root } from "../scripts/build";
import { countSentences, hardIn, passiveIn, problemsIn, unequalIn } from "./plain-english";

interface Message {
  readonly message: string;
  readonly description?: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string; readonly example?: string }>>;
}
const messages: Readonly<Record<string, Message>> = file;
const entries = Object.entries(messages);

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/u.test(name))
  .map((name) => ({ name: basename(name), text: readFileSync(join(root, "src", name), "utf8") }));
const manifest = readFileSync(join(root, "manifest.json"), "utf8");
const PLURAL = /_(?:zero|one|two|few|many|other)$/u;
const isPlural = (key: string): boolean => PLURAL.test(key);

/** The keys that break a rule. */
const those = (isWrong: (message: Message, key: string) => boolean): string[] =>
  entries.filter(([key, message]) => isWrong(message, key)).map(([key]) => key);
/** All reports of a check, with the key of the message. */
const reports = async (check: (text: string) => Promise<string[]> | string[]): Promise<string[]> => {
  const all = await Promise.all(entries.map(async ([key, { message }]) => ({ key, found: await check(message) })));
  return all.flatMap(({ key, found }) => found.map((problem) => `${key}: ${problem}`));
};

const namesIn = (message: string): string[] =>
  [...new Set([...message.matchAll(/\$(\w+)\$/gu)].map(([, name = ""]) => name.toLowerCase()))].sort();
const declared = ({ placeholders = {} }: Message): string[] => Object.keys(placeholders).sort();
const same = (one: readonly string[], other: readonly string[]): boolean => one.join(" ") === other.join(" ");

/** Numbers that name something, and so have no plural: a line, a page, an error, a version of Firefox, a character. */
const NAMING = ["line", "page", "status", "version", "meant", "shown"];

describe("the messages", () => {
  it("each have a description for translators", () => {
    expect(those(({ description = "" }) => !/\w.*\w/u.test(description))).toEqual([]);
  });

  it("are all in use", () => {
    const isUsed = (key: string): boolean =>
      manifest.includes(`__MSG_${key}__`) || sources.some(({ text }) => text.includes(`"${key.replace(PLURAL, "")}"`));
    expect(those((_, key) => !isUsed(key))).toEqual([]);
  });

  it("are all there", () => {
    const named = [
      ...[...manifest.matchAll(/__MSG_(\w+)__/gu)].map(([, key = ""]) => key),
      ...sources.flatMap(({ text }) => [...text.matchAll(/getMessage\("(\w+)"/gu)].map(([, key = ""]) => key)),
    ];
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((key) => !(key in messages))).toEqual([]);
  });

  it("are only looked up in one place, and in a content script", () => {
    const found = sources.filter(({ text }) => text.includes("i18n.getMessage"));
    expect(found.map(({ name }) => name).sort()).toEqual(["stop-framed.ts", "translate.ts"]);
  });
});

describe("the pages", () => {
  const pages = (ending: string): { name: string; text: string }[] =>
    readdirSync(join(root, "src/pages"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(ending))
      .map((name) => ({ name, text: readFileSync(join(root, "src/pages", name), "utf8") }));

  it("hold no text of their own", () => {
    const SAID = ["aria-label", "title", "alt", "placeholder", "aria-description"];
    const found: string[] = [];
    for (const { name, text } of pages(".tsx")) {
      const visit = (node: ts.Node): void => {
        if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(`${name}: ${node.text.trim()}`);
        if (
          ts.isPropertyAssignment(node) &&
          SAID.includes((node.name as ts.StringLiteral | ts.Identifier).text) &&
          ts.isStringLiteral(node.initializer) &&
          node.initializer.text !== ""
        )
          found.push(`${name}: ${node.getText()}`);
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
    }
    expect(found).toEqual([]);
  });

  it("take title, language and direction from the locale", () => {
    const html = pages(".html");
    expect(html).toHaveLength(5);
    for (const { name, text } of html) {
      expect(text, name).toMatch(/<html>/u);
      expect(text.replace(/<[^>]*>/gu, "").trim(), name).toBe("");
      const script = readFileSync(join(root, "src/pages", name.replace(".html", ".tsx")), "utf8");
      expect(script, name).toMatch(/\nvoid beginPage\("/u);
    }
  });

  it("have styles without words", () => {
    const words = pages(".css").flatMap(({ name, text }) =>
      [...text.matchAll(/[^-]content:([^;]*);/gu)].map(([, value = ""]) => `${name}: ${value.trim()}`),
    );
    expect(words.filter((value) => /"[^"]*\p{L}/u.test(value))).toEqual([]);
  });
});

describe("a placeholder", () => {
  it("has a name, and is used in the message", () => {
    expect(those(({ message }) => /\$\d/u.test(message))).toEqual([]);
    expect(those((message) => !same(namesIn(message.message), declared(message)))).toEqual([]);
  });

  it("is described, with an example", () => {
    expect(
      those((message) =>
        declared(message).some((name) => message.description?.includes(`$${name.toUpperCase()}$`) !== true),
      ),
    ).toEqual([]);
    expect(those(({ placeholders = {} }) => Object.values(placeholders).some(({ example }) => !example))).toEqual([]);
  });

  it("is numbered by the alphabetical order of the names, as the code fills them", () => {
    expect(
      those(({ placeholders = {} }) =>
        Object.keys(placeholders)
          .sort()
          .some((name, index) => placeholders[name]?.content !== `$${index + 1}`),
      ),
    ).toEqual([]);
  });

  it("holds a number only in a message that has plural forms", () => {
    expect(those((message, key) => declared(message).includes("count") !== isPlural(key))).toEqual([]);
    expect(
      those(({ placeholders = {} }) =>
        Object.entries(placeholders).some(
          ([name, { example = "" }]) => /^\d[\d,]*$/u.test(example) && name !== "count" && !NAMING.includes(name),
        ),
      ),
    ).toEqual([]);
  });

  it("is the same in all plural forms, and English has both of its forms", () => {
    const bases = new Set(those((_, key) => isPlural(key)).map((key) => key.replace(PLURAL, "")));
    expect(bases.size).toBeGreaterThan(10);
    for (const base of bases) {
      const forms = ["one", "other"].map((form) => messages[`${base}_${form}`]);
      expect(new Set(forms.map((form) => form && declared(form).join(" "))).size, base).toBe(1);
      expect(forms, base).not.toContain(undefined);
    }
  });
});

describe("the English", () => {
  it("has short sentences and no word that the project has replaced", async () => {
    expect(await reports(problemsIn)).toEqual([]);
  });

  it("is plain in the summaries of known vulnerabilities, too", () => {
    const summaries = advisories.map(({ summary }) => summary);
    expect(summaries.length).toBeGreaterThan(20);
    expect(summaries.flatMap((summary) => problemsIn(summary))).toEqual([]);
  });

  it("names no gender and belittles nobody", async () => {
    expect(await reports(unequalIn)).toEqual([]);
  });

  it("can be read by an adult without a degree", async () => {
    expect(await reports((text) => hardIn(text, 18))).toEqual([]);
  });

  it("says who acts: at most one sentence in twenty is passive", async () => {
    const sentences = entries.reduce((sum, [, { message }]) => sum + countSentences(message), 0);
    expect((await reports(passiveIn)).length).toBeLessThan(sentences / 20);
  });

  it("keeps the names that people search for", () => {
    const has = (start: string): boolean => entries.some(([, { message }]) => message.startsWith(start));
    const titles = [
      "verified",
      "renewed",
      "unchanged since",
      "WARNING,",
      "not pinned",
      "not checked,",
      "not watching this site",
    ];
    expect(titles.filter((title) => !has(`Latchkey: ${title}`))).toEqual([]);
    const names = ["Remote address", "Fingerprint", "Pin", "Read from this page", "Details", "Guard", "Verdict"];
    expect(names.filter((name) => !entries.some(([, { message }]) => message === name))).toEqual([]);
  });
});

describe("the check of the English", () => {
  const FINDS: [text: string, problem: string][] = [
    ["This is not your house’s certificate.", "your Home Assistant"],
    ["A look was taken and not answered.", "connection check"],
    ["He reads along.", "someone"],
    ["Somebody reads along.", "someone"],
    ["It stands in place of a page.", "instead of"],
    ["Pin it anew.", "again"],
    ["Version 2 is rid of all.", "fixes"],
    ["Open it all the same.", "otherwise"],
    ["Vouched for by Firefox", "issuer"],
    ["Your page tells of it.", "show"],
    ["Try again; where that does not help, close it.", "if, when"],
    ["Stop!", "exclamation"],
    ["Don't log in.", "’"],
  ];
  it.each(FINDS)("finds what is wrong with: %s", (text, problem) => {
    expect(problemsIn(text).join()).toContain(problem);
  });

  it("counts the words of each sentence, and an address as one", () => {
    const twenty = `Open http://homeassistant.local:8123 ${"now and ".repeat(9).trim()}.`;
    expect(problemsIn(twenty)).toEqual([]);
    expect(problemsIn(twenty.replace("Open", "Please open"))).toEqual([expect.stringContaining("21 words")]);
    expect(problemsIn(`${twenty} ${twenty}`)).toEqual([]);
  });
});
