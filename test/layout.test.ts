import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { root } from "../scripts/build";
import * as hosts from "../src/core/hosts";

/** The modules each module imports, by esbuild's own reading; imports of types alone are not among them. */
async function importsOf(): Promise<Map<string, string[]>> {
  const entryPoints = [
    "background.ts",
    "pages/popup.tsx",
    "pages/options.tsx",
    "pages/blocked.tsx",
    "pages/incidents.tsx",
    "pages/record.tsx",
    "content/restore-query.ts",
    "content/stop-framed.ts",
  ].map((file) => join(root, "src", file));
  const options = {
    bundle: true,
    write: false,
    metafile: true,
    outdir: "out",
    absWorkingDir: root,
    format: "esm",
  } as const;
  const { metafile } = await build({ ...options, entryPoints, jsxFactory: "jsx" });
  return new Map(Object.entries(metafile.inputs).map(([file, { imports }]) => [file, imports.map(({ path }) => path)]));
}

it("has no import cycle", async () => {
  const imports = await importsOf();
  expect(imports.size).toBeGreaterThan(20);
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    expect(way, "a cycle").not.toContain(file);
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) if (next.startsWith("src/")) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of imports.keys()) if (file.startsWith("src/")) visit(file, []);
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
  for (const file of await readdir(join(root, "src"), { recursive: true })) {
    if (!/\.tsx?$/u.test(file)) continue;
    const code = (await readFile(join(root, "src", file), "utf8")).replace(/^\s*(?:\/\/|\/?\*).*$/gmu, "");
    for (const [, host = ""] of code.matchAll(/\b(?:https?|wss?):\/\/([\w.-]+\.[a-z]+)\b/gu)) found.add(host);
    if (/\b(?:fetch|WebSocket|XMLHttpRequest|sendBeacon|EventSource)\(/u.test(code)) contacts.push(file);
    for (const host of contacted) if (code.includes(`"${host}"`)) expect(file).toBe("core/hosts.ts");
  }
  expect([...found].sort()).toEqual(linked);
  // The first two ask the services, the others your own Home Assistant.
  expect(contacts.sort()).toEqual([
    "shell/advisory-feed.ts",
    "shell/ct-log.ts",
    "shell/send-probe.ts",
    "shell/version-asker.ts",
  ]);
});
