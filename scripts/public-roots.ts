// Writes src/core/public-roots.json: the roots that Firefox comes with and trusts for web sites, as the Firefox of this
// machine has them. `npx tsx scripts/public-roots.ts`, with the newest Firefox at hand ($LATCHKEY_FIREFOX).
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { readOwnRoots } from "../test/lab/own-roots";
import { root } from "./build";

const own = await readOwnRoots();
const options = await resolveConfig(join(root, "package.json"));
await writeFile(
  join(root, "src/core/public-roots.json"),
  await format(JSON.stringify(own), { ...options, parser: "json" }),
);
console.log(`${own.roots.length} roots of Firefox ${own.version}`);
