import { randomUUID } from "node:crypto";
import type { FirefoxSession } from "./firefox-session";
import { COLLECTOR, type Lab } from "./lab";
import { until } from "./until";

/**
 * Sends a request to the attackers' host and waits until it arrives. Everything that the browser sent before has
 * arrived then, too.
 */
export async function reachesCollector({ context }: FirefoxSession, lab: Lab): Promise<void> {
  const page = await context.newPage();
  const later = `/later?${randomUUID()}`;
  await page.goto(`https://${COLLECTOR}${later}`).catch(() => undefined); // it has no page to show
  await until(
    () => lab.collected.join("\n"),
    (all) => all.includes(later),
  );
  await page.close();
}
