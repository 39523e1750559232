// What an attacker left in this browser under the house's address is gone after one click and the house's next page.
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../lab/firefox-session";
import { startLab, type House, type Lab } from "../lab/lab";
import { until } from "../lab/until";
import { incidents, switchGuardOn } from "./guarded";
import { choose, pin, sayCompared } from "./user";

let lab: Lab;
let firefox: FirefoxSession;
let insider: Page;

beforeAll(async () => {
  lab = await startLab();
  firefox = await startFirefox(lab);
  insider = await firefox.extensionPage("popup.html");
});
afterAll(async () => {
  await firefox.close();
  await lab.close();
});

/** What his page puts into this browser: a worker with its cache, stored data, a cookie, and a file that stays a day. */
const LEAVE = `(async () => {
  await navigator.serviceWorker.register('/service_worker.js');
  await navigator.serviceWorker.ready;
  await (await caches.open('his')).put('/his.js', new Response('his'));
  localStorage.setItem('his', '1');
  document.cookie = 'his=1; max-age=86400';
  await new Promise((done) => {
    indexedDB.open('his').onsuccess = ({ target }) => { target.result.close(); done(); };
  });
  await fetch('/static/app.js').then((answer) => answer.text());
})()`;
const LEFT = `(async () => ({
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  caches: (await caches.keys()).sort(),
  stored: localStorage.getItem('his'),
  databases: (await indexedDB.databases()).map(({ name }) => name),
  cookie: document.cookie,
  file: await fetch('/static/app.js', { cache: 'only-if-cached', mode: 'same-origin' }).then(() => 'kept', () => 'gone'),
}))()`;
const ALL = { workers: 1, caches: ["his", "house"], stored: "1", databases: ["his"], cookie: "his=1", file: "kept" };
const NOTHING = { workers: 0, caches: [], stored: null, databases: [], cookie: "", file: "gone" };

const left = (page: Page): Promise<unknown> => page.evaluate(LEFT);

/** A house in whose tab somebody's page has left all that it can. */
async function poisoned(): Promise<{ house: House; page: Page }> {
  const house = await lab.house();
  await pin(firefox, house);
  const page = await firefox.context.newPage();
  // Until the house itself has given a page, Firefox stores nothing of it.
  await page.goto(house.url);
  await firefox.buttonShows("Latchkey: verified");
  house.answerWith(await lab.authority.issue({ names: [house.host] }));
  await page.goto(house.url);
  await firefox.buttonShows("Latchkey: WARNING");
  await page.evaluate(LEAVE);
  expect(await left(page)).toEqual(ALL);
  return { house, page };
}

const toClear = async (): Promise<unknown> =>
  insider.evaluate("browser.storage.local.get('toClear').then(({ toClear }) => toClear?.houses ?? [])");

async function openIncident({ host }: House): Promise<Page> {
  const page = await firefox.extensionPage("incidents.html");
  await page.locator("section.verdict", { hasText: host }).getByRole("link").click();
  return page;
}

it("clears nothing at somebody else's page, and everything at the house's own, though the background slept", async () => {
  const { house, page } = await poisoned();
  const incident = await openIncident(house);
  await incident.getByRole("button", { name: "Clear", exact: true }).click();
  await incident.getByText("Stored data and workers are cleared.").waitFor();
  expect(await toClear()).toEqual([{ address: house.host, removed: true }]);

  // He still answers: what his page leaves anew is not his to clear, and the order waits for the house.
  await until(
    () => page.evaluate("performance.getEntriesByType('navigation')[0].type").catch(() => ""),
    (how) => how === "reload",
  );
  await page.evaluate(LEAVE);
  expect(await left(page)).toMatchObject({ stored: "1", file: "kept" });
  expect(await toClear()).toEqual([{ address: house.host, removed: true }]);

  // The house answers again, but his worker gives a page of his to whoever visits it.
  house.restore();
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.goto(house.url).catch(() => undefined); // the reload that follows interrupts it
  await until(toClear, (houses) => JSON.stringify(houses) === "[]");
  await until(
    () => left(page).catch(() => ({})),
    (found) => JSON.stringify(found) === JSON.stringify(NOTHING),
  );
});

it("takes his worker, stored data and caches away where the house answers again: one click", async () => {
  const { house, page } = await poisoned();
  house.restore();
  house.received.length = 0;
  await page.goto(house.url);
  expect(house.received.filter(({ path, method }) => path === "/" && method === "GET")).toEqual([]); // his worker's page
  const incident = await openIncident(house);
  await incident.getByRole("button", { name: "Clear", exact: true }).click();
  await incident.getByText("Cleared.", { exact: true }).waitFor();
  await until(
    () => left(page).catch(() => ({})),
    (found) => JSON.stringify(found) === JSON.stringify(NOTHING),
  );
  await until(toClear, (houses) => JSON.stringify(houses) === "[]");
});

it("clears under Guard, too: from the page that is shown in place of his", async () => {
  const house = await lab.house();
  const page = await firefox.context.newPage();
  house.answerWith(await lab.authority.issue({ names: [house.host] }));
  await page.goto(house.url); // before anybody pinned
  await page.evaluate(LEAVE);
  house.restore();
  await pin(firefox, house);
  await switchGuardOn(firefox, house);
  house.answerWith(await lab.authority.issue({ names: [house.host] }));
  const check = { type: "check.now", request: { address: house.host, private: false } };
  await insider.evaluate(`browser.runtime.sendMessage(${JSON.stringify(check)})`);
  await until(
    () => incidents(firefox, house),
    ({ length }) => length === 2,
  );
  await page.goto(`${house.url}?page`).catch(() => undefined);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.getByText("Stored data and workers are cleared.").waitFor();
  house.restore();
  // One warning from before the pin, and one from after it.
  await page.getByText("1 more warning is open for this address.").waitFor();
  const done = page.getByRole("button", { name: "It was an attack or a proxy; I am done" });
  await choose(page, "It was an attack or a proxy; I am done", "Close the warning");
  await page.getByText("more warning is open for this address").waitFor({ state: "detached" });
  await choose(page, "It was an attack or a proxy; I am done", "Close the warning");
  await done.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Try again" }).click();
  await until(toClear, (houses) => JSON.stringify(houses) === "[]");
  await until(
    () => left(page).catch(() => ({})),
    (found) => JSON.stringify(found) === JSON.stringify(NOTHING),
  );
});

it("leaves other houses alone, and is offered when a house is pinned", async () => {
  const other = await poisoned();
  const house = await lab.house();
  const page = await firefox.context.newPage();
  await page.goto(house.url);
  await page.evaluate(LEAVE);
  const popup = await firefox.extensionPage(`popup.html?address=${house.host}`);
  await popup.getByLabel("Fingerprint").fill(house.certificate.sha1);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  // The lab's root is one of its own, so the visit before has opened a warning.
  await sayCompared(popup);
  await popup.getByText("This is your Home Assistant").waitFor();
  await popup.getByRole("button", { name: "Clear", exact: true }).click();
  await popup.getByText("Cleared.", { exact: true }).waitFor();
  await until(
    () => left(page).catch(() => ({})),
    (found) => JSON.stringify(found) === JSON.stringify(NOTHING),
  );
  expect(await left(other.page)).toMatchObject({ workers: 1, stored: "1", file: "kept" });
});
