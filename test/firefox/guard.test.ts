// Guard against attackers who sit below TLS and have read its code: counted are the secrets in their hands.
import { describe, expect, it } from "vitest";
import { isOpen, type Incident } from "../../src/core/incident/incident";
import { PROBE_PATH } from "../../src/core/probe/probe";
import { currentFirefox } from "../../scripts/setup.mjs";
import { attack, ENDINGS, SECRET } from "../lab/attacker";
import { firstPasses, NAIVE, PATIENT, RESTARTED_GET, ROUND, SILENT, STRATEGIES, turnsAway } from "../lab/strategies";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import { violationsIn } from "../lab/accessibility";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import {
  untilArrived,
  closeIncidents,
  incidents,
  insiderDo,
  untilUnderWay,
  openInstance,
  post,
  returning,
  untilKept,
} from "./guarded";
import { choose } from "./user";

useBrowser();

/**
 * What is known to fall on newer versions of Firefox, so that Guard refuses there unless the user accepts it (docs/guard.md).
 */
const isCurrent = process.env["LATCHKEY_FIREFOX"] === currentFirefox();
const HELD = STRATEGIES.filter(([name]) => !isCurrent || !name.startsWith("downgrade"));

describe.each(HELD)("%s", (_, strategy) => {
  it("gets the secret where the instance is only watched", async () => {
    const { instance, page } = await openInstance(lab, firefox, false);
    const loot = await attack(lab, instance, strategy);
    await returning(page);
    expect(loot.secrets()).toBeGreaterThan(0);
    await page.close();
  });

  it("gets nothing of it under Guard", async () => {
    const { instance, page } = await openInstance(lab, firefox, true);
    const loot = await attack(lab, instance, strategy);
    await returning(page);
    expect(loot.secrets()).toBe(0);
    await page.close();
  });
});

it("lets everything through at the true instance, and every secret over a connection of its own", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.received.length = 0;
  expect(await post(page)).toBe(200);
  await returning(page);
  const paths = instance.received.map(({ path }) => path.replace(/\?.*/u, ""));
  expect(paths).toEqual(expect.arrayContaining(["/auth/token", "/image.svg", "/api/websocket", PROBE_PATH]));
  expect(paths.filter((path) => path === "/auth/token")).toHaveLength(3);
  // One connection carries several pictures, and none of them anything after a secret's.
  const ports = (path: string): number[] =>
    instance.received.flatMap((got) => (got.path.startsWith(path) ? [got.port] : []));
  const secret = ports("/auth/token");
  expect(instance.received.filter(({ port }) => secret.includes(port))).toHaveLength(3);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it.each([
  ["awake", false],
  ["suspended meanwhile", true],
])(
  "gives nothing to one who keeps a picture's answer back until the looks are over, the background %s",
  async (...row) => {
    const [, isSuspended] = row;
    const { instance, page } = await openInstance(lab, firefox, true);
    await untilKept(firefox, page, instance);
    const loot = await attack(lab, instance, PATIENT);
    // A picture a second, until one is kept back: whether it finds the last one's connection is Firefox's affair.
    await page.evaluate(`(async () => {
      const after = (time, what) => new Promise((done) => setTimeout(done, time, what));
      const picture = () => new Promise((done) => {
        const image = new Image();
        image.onload = image.onerror = () => done('there');
        image.src = '/image.svg?' + Math.random();
      });
      while ((await Promise.race([picture(), after(2000, 'kept back')])) === 'there') await after(1000);
    })()`);
    await untilUnderWay(firefox, instance);
    if (isSuspended) await suspendBackground(firefox.bidi, EXTENSION_ID);
    await page.evaluate(`fetch('/api/services', { method: 'POST', body: '${SECRET}' }).catch(() => undefined)`);
    expect(loot.secrets()).toBe(0);
    await page.close();
  },
);

it("never sends the login's code in a GET, and gives it to the page all the same", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await page.goto(`${instance.url}?auth_callback=1&code=${SECRET}&state=a%20b`);
  expect(await page.evaluate("location.search + location.hash")).toBe(`?auth_callback=1&code=${SECRET}&state=a%20b`);
  expect(instance.received.filter(({ path }) => path.includes(SECRET))).toEqual([]);
  await page.close();
});

