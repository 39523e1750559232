// The documents are in plain English: every file in docs, and those at the top.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../scripts/build";
import { hardIn, problemsIn, unequalIn } from "./plain-english";

const isDocument = (name: string): boolean => name.endsWith(".md");
const names = [
  ...readdirSync(root).filter(isDocument),
  ...readdirSync(join(root, "docs"))
    .filter(isDocument)
    .map((name) => `docs/${name}`),
];

/** Sentences of a document may be longer than on a screen. */
const MAX_WORDS = 25;

/** The paragraphs, list items and cells of a Markdown text, without code, addresses and marks. */
function passagesOf(markdown: string): string[] {
  const prose = markdown
    .replace(/^ *(```|~~~)[\s\S]*?^ *\1$/gmu, "")
    .replace(/^ {4}.*$/gmu, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, "$1")
    .replace(/``[^`]+``|`[^`]+`/gu, "code")
    .replace(/\*\*|__|(?<=\W)_|_(?=\W)/gu, "");
  return prose
    .split(/\n(?:\s*\n|(?=\s*(?:[-*|#]|\d+\.) ?))/u)
    .flatMap((block) => (block.trim().startsWith("|") ? block.split(/(?<!\\)\|/u) : [block]))
    .map((passage) =>
      passage
        .replace(/^\s*(?:[-*#]+|\d+\.)\s+/u, "")
        .replace(/\s+/gu, " ")
        .trim(),
    )
    .filter((passage) => /\p{L}/u.test(passage));
}

describe.each(names)("%s", (name) => {
  const passages = passagesOf(readFileSync(join(root, name), "utf8"));
  const reports = async (check: (text: string) => Promise<string[]>): Promise<string[]> =>
    (await Promise.all(passages.map(check))).flat();

  it("has short sentences and no word that the project has replaced", () => {
    expect(passages.length).toBeGreaterThan(0);
    expect(passages.flatMap((text) => problemsIn(text, MAX_WORDS))).toEqual([]);
  });

  it("names no gender and belittles nobody", async () => {
    expect(await reports(unequalIn)).toEqual([]);
  });

  it("can be read by an engineer whose first language is another", async () => {
    expect(await reports((text) => hardIn(text, 20))).toEqual([]);
  });
});
