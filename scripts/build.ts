import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle, transform } from "esbuild";
import JSZip from "jszip";
import { z } from "zod";

export const root = fileURLToPath(new URL("..", import.meta.url));
const pages = join(root, "src/pages");
export const extensionFolder = join(root, "dist/extension");
const MAX_ZIP = 300 * 1024;
/** A file with at least this share of library code counts as theirs. */
const LIBRARY = 0.5;

const VERSIONED = z.object({ version: z.string() });
const versionIn = async (file: string): Promise<string> =>
  VERSIONED.parse(JSON.parse(await readFile(join(root, file), "utf8"))).version;

/**
 * Makes `dist/extension/` and the zip next to it, the same bytes each time. @returns the zip's path and size in bytes
 */
export async function build(): Promise<{ zip: string; size: number }> {
  const version = await versionIn("package.json");
  if ((await versionIn("manifest.json")) !== version)
    throw new Error("manifest.json and package.json name different versions: make them agree");

  await rm(join(root, "dist"), { recursive: true, force: true });
  await mkdir(extensionFolder, { recursive: true });
  for (const part of ["manifest.json", "_locales", "icons"])
    await cp(join(root, part), join(extensionFolder, part), { recursive: true });
  for (const locale of await readdir(join(extensionFolder, "_locales")))
    await withoutDescriptions(join(extensionFolder, "_locales", locale, "messages.json"));

  // Each page has its own folder in the sources. In the extension, all files are in one folder, so addresses stay
  // short.
  const files = await readdir(pages, { recursive: true });
  const html = files.filter((file) => file.endsWith(".html"));
  for (const file of files.filter((name) => /\.(?:html|css)$/u.test(name)))
    await cp(join(pages, file), join(extensionFolder, basename(file)));

  const entries = ["background.ts", ...html.map((file) => `pages/${file.replace(".html", ".tsx")}`)];
  const { metafile } = await bundle({
    absWorkingDir: root,
    metafile: true,
    entryPoints: entries.map((file) => join(root, "src", file)),
    entryNames: "[name]",
    outdir: extensionFolder,
    bundle: true,
    splitting: true,
    minifyWhitespace: true, // names stay, so any formatter makes it readable again
    minifySyntax: true,
    format: "esm",
    target: "firefox140",
    chunkNames: "shared-[hash]",
    jsxFactory: "jsx",
    jsxFragment: "Fragment",
    logLevel: "warning",
  });

  for (const [file, { bytes, inputs }] of Object.entries(metafile.outputs)) {
    const libraries = Object.entries(inputs).filter(([input]) => input.includes("node_modules/"));
    const share = libraries.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0) / bytes;
    if (share > LIBRARY) await shorten(join(root, file));
  }

  // A content script is no module, and nothing of the extension may be loaded into a page.
  await bundle({
    entryPoints: ["restore-query", "stop-framed"].map((name) => join(root, `src/content/${name}.ts`)),
    outdir: extensionFolder,
    bundle: true,
    format: "iife",
    target: "firefox140",
    logLevel: "warning",
  });

  const zip = await zipPath();
  const bytes = await zipFolder(extensionFolder);
  await writeFile(zip, bytes);
  if (bytes.length > MAX_ZIP) throw new Error(`the zip has ${bytes.length} bytes; at most ${MAX_ZIP} are allowed`);
  return { zip, size: bytes.length };
}

/** The path of the packed extension after a build. */
export const zipPath = async (): Promise<string> => join(root, `dist/latchkey-${await versionIn("package.json")}.zip`);

/** Descriptions for translators, and blanks, are of no use in a browser. */
async function withoutDescriptions(file: string): Promise<void> {
  const messages: unknown = JSON.parse(await readFile(file, "utf8"));
  const kept = (key: string, value: unknown): unknown =>
    key === "description" || key === "example" ? undefined : value;
  await writeFile(file, `${JSON.stringify(messages, kept)}\n`);
}

/**
 * Shortens files that are mostly library code: that code is published elsewhere, and takes most of the room. Our own
 * code stays readable.
 */
async function shorten(file: string): Promise<void> {
  const { code } = await transform(await readFile(file, "utf8"), { minify: true, format: "esm", target: "firefox140" });
  await writeFile(file, code);
}

/** Sorted names and one fixed time, so that anyone can build the same file and compare. */
export async function zipFolder(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const zip = new JSZip();
  const options = { date: new Date(Date.UTC(1980, 0, 1)), createFolders: false };
  for (const name of names.sort()) zip.file(name.replaceAll("\\", "/"), await readFile(join(folder, name)), options);
  return zip.generateAsync({ type: "uint8array", compression: "DEFLATE", compressionOptions: { level: 9 } });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { zip, size } = await build();
  console.log(`${zip.slice(root.length)}: ${Math.round(size / 1024)} KB`);
}
