// Writes src/core/tls/public-roots.json: the built-in roots that the Firefox of this machine trusts for web sites. Run
// `npx tsx scripts/public-roots.ts` with the newest Firefox ($LATCHKEY_FIREFOX).
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { readOwnRoots } from "../test/lab/own-roots";
import { root } from "./build";

const { version, roots } = await readOwnRoots();
// The names are for people: the extension imports and bundles only the digests.
const file = {
  version,
  digests: roots.map(({ sha256 }) => sha256),
  names: roots.map(({ name }) => name),
};
const options = await resolveConfig(join(root, "package.json"));
await writeFile(
  join(root, "src/core/tls/public-roots.json"),
  await format(JSON.stringify(file), { ...options, parser: "json" }),
);
console.log(`${roots.length} roots of Firefox ${version}`);
