import { cp, mkdtemp, readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { z } from "zod";
import { build, extensionFolder, root } from "./build";

/** The extension for a profile, and the source place of each place in its background. */
export interface ProfiledExtension {
  readonly folder: string;
  readonly sources: SourceMap;
}

const MAP = z.object({
  file: z.string().default(""),
  version: z.number(),
  mappings: z.string(),
  sources: z.array(z.string()),
  sourcesContent: z.array(z.string()).default([]),
  names: z.array(z.string()),
  sourceRoot: z.string().default(""),
});

/**
 * The extension as usual, except for its background: one file in which no name or place is shortened. It calls each
 * listener through a function with the event's name, because a profile shows functions, not events.
 */
export async function buildForProfile(): Promise<ProfiledExtension> {
  await build();
  const folder = await mkdtemp(join(tmpdir(), "latchkey-profiled-"));
  await cp(extensionFolder, folder, { recursive: true });
  const entry = join(root, "src/background.ts");
  const outfile = join(folder, "background.js");
  const banner = { js: namedListeners(eventsIn(await readFile(entry, "utf8"))) };
  await bundle({
    ...{ absWorkingDir: root, entryPoints: [entry], outfile, banner },
    ...{ bundle: true, format: "esm", target: "firefox140", sourcemap: "external", logLevel: "warning" },
  });
  const map = MAP.parse(JSON.parse(await readFile(`${outfile}.map`, "utf8")));
  return { folder, sources: new SourceMap(map) };
}

/** The events that the background listens to, as its source names them: `webRequest.onCompleted`, … */
const eventsIn = (source: string): string[] => [
  ...new Set(Array.from(source.matchAll(/(?<!app\.)\b(?!app\b)[a-z]\w*\.on[A-Z]\w*/gu), ([name]) => name)),
];

/** An extension's policy forbids making functions while it runs, so the build writes them. */
const namedListeners = (events: readonly string[]): string =>
  events
    .map((name) => {
      const [space, event] = name.split(".");
      return `{
  const event = browser.${String(space)}.${String(event)}, add = event.addListener;
  event.addListener = (listener, ...rest) => add.call(event, { "${name}"(...args) { return listener(...args); } }["${name}"], ...rest);
}`;
    })
    .join("\n");
