// Writes src/core/version/advisories.json, in the OSV schema, from the table in advisory-table.ts:
// `npx tsx scripts/advisories.ts`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { osvRecordOf } from "./advisory-row";
import { ADVISORIES } from "./advisory-table";
import { root } from "./build";

/**
 * When the table was last compared with osv.dev; its response of that day is kept as
 * test/core/version/osv-dev-<day>.json.
 */
export const AS_OF = "2026-11-26";
/** The version of Latchkey at that time. The next version needs a new comparison, and a test asks for it. */
export const COMPARED_FOR = "0.1.0";

/** Why an advisory does not block, by its id. Only for those that give a reason. */
export const WHY: ReadonlyMap<string, string> = new Map(
  ADVISORIES.flatMap(({ id, why }) => (why === undefined ? [] : [[id, why]])),
);

/** The content that advisories.json must have. */
export async function advisoriesFile(): Promise<string> {
  const options = await resolveConfig(join(root, "package.json"));
  return format(JSON.stringify(ADVISORIES.map((row) => osvRecordOf(row, AS_OF))), { ...options, parser: "json" });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(join(root, "src/core/version/advisories.json"), await advisoriesFile());