const CODE = `?auth_callback=1&code=${SECRET}`;
/** Each way that a page has of naming its own address in a request's headers. */
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
  "keeps the login's code out of every header of what the page at /%s requests",
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
    // The next page is told where it was opened from, too.
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

it("lets the address through that links another account, with its code, once the connection is verified", async () => {
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

/** In CI so many that a rule gone wrong is seen; more when asked for, to measure his share. */
const TRIES = Number(process.env["LATCHKEY_TRIES"] ?? "12");
it("gives the login's code to one who makes Firefox send a GET again, where the instance is only watched", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  const loot = await attack(lab, instance, RESTARTED_GET);
  await page.goto(instance.url + CODE);
  expect(loot.secrets()).toBeGreaterThan(0);
  await page.close();
});

it("gives nothing of it to him under Guard", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const loot = await attack(lab, instance, RESTARTED_GET);
  await page.goto(instance.url + CODE).catch(() => undefined);
  await until(loot.requests, (count) => count > 0);
  expect(loot.secrets()).toBe(0);
  await page.close();
});

it(
  "leaves one who lets the first look pass and takes what follows to his luck, and tells of every try",
  { timeout: TRIES * 10_000 },
  async () => {
    const { instance, page } = await openInstance(lab, firefox, true);
    let won = 0;
    for (let tries = 0; tries < TRIES; tries++) {
      const loot = await attack(lab, instance, firstPasses("close"));
      expect(await post(page)).toBe("stopped");
      won += loot.secrets();
      const told = await until(
        async () => (await incidents(firefox, instance)).filter(isOpen),
        (open) => open.length > 0,
      );
      expect(told.map(({ verdict }) => verdict.kind)).toContain("unanswered");
      instance.attacker = undefined;
      instance.dropConnections();
      await closeIncidents(firefox, instance);
    }
    console.log(`He won ${won} of ${TRIES} first tries.`);
    // One in eight is to be expected; more than half of twelve would be chance in fewer than one of 2,000 runs.
    expect(won).toBeLessThanOrEqual(TRIES / 2);
    await page.close();
  },
);

it("tells of one who guesses which connection to turn away, right or wrong", { timeout: 300_000 }, async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  for (let isRight = false; !isRight;) {
    // Of a lesser secret every fourth try is his: half of them go after one round, each with another one.
    const loot = await attack(lab, instance, turnsAway("misdirected", { skip: ROUND, times: 1, distance: 20 }));
    const answer = await post(page, "/api/services");
    isRight = loot.secrets() > 0;
    const isTold = ({ verdict }: Incident): boolean =>
      verdict.kind === "unanswered" ? verdict.carried === (isRight ? "secret" : "restarted-probe") : !isRight;
    await until(
      async () => (await incidents(firefox, instance)).filter(isOpen),
      (open) => open.some(isTold),
    );
    // What he took in place of a secret may have been what goes together with it.
    if (isRight) expect(answer).toBe(204);
    instance.attacker = undefined;
    instance.dropConnections();
    await closeIncidents(firefox, instance);
  }
  await page.close();
});

it("sees one who turns away a whole round", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const loot = await attack(lab, instance, turnsAway("misdirected", { times: ROUND, distance: 20 }));
  expect(await post(page, "/api/services")).toBe("stopped");
  expect(loot.secrets()).toBe(0);
  await until(
    () => incidents(firefox, instance),
    // What is turned away twice, Firefox hands to whoever asked, with the certificate of the one who did it. Whether he
    // gets one probe twice or two probes is decided by which of their connections comes first.
    (all) =>
      all.some(({ verdict }) =>
        verdict.kind === "unanswered" ? verdict.carried === "restarted-probe" : verdict.kind === "mismatch",
      ),
  );
  await page.close();
});

