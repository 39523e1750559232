// Cookies have no port: Firefox sends those of a guarded instance to every port of its host.
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { attack, type Loot } from "../lab/attacker";
import type { Instance } from "../lab/lab";
import { NAIVE } from "../lab/strategies";
import { firefox, lab, useBrowser } from "./browser";
import { openInstance, untilArrived } from "./guarded";

useBrowser();

const COOKIE = "addon-session";

/** An attacker at another port of an instance that has set a cookie in the browser. */
async function besides(isGuarded: boolean): Promise<{ instance: Instance; page: Page; loot: Loot; url: string }> {
  const { instance, page } = await openInstance(lab, firefox, isGuarded);
  await page.evaluate(`document.cookie = 'ingress_session=${COOKIE}; Secure; SameSite=Lax; path=/'`);
  const loot = await attack(lab, instance, NAIVE, { wanted: [COOKIE] });
  return { instance, page, loot, url: `https://${instance.host}:${String(lab.tlsPort)}/` };
}
const load = (page: Page, url: string): Promise<unknown> =>
  page.evaluate(`fetch('${url}', { mode: 'no-cors', credentials: 'include' }).then(() => 'answered', () => 'stopped')`);

it("gets the cookie of an instance that is only watched, and Latchkey doesn't see that", async () => {
  const { page, loot, url } = await besides(false);
  expect(await load(page, url)).toBe("answered");
  expect(loot.secrets()).toBe(1);
});

it("gets no cookie of a guarded instance, with any kind of request", async () => {
  const { instance, page, loot, url } = await besides(true);
  expect(await load(page, url)).toBe("stopped");
  expect(
    await page.evaluate(
      `new Promise((done) => { const image = new Image(); image.onload = () => done('answered'); image.onerror = () => done('stopped'); image.src = '${url}image.svg'; })`,
    ),
  ).toBe("stopped");
  expect(
    await page.evaluate(
      `new Promise((done) => { const socket = new WebSocket('${url.replace("https", "wss")}'); socket.onopen = () => done('answered'); socket.onerror = () => done('stopped'); })`,
    ),
  ).toBe("stopped");
  await page.goto(url).catch(() => undefined);
  await untilArrived(page, /blocked\.html/u);
  await page.getByText("This port is not pinned").waitFor();
  await page.getByText(`${instance.host}:${String(lab.tlsPort)}`).waitFor();
  expect({ requests: loot.requests(), sockets: loot.sockets() }).toEqual({ requests: 0, sockets: 0 });
});

it("gets requests that carry nothing of the guarded instance", async () => {
  const { page, url } = await besides(true);
  expect(
    await page.evaluate(
      `fetch('${url}', { mode: 'no-cors', credentials: 'omit' }).then(() => 'answered', () => 'stopped')`,
    ),
  ).toBe("answered");
});
