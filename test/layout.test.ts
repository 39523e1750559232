import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root } from "../scripts/build";
import * as hosts from "../src/core/hosts";

const sources = (await readdir(join(root, "src"), { recursive: true })).filter((file) => /\.tsx?$/u.test(file));
const codeOf = (file: string): Promise<string> => readFile(join(root, "src", file), "utf8");

/** The modules of the project that each module imports, types included. */
async function importsOf(): Promise<Map<string, string[]>> {
  const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  const all = sources.map(async (file): Promise<[string, string[]]> => {
    const { importedFiles } = ts.preProcessFile(await codeOf(file));
    const resolved = importedFiles.map(
      ({ fileName }) => ts.resolveModuleName(fileName, join(root, "src", file), options, ts.sys).resolvedModule,
    );
    const own = resolved
      .flatMap((found) => found?.resolvedFileName ?? [])
      .map((path) => relative(join(root, "src"), path));
    return [file, own.filter((path) => !path.startsWith(".."))];
  });
  return new Map(await Promise.all(all));
}

const imports = await importsOf();

/** A cycle in a graph; `undefined` if there is none. */
function cycleIn(graph: ReadonlyMap<string, Iterable<string>>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(node)) return [...way, node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...way, node]);
      if (circle !== undefined) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

it("has no import cycle", () => {
  expect([...imports.values()].flat().length).toBeGreaterThan(300);
  expect(cycleIn(imports)).toBeUndefined();
});

it("has no import cycle between the folders of a layer", () => {
  const folders = new Map<string, Set<string>>();
  for (const [file, others] of imports)
    for (const other of others) {
      const [from, to] = [dirname(file), dirname(other)];
      if (from !== to) folders.set(from, (folders.get(from) ?? new Set()).add(to));
    }
  expect(folders.size).toBeGreaterThan(8);
  expect(cycleIn(folders)).toBeUndefined();
});

it.each([
  ["none", { a: ["b", "c"], b: ["c"], c: [] }, undefined],
  ["one of three", { a: ["b"], b: ["c"], c: ["a"] }, ["a", "b", "c", "a"]],
  ["one behind a node that was visited", { a: ["b"], b: [], c: ["b", "d"], d: ["c"] }, ["c", "d", "c"]],
])("finds circles: %s", (_, graph, circle) => {
  expect(cycleIn(new Map<string, string[]>(Object.entries(graph)))).toEqual(circle);
});

it("asks for no unexpected permission", async () => {
  const manifest: unknown = JSON.parse(await readFile(join(root, "manifest.json"), "utf8"));
  expect(manifest).toMatchObject({
    permissions: [
      "webRequest",
      "webRequestBlocking",
      "storage",
      "scripting",
      "activeTab",
      "dns",
      "alarms",
      "notifications",
    ],
    optional_permissions: ["browsingData"],
    host_permissions: ["*://*.ui.nabu.casa/*"],
    optional_host_permissions: ["*://*/*"],
  });
});

it("contacts no host that core/hosts.ts doesn't name", async () => {
  const contacted = Object.values(hosts);
  /** Shown as links, which the user opens. */
  const linked = ["letsencrypt.org", "osv.dev", "support.nabucasa.com", "www.ccadb.org"];
  const found = new Set<string>();
  const contacts: string[] = [];
  for (const file of sources) {
    const code = (await codeOf(file)).replace(/^\s*(?:\/\/|\/?\*).*$/gmu, "");
    for (const [, host = ""] of code.matchAll(/\b(?:https?|wss?):\/\/([\w.-]+\.[a-z]+)\b/gu)) found.add(host);
    if (/\b(?:fetch|WebSocket|XMLHttpRequest|sendBeacon|EventSource)\(/u.test(code)) contacts.push(file);
    for (const host of contacted) if (code.includes(`"${host}"`)) expect(file).toBe("core/hosts.ts");
  }
  expect([...found].sort()).toEqual(linked);
  // The first two ask the services, the others your own Home Assistant.
  expect(contacts.sort()).toEqual([
    "shell/ct/ct-log.ts",
    "shell/probe/send-probe.ts",
    "shell/version/advisory-feed.ts",
    "shell/version/version-asker.ts",
  ]);
});

/** Whether a module exports a function. */
function exportsFunction(file: string, code: string): boolean {
  const isFunction = (node: ts.Node | undefined): boolean =>
    node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));
  const isExported = (node: ts.HasModifiers): boolean =>
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  return ts
    .createSourceFile(file, code, ts.ScriptTarget.ESNext)
    .statements.some(
      (statement) =>
        (ts.isFunctionDeclaration(statement) && isExported(statement)) ||
        (ts.isVariableStatement(statement) &&
          isExported(statement) &&
          statement.declarationList.declarations.some(({ initializer }) => isFunction(initializer))),
    );
}

it("has a test of the same name for each file of the core with a function", async () => {
  /** Their functions only make what they are given into one value. */
  const withoutRules = ["core/message-key.ts", "core/result.ts"];
  const untested: string[] = [];
  for (const file of sources.filter((name) => name.startsWith("core/") && name.endsWith(".ts")))
    if (
      exportsFunction(file, await codeOf(file)) &&
      !existsSync(join(root, "test", file.replace(/\.ts$/u, ".test.ts")))
    )
      untested.push(file);
  expect(untested).toEqual(withoutRules);
});

it("has no stylesheet of more than 300 lines, as lint holds it for code", async () => {
  const styles = (await readdir(join(root, "src"), { recursive: true })).filter((file) => file.endsWith(".css"));
  expect(styles.length).toBeGreaterThan(3);
  const lengths = await Promise.all(
    styles.map(async (file): Promise<[string, number]> => [file, (await codeOf(file)).trimEnd().split("\n").length]),
  );
  expect(lengths.filter(([, length]) => length > 300)).toEqual([]);
});
