// Writes src/core/version/advisories.json, in the OSV schema, from the table in advisory-table.ts:
// `npx tsx scripts/advisories.ts`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { osvRecordOf } from "./advisory-row";
import { ADVISORIES } from "./advisory-table";
import { root } from "./build";

/** When the table was last compared with osv.dev; its answer of that day is kept as test/core/version/osv-dev-<day>.json. */
export const AS_OF = "2026-11-26";
/** For which version of Latchkey that was: the next one asks for a new comparison, and a test for this to be done. */
export const COMPARED_FOR = "0.1.0";

/** Why an advisory does not block, by its id. Only of those that say so. */
export const WHY: ReadonlyMap<string, string> = new Map(
  ADVISORIES.flatMap(({ id, why }) => (why === undefined ? [] : [[id, why]])),
);

/** What advisories.json is to hold. */
export async function advisoriesFile(): Promise<string> {
  const options = await resolveConfig(join(root, "package.json"));
  return format(JSON.stringify(ADVISORIES.map((row) => osvRecordOf(row, AS_OF))), { ...options, parser: "json" });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(join(root, "src/core/version/advisories.json"), await advisoriesFile());
