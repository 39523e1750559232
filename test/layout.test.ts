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

/** Fails if a way along the edges of a graph leads back to where it was. Each node is left once only. */
function expectNoCycle(edges: ReadonlyMap<string, Iterable<string>>): void {
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): void => {
    expect(way, "a cycle").not.toContain(node);
    if (done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...way, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
}

it("has no import cycle", async () => {
  const imports = await importsOf();
  expect([...imports.values()].flat().length).toBeGreaterThan(300);
  expectNoCycle(imports);
});

it("has no circle between the folders of a layer", async () => {
  const ways = new Map<string, Set<string>>();
  for (const [file, imports] of await importsOf())
    for (const other of imports) {
      const [from, to] = [dirname(file), dirname(other)];
      if (from !== to) ways.set(from, (ways.get(from) ?? new Set()).add(to));
    }
  expect(ways.size).toBeGreaterThan(8);
  expectNoCycle(ways);
});

it("asks for no permission that nobody has agreed to", async () => {
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
