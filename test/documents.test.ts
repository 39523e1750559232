// Everything that the documents name exists: files, links and npm scripts. Everything that the workflows run is pinned.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../scripts/build";
import packageJson from "../package.json";

interface File {
  readonly name: string;
  readonly text: string;
}
const read = (name: string): File => ({ name, text: readFileSync(join(root, name), "utf8") });
const filesIn = (folder: string, ending: RegExp): File[] =>
  readdirSync(join(root, folder))
    .filter((name) => ending.test(name))
    .map((name) => read(`${folder}/${name}`));

const guide = read("CONTRIBUTING.md");
const documents = [read("README.md"), guide, read("SECURITY.md"), ...filesIn("docs", /\.md$/u)];
const scripts: Readonly<Record<string, string>> = packageJson.scripts;

/** Every match of a pattern's first group, with the file it was found in. */
const found = (files: readonly File[], pattern: RegExp): { file: string; match: string }[] =>
  files.flatMap(({ name, text }) =>
    [...text.matchAll(pattern)].map(([, match = ""]) => ({ file: name, match: match.trim() })),
  );
const shown = (all: readonly { file: string; match: string }[]): string[] =>
  all.map(({ file, match }) => `${file}: ${match}`);

/** `npm test` and `npm start` need no `run`. */
const scriptsIn = (files: readonly File[]): { file: string; match: string }[] =>
  found(files, /\bnpm (?:run )?((?<=run )[\w:-]+|test|start)\b/gu);

describe("a document", () => {
  it("links to files that are there", () => {
    const links = found(documents, /\]\((?!\w+:|#)([^)#\s]+)/gu);
    expect(links.length).toBeGreaterThan(5);
    expect(shown(links.filter(({ file, match }) => !existsSync(join(root, dirname(file), match))))).toEqual([]);
  });

  it("names paths that are there", () => {
    const paths = found(documents, /`((?:src|test|scripts|docs)\/[^`\s]*)`/gu);
    expect(paths.length).toBeGreaterThan(20);
    expect(shown(paths.filter(({ match }) => !existsSync(join(root, match))))).toEqual([]);
  });

  it("names functions that are in the file it names", () => {
    const named = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/`(src\/[^`\s]*)` \(`(\w+)`\)/gu)].map(([, path = "", word = ""]) => ({ name, path, word })),
    );
    expect(named.length).toBeGreaterThan(5);
    const isMissing = ({ path, word }: { path: string; word: string }): boolean =>
      !new RegExp(`\\b${word}\\b`, "u").test(readFileSync(join(root, path), "utf8"));
    expect(named.filter(isMissing)).toEqual([]);
  });

  it("names npm scripts that are there", () => {
    const named = scriptsIn(documents);
    expect(named.length).toBeGreaterThan(5);
    expect(shown(named.filter(({ match }) => !(match in scripts)))).toEqual([]);
  });
});

it("CONTRIBUTING.md names every npm script", () => {
  const named = scriptsIn([guide]).map(({ match }) => match);
  expect(Object.keys(scripts).filter((script) => !named.includes(script))).toEqual([]);
});

it("a workflow uses actions by the full hash of a commit, and names the version", () => {
  const uses = found(filesIn(".github/workflows", /\.ya?ml$/u), /^[ \t-]*uses:(.*)$/gmu);
  expect(uses.length).toBeGreaterThan(3);
  expect(shown(uses.filter(({ match }) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/u.test(match)))).toEqual(
    [],
  );
});

it("a workflow runs npm scripts that are there", () => {
  const named = scriptsIn(filesIn(".github/workflows", /\.ya?ml$/u));
  expect(named.length).toBeGreaterThan(5);
  expect(shown(named.filter(({ match }) => !(match in scripts)))).toEqual([]);
});
