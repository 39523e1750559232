import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright";
import { z } from "zod";

const VIOLATIONS = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));
export type Violations = z.infer<typeof VIOLATIONS>;

/** The accessibility problems that axe-core finds in a page; empty if there are none. */
export async function violationsIn(page: Page): Promise<Violations> {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(`${axe}; 1`);
  return VIOLATIONS.parse(await page.evaluate("axe.run().then(({ violations }) => violations)"));
}