it.each(ENDINGS)("tells of one who got past the looks, however he ends what he has read: %s", async (ending) => {
  const { instance, page } = await openInstance(lab, firefox, true);
  for (let won = 0; won === 0;) {
    const loot = await attack(lab, instance, firstPasses(ending));
    // Of a lesser secret every other try is his.
    expect(await post(page, "/api/services")).toBe("stopped");
    won = loot.secrets();
    // What is no HTTP counts as an answer to Firefox, and shows its certificate.
    const isTold = ({ verdict }: Incident): boolean =>
      ending === "no-http"
        ? verdict.kind === "mismatch"
        : verdict.kind === "unanswered" && verdict.carried === (won > 0 ? "secret" : "probe");
    await until(
      async () => (await incidents(firefox, instance)).filter(isOpen),
      (open) => open.some(isTold),
    );
    instance.attacker = undefined;
    instance.dropConnections();
    await closeIncidents(firefox, instance);
  }
  await page.close();
});

it("stops a suspended background's first request", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const loot = await attack(lab, instance, NAIVE);
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  expect(await post(page)).toBe("stopped");
  expect(loot.secrets()).toBe(0);
  await page.close();
});

it("quarantines the instance after an alarm: nothing leaves, and the page says why, until the user has decided", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await attack(lab, instance, NAIVE);
  expect(await post(page)).toBe("stopped");
  await until(
    () => incidents(firefox, instance),
    ([incident]) => incident?.verdict.kind === "mismatch",
  );
  instance.attacker = undefined;
  instance.dropConnections();
  instance.received.length = 0;
  await page.evaluate("fetch('/image.svg').catch(() => undefined)");
  await page.goto(`${instance.url}?page`).catch(() => undefined);
  await untilArrived(page, /blocked\.html/u);
  expect(instance.received.filter(({ path }) => !path.includes("latchkey="))).toEqual([]);
  await page.getByText("This is not your Home Assistant’s certificate").waitFor();
  expect(await violationsIn(page)).toEqual([]);
  await choose(page, "It was an attack or a proxy; I am done", "Close the warning");
  await page.getByRole("button", { name: "Try again" }).click();
  await untilArrived(page, /\?page$/u);
  await firefox.buttonShows("Latchkey: verified");
  await page.close();
});

it("opens anyway where the user insists, in that tab alone", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await attack(lab, instance, NAIVE);
  expect(await post(page)).toBe("stopped");
  await page.goto(instance.url).catch(() => undefined);
  await untilArrived(page, /blocked\.html/u);
  await choose(page, "Open anyway, this once…", "Open it unguarded");
  await untilArrived(page, /ui\.nabu\.casa\/$/u);
  const other = await firefox.context.newPage();
  await other.goto(instance.url).catch(() => undefined);
  await untilArrived(other, /blocked\.html/u);
  await firefox.buttonShows("Latchkey: WARNING");
  await other.close();
  await page.close();
});

it("tells an instance that is offline from one that somebody else answers for", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.goOffline();
  expect(await post(page)).toBe("stopped");
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("says so where somebody takes a look and hangs up, and holds what is secret after the second time", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const loot = await attack(lab, instance, SILENT);
  expect(await post(page)).toBe("stopped");
  expect(await post(page)).toBe("stopped");
  const [incident] = await until(
    () => incidents(firefox, instance),
    (open) => (open[0]?.count ?? 0) >= 2,
  );
  expect(incident?.verdict).toEqual({ kind: "unanswered", carried: "probe" });
  const looks = loot.requests();
  expect(await post(page)).toBe("stopped");
  expect(loot.requests()).toBe(looks);
  expect(loot.secrets()).toBe(0);
  await page.close();
});

it("stops what carries a secret where its saved data is damaged", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await insiderDo(
    firefox,
    "browser.storage.local.get('book').then((kept) => { return browser.storage.local.set({ kept: kept.book, book: 'torn' }); })",
  );
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  expect(await post(page)).toBe("stopped");
  expect(instance.received.filter(({ path }) => path === "/auth/token")).toEqual([]);
  await insiderDo(
    firefox,
    "browser.storage.local.get('kept').then(({ kept }) => browser.storage.local.set({ book: kept }))",
  );
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.close();
});
