// One click, and the instance's next page, remove what an attacker left in this browser under the instance's address.
import type { Page } from "playwright";
import { beforeAll, expect, it } from "vitest";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { incidents, switchGuardOn } from "./guarded";
import { call } from "./insider";
import { addressOf, choose, pin, sayCompared } from "./user";

let insider: Page;

useBrowser();
beforeAll(async () => {
  insider = await firefox.extensionPage("popup.html");
});

/** The attacker's page leaves a worker with its cache, stored data, a cookie, and a file that is stored for a day. */
const LEAVE = `(async () => {
  await navigator.serviceWorker.register('/service_worker.js');
  await navigator.serviceWorker.ready;
  await (await caches.open('attacker')).put('/attacker.js', new Response('attacker'));
  localStorage.setItem('attacker', '1');
  document.cookie = 'attacker=1; max-age=86400';
  await new Promise((done) => {
    indexedDB.open('attacker').onsuccess = ({ target }) => { target.result.close(); done(); };
  });
  await fetch('/static/app.js').then((answer) => answer.text());
})()`;
const LEFT = `(async () => ({
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  caches: (await caches.keys()).sort(),
  stored: localStorage.getItem('attacker'),
  databases: (await indexedDB.databases()).map(({ name }) => name),
  cookie: document.cookie,
  file: await fetch('/static/app.js', { cache: 'only-if-cached', mode: 'same-origin' }).then(() => 'kept', () => 'gone'),
}))()`;
const ALL = {
  workers: 1,
  caches: ["attacker", "instance"],
  stored: "1",
  databases: ["attacker"],
  cookie: "attacker=1",
  file: "kept",
};
const NOTHING = { workers: 0, caches: [], stored: null, databases: [], cookie: "", file: "gone" };

const left = (page: Page): Promise<unknown> => page.evaluate(LEFT);

/** Opens an instance in a tab where the attacker's page has left everything it can. */
async function poisoned(): Promise<{ instance: Instance; page: Page }> {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const page = await firefox.context.newPage();
  // Firefox stores no file before the instance itself has answered with a page.
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: WARNING");
  await page.evaluate(LEAVE);
  expect(await left(page)).toEqual(ALL);
  return { instance, page };
}

const toClear = async (): Promise<unknown> =>
  insider.evaluate("browser.storage.local.get('toClear').then(({ toClear }) => toClear?.instances ?? [])");

async function openIncident({ host }: Instance): Promise<Page> {
  const page = await firefox.extensionPage("incidents.html");
  await page.locator("section.verdict", { hasText: host }).getByRole("link").click();
  return page;
}

it("clears nothing at the attacker's page, and everything at the instance's own page, even after a suspension", async () => {
  const { instance, page } = await poisoned();
  const incident = await openIncident(instance);
  await incident.getByRole("button", { name: "Clear", exact: true }).click();
  await incident.getByText("Stored data and workers are cleared.").waitFor();
  expect(await toClear()).toEqual([{ address: instance.host, removed: true }]);

  // The attacker still answers. The attacker's page leaves data again, and clearing waits for the instance.
  await until(
    () => page.evaluate("performance.getEntriesByType('navigation')[0].type").catch(() => ""),
    (how) => how === "reload",
  );
  await page.evaluate(LEAVE);
  expect(await left(page)).toMatchObject({ stored: "1", file: "kept" });
  expect(await toClear()).toEqual([{ address: instance.host, removed: true }]);

  // The instance answers again, but the attacker's worker still serves the attacker's page.
  instance.restore();
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.goto(instance.url).catch(() => undefined); // the reload that follows interrupts it
  await until(toClear, (instances) => JSON.stringify(instances) === "[]");
  await until(
    () => left(page).catch(() => ({})),
    (found) => JSON.stringify(found) === JSON.stringify(NOTHING),
  );
});

it("removes the attacker's worker, stored data and caches with one click once the instance answers again", async () => {
  const { instance, page } = await poisoned();
  instance.restore();
  instance.received.length = 0;
  await page.goto(instance.url);
  expect(instance.received.filter(({ path, method }) => path === "/" && method === "GET")).toEqual([]); // the attacker's worker served the page
  const incident = await openIncident(instance);
  await incident.getByRole("button", { name: "Clear", exact: true }).click();
  await incident.getByText("Cleared.", { exact: true }).waitFor();
  await until(
    () => left(page).catch(() => ({})),
    (found) => JSON.stringify(found) === JSON.stringify(NOTHING),
  );
  await until(toClear, (instances) => JSON.stringify(instances) === "[]");
});

it("clears under Guard, too: from the page that replaces the attacker's", async () => {
  const instance = await lab.instance();
  const page = await firefox.context.newPage();
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await page.goto(instance.url); // before the pin
  await page.evaluate(LEAVE);
  instance.restore();
  await pin(firefox, instance);
  await switchGuardOn(firefox, instance);
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await call(firefox, "check.now", { address: addressOf(instance), private: false });
  await until(
    () => incidents(firefox, instance),
    ({ length }) => length === 2,
  );
  await page.goto(`${instance.url}?page`).catch(() => undefined);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.getByText("Stored data and workers are cleared.").waitFor();
  instance.restore();
  // One warning from before the pin, and one from after it.
  await page.getByText("1 more warning is open for this address.").waitFor();
  const done = page.getByRole("button", { name: "It was an attack or a proxy; I am done" });
  await choose(page, "It was an attack or a proxy; I am done", "Close the warning");
  await page.getByText("more warning is open for this address").waitFor({ state: "detached" });
  await choose(page, "It was an attack or a proxy; I am done", "Close the warning");
  await done.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Try again" }).click();
  await until(toClear, (instances) => JSON.stringify(instances) === "[]");
  await until(
    () => left(page).catch(() => ({})),
    (found) => JSON.stringify(found) === JSON.stringify(NOTHING),
  );
});

it("clears no other instance, and is offered when an instance is pinned", async () => {
  const other = await poisoned();
  const instance = await lab.instance();
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  await page.evaluate(LEAVE);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByLabel("Fingerprint").fill(instance.certificate.sha1);
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
