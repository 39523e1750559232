// `npm run watch`: builds the extension, and builds it again when one of its files changes.
import { watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, root } from "./build";

/** Everything that `scripts/build.ts` reads, apart from the version. */
const SOURCES = ["src", "_locales", "icons", "manifest.json"];
/** Pause before a build, in ms: an editor writes a file in several steps. */
const PAUSE = 100;

/** Builds once. If the code has a mistake, shows it and waits for the next change. */
async function tryBuild(): Promise<void> {
  const began = Date.now();
  try {
    const { size } = await build();
    console.log(`Built in ${((Date.now() - began) / 1000).toFixed(1)} s: ${Math.round(size / 1024)} KB`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}

/** Builds now and after each change, one build at a time. Resolves after the first build, and continues to watch. */
export async function buildOnChange(): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Promise.resolve();
  const again = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = last.then(tryBuild);
    }, PAUSE);
  };
  for (const source of SOURCES) watch(join(root, source), { recursive: true }, again);
  last = tryBuild();
  await last;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildOnChange();
  console.log("Waiting for changes. Press Ctrl+C to end.");
}
