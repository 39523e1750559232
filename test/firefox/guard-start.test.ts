// The browser starts and opens the instance: the extension is ready before any request to it leaves.
import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { isOpen } from "../../src/core/incident/incident";
import { attack, SECRET } from "../lab/attacker";
import { NAIVE } from "../lab/strategies";
import { type FirefoxSession, startFirefox } from "../lab/firefox-session";
import { type Instance, type Lab, startLab } from "../lab/lab";
import { until } from "../lab/until";
import { leaveSession } from "../lab/left-session";
import { incidents, openInstance, post, untilArrived } from "./guarded";

let lab: Lab;
let firefox: FirefoxSession | undefined;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.close();
});
afterEach(async () => {
  if (firefox === undefined) return;
  await firefox.close();
  await rm(firefox.profile, { recursive: true, force: true });
  firefox = undefined;
});

type Prefs = Record<string, string | number | boolean>;
/** @param tabs - the tabs that were open when the browser was last closed */
const start = async (prefs: Prefs = {}, tabs: readonly string[] = []): Promise<FirefoxSession> => {
  const profile = firefox?.profile;
  await firefox?.close();
  if (profile !== undefined && tabs.length > 0) await leaveSession(profile, tabs);
  firefox = await startFirefox(lab, { keep: true, prefs, ...(profile === undefined ? {} : { profile }) });
  return firefox;
};

const tokens = ({ received }: Instance): number => received.filter(({ path }) => path === "/auth/token").length;
const documents = ({ received }: Instance): number =>
  received.filter(({ headers }) => headers["sec-fetch-dest"] === "document").length;

/** Starts the browser at the instance itself, which gets every token, and then under attack. */
async function startBoth(instance: Instance, count: number, prefs: Prefs, tabs: readonly string[] = []): Promise<void> {
  instance.received.length = 0;
  const session = await start(prefs, tabs);
  await until(
    () => tokens(instance),
    (got) => got >= count,
    60_000,
  );
  expect(documents(instance)).toBeLessThanOrEqual(count);
  expect(await incidents(session, instance)).toEqual([]);

  const loot = await attack(lab, instance, NAIVE);
  const attacked = await start(prefs, tabs);
  await until(
    () => incidents(attacked, instance),
    (seen) => seen.some(isOpen),
    60_000,
  );
  expect(loot.requests()).toBeGreaterThan(0);
  expect(loot.secrets()).toBe(0);
}

it.each([
  ["served by its service worker", "with-worker", ""],
  ["preloaded by today's service worker", "home/overview", "home/overview"],
])("loses nothing if the instance is the home page, %s", { timeout: 180_000 }, async (_, worker, home) => {
  const session = await start();
  const { instance, page } = await openInstance(lab, session, true);
  await page.goto(`${instance.url}${worker}`);
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  await startBoth(instance, 1, {
    "browser.startup.page": 1,
    "browser.startup.homepage": `${instance.url}${home}#${SECRET}`,
  });
});

it("loses nothing if the browser opens twenty tabs of the instance", { timeout: 180_000 }, async () => {
  const session = await start();
  const { instance, page } = await openInstance(lab, session, true);
  await page.close();
  const urls = Array.from({ length: 20 }, (_, index) => `${instance.url}?${String(index)}#${SECRET}`);
  await startBoth(instance, 20, { "browser.startup.page": 1, "browser.startup.homepage": urls.join("|") });
});

it("loses nothing if the browser restores its tabs", { timeout: 180_000 }, async () => {
  const session = await start();
  const { instance, page } = await openInstance(lab, session, true);
  await page.close();
  const urls = Array.from({ length: 20 }, (_, index) => `${instance.url}?${String(index)}#${SECRET}`);
  await startBoth(instance, 20, { "browser.startup.page": 3, "browser.sessionstore.restore_on_demand": false }, urls);
});

it(
  "lets no request begin after a warning that was opened before the browser was closed",
  { timeout: 180_000 },
  async () => {
    const session = await start();
    const { instance, page } = await openInstance(lab, session, true);
    await attack(lab, instance, NAIVE);
    expect(await post(page)).toBe("stopped");
    await until(
      () => incidents(session, instance),
      (seen) => seen.some(isOpen),
    );
    instance.attacker = undefined;
    instance.dropConnections();
    const again = await start();
    instance.received.length = 0;
    const visit = await again.context.newPage();
    await visit.goto(instance.url).catch(() => undefined);
    await untilArrived(visit, /blocked\.html/u);
    expect(instance.received.filter(({ path }) => !path.includes("latchkey="))).toEqual([]);
  },
);
