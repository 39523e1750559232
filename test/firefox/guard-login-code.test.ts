// The login's code in the address: no request that Guard releases carries it, in its address or its referrer.
import { expect, it } from "vitest";
import { PROBE_PATH } from "../../src/core/probe/probe";
import { attack, SECRET } from "../lab/attacker";
import { NAIVE, RESTARTED_GET } from "../lab/strategies";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { openInstance, untilArrived } from "./guarded";

useBrowser();

it("never sends the login's code in a GET, and still gives it to the page", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await page.goto(`${instance.url}?auth_callback=1&code=${SECRET}&state=a%20b`);
  expect(await page.evaluate("location.search + location.hash")).toBe(`?auth_callback=1&code=${SECRET}&state=a%20b`);
  expect(instance.received.filter(({ path }) => path.includes(SECRET))).toEqual([]);
  await page.close();
});

const CODE = `?auth_callback=1&code=${SECRET}`;

/** Each way in which a page can name its own address in a request's headers. */
const REQUESTS_OF_A_PAGE = `(async () => {
  const ended = (element, from = document.body) => new Promise((done) => {
    element.onload = element.onerror = done;
    from.append(element);
  });
  const make = (name, properties) => Object.assign(document.createElement(name), properties);
  const quiet = (request) => request.then((answer) => answer.text(), () => undefined);
  await Promise.all([
    ended(make('img', { src: '/image.svg?whole', referrerPolicy: 'unsafe-url' })),
    ended(make('script', { src: '/static/checked.js?' + Math.random() })),
    ended(make('link', { rel: 'stylesheet', href: '/style.css' }), document.head),
    ended(make('iframe', { src: '/cached' })),
    quiet(fetch('/api/get')),
    quiet(fetch('/api/token', { headers: { Authorization: 'Bearer word' } })),
    quiet(fetch('/auth/token', { method: 'POST', body: 'word' })),
  ]);
  navigator.sendBeacon('/api/beacon', 'word');
})()`;
it.each(["forty", "home/overview"])(
  "keeps the login's code out of every header of the requests from the page at /%s",
  async (path) => {
    const { instance, page } = await openInstance(lab, firefox, true);
    await page.goto(instance.url + path);
    if (path === "home/overview") await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
    instance.received.length = 0;
    await page.goto(`${instance.url}${path}${CODE}`).catch(() => undefined);
    await until(
      () => page.evaluate("location.search").catch(String),
      (search) => search === CODE,
    );
    await page.evaluate(REQUESTS_OF_A_PAGE);
    const requested = (): string[] => instance.received.map(({ path: full }) => full.replace(/\?.*/u, ""));
    await until(requested, (paths) => paths.includes("/api/beacon"));
    // The next page can read its referrer, too.
    await page.evaluate("void (location.href = '/cached?next')");
    await until(
      () => instance.received,
      (all) => all.some(({ path: full }) => full === "/cached?next"),
    );
    expect(requested()).toEqual(
      expect.arrayContaining(["/image.svg", "/static/checked.js", "/style.css", "/api/get", "/api/token"]),
    );
    const referrers = new Set(instance.received.flatMap(({ headers: { referer } }) => referer ?? []));
    expect([...referrers]).toEqual([instance.url]);
    expect(instance.received.filter((got) => JSON.stringify(got).includes(SECRET))).toEqual([]);
    await page.close();
  },
);

it("lets an address that links another account through, with its code, once the connection is verified", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const callback = `auth/external/callback?code=${SECRET}&state=a.b.c`;
  instance.received.length = 0;
  await page.goto(instance.url + callback);
  const paths = instance.received.map(({ path }) => path);
  expect(paths).toContain(`/${callback}`);
  const first = paths.findIndex((path) => path.startsWith(PROBE_PATH));
  expect(first).toBeGreaterThanOrEqual(0);
  expect(first).toBeLessThan(paths.indexOf(`/${callback}`));
  const loot = await attack(lab, instance, NAIVE);
  await page.goto(instance.url + callback).catch(() => undefined);
  await untilArrived(page, /blocked\.html/u);
  expect(loot.secrets()).toBe(0);
  await page.close();
});

it("loses the login's code to an attacker who makes Firefox retry a GET, if the instance is only watched", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  const loot = await attack(lab, instance, RESTARTED_GET);
  await page.goto(instance.url + CODE);
  expect(loot.secrets()).toBeGreaterThan(0);
  await page.close();
});

it("gives that attacker nothing under Guard", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const loot = await attack(lab, instance, RESTARTED_GET);
  await page.goto(instance.url + CODE).catch(() => undefined);
  await until(loot.requests, (count) => count > 0);
  expect(loot.secrets()).toBe(0);
  await page.close();
});
