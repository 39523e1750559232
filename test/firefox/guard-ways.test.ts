// Every way in which a secret leaves a page: each reaches the instance itself, and no attacker gets a secret.
import { describe, expect, it } from "vitest";
import { isOpen } from "../../src/core/incident/incident";
import { attack, type Loot, SECRET } from "../lab/attacker";
import { NAIVE, RESET_ORACLE, SILENT } from "../lab/strategies";
import { setIdleTime, untilIdle } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import { type Instance, UNRELATED } from "../lab/lab";
import { openIn, openInFront, type Tab } from "../lab/tabs";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { failures, incidents, openInstance } from "./guarded";

useBrowser();

interface Way {
  readonly name: string;
  /** The path of the request with the secret. */
  readonly path: string;
  readonly where?: "private" | "container";
  /** Whether another tab of the instance is open. */
  readonly beside?: boolean;
  /** Whether Firefox suspends the background as soon as it is idle. */
  readonly idles?: boolean;
  /** The page that is open before the attack. */
  readonly page?: string;
  /** Run in the page as soon as it is open. */
  readonly before?: string;
  /** The script to run in the page, or the action if the page doesn't do it. */
  readonly script?: string;
  readonly act?: (tab: Tab, instance: Instance) => Promise<unknown>;
}

const POST = `fetch('/api/post', { method: 'POST', body: '${SECRET}' }).then((answer) => answer.status, () => 'stopped')`;
const WAYS: readonly Way[] = [
  {
    name: "a form",
    path: "/api/form",
    script: `(() => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: '/api/form' });
      form.append(Object.assign(document.createElement('input'), { name: 'password', value: '${SECRET}' }));
      document.body.append(form);
      form.submit();
    })()`,
  },
  { name: "sendBeacon", path: "/api/beacon", script: `navigator.sendBeacon('/api/beacon', '${SECRET}')` },
  {
    name: "fetch with keepalive, from a page that is left, beside another tab of the instance",
    path: "/api/keepalive",
    beside: true,
    before: `addEventListener('pagehide', () => {
      void fetch('/api/keepalive', { method: 'POST', keepalive: true, body: '${SECRET}' });
    })`,
    act: async (tab) => {
      await tab.evaluate(`void (location.href = 'https://${UNRELATED}/')`).catch(() => undefined);
    },
  },
  { name: "a private window", path: "/api/post", where: "private", script: POST },
  { name: "a container", path: "/api/post", where: "container", script: POST },
  {
    name: "a WebSocket that is connected again in a hidden tab",
    path: "/api/websocket",
    before: `(() => {
      const connect = () => {
        const socket = new WebSocket('wss://' + location.host + '/api/websocket');
        socket.onmessage = () => { socket.send('${SECRET}'); };
        socket.onclose = () => setTimeout(connect, 200);
      };
      return new Promise((done) => {
        connect();
        if (document.hidden) done();
        document.addEventListener('visibilitychange', () => { done(); });
      });
    })()`,
    act: (_, instance) => {
      instance.dropConnections();
      return Promise.resolve();
    },
  },
  {
    name: "the service worker, after an update",
    path: "/api/worker",
    page: "home/overview",
    before: "navigator.serviceWorker.ready.then(() => undefined)",
    script: `navigator.serviceWorker.ready.then(async (registration) => {
      await registration.update().catch(() => undefined);
      registration.active.postMessage('${SECRET}');
    })`,
  },
  {
    name: "a page whose background was suspended",
    path: "/api/post",
    idles: true,
    act: async (tab) => {
      await untilIdle(firefox.bidi, EXTENSION_ID);
      await setIdleTime(firefox.bidi, EXTENSION_ID, 30_000);
      await tab.evaluate(POST);
    },
  },
  {
    name: "a GET with Authorization",
    path: "/api/camera",
    script: `fetch('/api/camera', { headers: { Authorization: 'Bearer ${SECRET}' } }).then(() => undefined, () => undefined)`,
  },
];

