// Today's front end has a service worker that uses navigation preload. So Firefox requests a document without a tab
// (`tabId` -1). An attacker who answers it gets a page that can read the tokens.
import { describe, expect, it } from "vitest";
import type { Page } from "playwright";
import { attack, type Strategy } from "../lab/attacker";
import { reachesCollector } from "../lab/collector";
import type { Instance } from "../lab/lab";
import { NAIVE, SILENT } from "../lab/strategies";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { incidents, openInstance } from "./guarded";

useBrowser();

/** The instance's overview, controlled by its service worker. */
async function openOverview(isGuarded: boolean): Promise<{ instance: Instance; page: Page }> {
  const { instance, page } = await openInstance(lab, firefox, isGuarded);
  await page.goto(`${instance.url}home/overview`);
  await until(
    () => page.evaluate("navigator.serviceWorker.controller !== null"),
    (isControlled) => isControlled === true,
  );
  await page.reload();
  await firefox.buttonShows("Latchkey: verified");
  return { instance, page };
}

const VISITS: [how: string, visit: (page: Page, instance: Instance) => Promise<unknown>][] = [
  ["by its address", (page, { url }) => page.goto(`${url}home/overview`, { waitUntil: "commit" })],
  ["by a reload", (page) => page.reload({ waitUntil: "commit" })],
];
/** If the document was stopped, Firefox shows its own page, or ours. Playwright treats that as a failure. */
const quietly = (visit: Promise<unknown>): Promise<unknown> => visit.catch(() => undefined);

describe.each(VISITS)("a document in no tab, visited %s", (_, visit) => {
  it("comes from the instance itself, with nothing stopped", async () => {
    const { instance, page } = await openOverview(true);
    instance.received.length = 0;
    await visit(page, instance);
    await page.getByRole("heading", { name: "Instance" }).waitFor();
    const [document] = instance.received.filter(({ path }) => path === "/home/overview");
    expect(document?.headers).toMatchObject({ "service-worker-navigation-preload": "true" });
    await firefox.buttonShows("Latchkey: verified");
    expect(await incidents(firefox, instance)).toEqual([]);
    await page.close();
  });

  it("lets an attacker who answers read the tokens if the instance is only watched, and warns", async () => {
    const { instance, page } = await openOverview(false);
    const loot = await attack(lab, instance, NAIVE);
    await quietly(visit(page, instance));
    await until(loot.secrets, (count) => count > 0);
    await firefox.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
    await page.close();
  });

  const ATTACKERS: [who: string, strategy: Strategy, title: string][] = [
    ["answers", NAIVE, "Latchkey: WARNING, not your Home Assistant’s certificate"],
    ["reads and closes the connection", SILENT, "Latchkey: not checked"],
  ];
  it.each(ATTACKERS)("gives no token to an attacker who %s if the instance is guarded", async (...row) => {
    const [, strategy, title] = row;
    const { instance, page } = await openOverview(true);
    const loot = await attack(lab, instance, strategy);
    await quietly(visit(page, instance));
    await firefox.buttonShows(title);
    // An attacker may get the document, or the check before it, whose warning stops the document.
    expect(loot.requests() + loot.sockets()).toBeGreaterThan(0);
    await page.waitForLoadState("domcontentloaded"); // Firefox no longer shows its own page
    await reachesCollector(firefox, lab);
    expect(loot.secrets()).toBe(0);
    await page.close();
  });
});
