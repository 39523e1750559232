import { build } from "../../scripts/build";

/** Builds the extension before the first test that needs it, unless `npm test` has. */
export default async function buildOnce(): Promise<void> {
  if (process.env["LATCHKEY_BUILT"] === undefined) await build();
}