/** Opens an instance's page in the state that the way needs. The instance itself answers. */
async function openFor(
  { where, page = "", before = "", beside = false, idles = false }: Way,
  isGuarded: boolean,
): Promise<{ instance: Instance; tab: Tab }> {
  if (idles) await setIdleTime(firefox.bidi, EXTENSION_ID, 2500);
  const { instance, page: first } = await openInstance(lab, firefox, isGuarded);
  if (!beside) await first.close();
  let tab: Tab;
  if (where === undefined) {
    const opened = await firefox.context.newPage();
    await opened.goto(instance.url + page);
    tab = {
      evaluate: (script) => opened.evaluate(script),
      close: async () => {
        // Firefox never answers a request to close a tab that is just being redirected.
        await opened.goto("about:blank").catch(() => undefined);
        await opened.close();
      },
    };
  } else tab = await openIn(firefox.bidi, where, instance.url + page);
  await firefox.buttonShows("Latchkey: verified");
  const begun = tab.evaluate(before);
  if (before.includes("visibilitychange")) await openInFront(firefox.bidi);
  await begun;
  return { instance, tab };
}

const go = async (way: Way, tab: Tab, instance: Instance): Promise<void> => {
  if (way.script !== undefined) await tab.evaluate(way.script);
  await way.act?.(tab, instance);
};
const reached = ({ path }: Way, { received }: Instance): number => received.filter((got) => got.path === path).length;

describe.each(WAYS)("$name", (way) => {
  it("gets through to the instance", async () => {
    const { instance, tab } = await openFor(way, true);
    instance.received.length = 0;
    await go(way, tab, instance);
    await until(
      () => reached(way, instance),
      (count) => count > 0,
    );
    expect(await incidents(firefox, instance)).toEqual([]);
    await tab.close();
  });

  it.each([
    ["takes every connection", NAIVE],
    ["reads and closes the connection", SILENT],
    ["drops a connection under a later request and takes the next one", RESET_ORACLE],
  ])("gives nothing to an attacker who %s", async (_, strategy) => {
    const { instance, tab } = await openFor(way, true);
    const loot = await attack(lab, instance, strategy);
    instance.received.length = 0;
    await tab.evaluate(A_WHILE);
    await go(way, tab, instance);
    await untilDecided(way, instance, loot);
    expect(loot.secrets()).toBe(0);
    await tab.close();
  });

  it("carries the secret to the attacker if the instance is only watched", async () => {
    const { instance, tab } = await openFor(way, false);
    const loot = await attack(lab, instance, NAIVE);
    await go(way, tab, instance);
    await until(loot.secrets, (count) => count > 0);
    await tab.close();
  });
});

/** Makes a connection that stays open, and waits until the attacker would treat its next piece as a new request. */
const A_WHILE = `fetch('/image.svg').then(() => undefined, () => undefined).then(() => new Promise((done) => setTimeout(done, 600)))`;

/** Waits for a warning, for the request to reach the instance or the attacker, or for a failed connection check. */
const untilDecided = (way: Way, instance: Instance, loot: Loot): Promise<unknown> =>
  until(
    async () => [
      reached(way, instance) > 0,
      loot.secrets() > 0,
      (await incidents(firefox, instance)).some(isOpen),
      (await failures(firefox, instance)).includes("cut-off"),
    ],
    (signs) => signs.includes(true),
  );

it("stops the requests of two tabs at once", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const other = await firefox.context.newPage();
  await other.goto(instance.url);
  const both = (): Promise<unknown[]> => Promise.all([page.evaluate(POST), other.evaluate(POST)]);
  expect(await both()).toEqual([204, 204]);
  const loot = await attack(lab, instance, NAIVE);
  expect(await both()).toEqual(["stopped", "stopped"]);
  expect(loot.secrets()).toBe(0);
  await other.close();
  await page.close();
});

it("doesn't send a request that the instance's last page makes as you leave it: no check can start there any more", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.received.length = 0;
  await page.evaluate(`addEventListener('pagehide', () => {
    void fetch('/api/keepalive', { method: 'POST', keepalive: true, body: '${SECRET}' });
  })`);
  await page.goto(`https://${UNRELATED}/`);
  await until(
    () => instance.received.filter(({ path }) => path.includes("latchkey=")).length,
    (probes) => probes > 0,
  );
  expect(await incidents(firefox, instance)).toEqual([]);
  expect(instance.received.filter(({ path }) => path === "/api/keepalive")).toEqual([]);
  await page.close();
});
