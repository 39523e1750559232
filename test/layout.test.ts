import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { root } from "../scripts/build";

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
