import * as z from "zod/mini";
import published from "./advisories.json";
import { NEEDS, readOsv, type Advisory } from "./advisory";

/** What we decided about a record by hand, so that it counts. */
const OURS = z.object({
  references: z.array(z.object({ url: z.string() })),
  database_specific: z.object({ needs: NEEDS, blocks: z.boolean() }),
});

/** The advisories that come with this version of Latchkey. */
export const BUNDLED_ADVISORIES: readonly Advisory[] = published.map((record) => {
  const read = readOsv(record);
  const { references, database_specific } = OURS.parse(record);
  const [reference] = references;
  if (!read.ok || reference === undefined) throw new Error(`${record.id} cannot be read`);
  return { ...read.value, ...database_specific, link: reference.url, shipped: true };
});
