// Every way that a secret leaves a page: at the true house each gets through, and each attacker is given nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOpen } from "../../src/core/incident/incident";
import { attack, SECRET, type Loot } from "../lab/attacker";
import { NAIVE, RESET_ORACLE, SILENT } from "../lab/strategies";
import { setIdleTime, untilIdle } from "../lab/background";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../lab/firefox-session";
import { startLab, UNRELATED, type House, type Lab } from "../lab/lab";
import { openIn, openInFront, type Tab } from "../lab/tabs";
import { until } from "../lab/until";
import { failures, incidents, openHouse } from "./guarded";

let lab: Lab;
let firefox: FirefoxSession;

beforeAll(async () => {
  lab = await startLab();
  firefox = await startFirefox(lab);
});
afterAll(async () => {
  await firefox.close();
  await lab.close();
});

interface Way {
  readonly name: string;
  /** What the house is asked for with the secret. */
  readonly path: string;
  readonly where?: "private" | "container";
  /** Whether another tab of the house is open. */
  readonly beside?: boolean;
  /** Whether Firefox ends the background as soon as nothing happens any more. */
  readonly idles?: boolean;
  /** The page that is open before anybody is on the way to the house. */
  readonly page?: string;
  /** Run in the page as soon as it is open. */
  readonly before?: string;
  /** Run in the page, and where it is not the page that does it, what does. */
  readonly script?: string;
  readonly act?: (tab: Tab, house: House) => Promise<unknown>;
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
    name: "fetch with keepalive, from a page that is left, beside another tab of the house",
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
    act: (_, house) => {
      house.dropConnections();
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

/** A house's page as the way wants it, the house itself answering. */
async function openFor(
  { where, page = "", before = "", beside = false, idles = false }: Way,
  isGuarded: boolean,
): Promise<{ house: House; tab: Tab }> {
  if (idles) await setIdleTime(firefox.bidi, EXTENSION_ID, 2500);
  const { house, page: first } = await openHouse(lab, firefox, isGuarded);
  if (!beside) await first.close();
  let tab: Tab;
  if (where === undefined) {
    const opened = await firefox.context.newPage();
    await opened.goto(house.url + page);
    tab = { evaluate: (script) => opened.evaluate(script), close: () => opened.close() };
  } else tab = await openIn(firefox.bidi, where, house.url + page);
  await firefox.buttonShows("Latchkey: verified");
  const begun = tab.evaluate(before);
  if (before.includes("visibilitychange")) await openInFront(firefox.bidi);
  await begun;
  return { house, tab };
}

const go = async (way: Way, tab: Tab, house: House): Promise<void> => {
  if (way.script !== undefined) await tab.evaluate(way.script);
  await way.act?.(tab, house);
};
const reached = ({ path }: Way, { received }: House): number => received.filter((got) => got.path === path).length;

describe.each(WAYS)("$name", (way) => {
  it("gets through to the house", async () => {
    const { house, tab } = await openFor(way, true);
    house.received.length = 0;
    await go(way, tab, house);
    await until(
      () => reached(way, house),
      (count) => count > 0,
    );
    expect(await incidents(firefox, house)).toEqual([]);
    await tab.close();
  });

  it.each([
    ["takes every connection", NAIVE],
    ["reads and hangs up", SILENT],
    ["drops a connection under a later request and takes the next", RESET_ORACLE],
  ])("gives nothing to one who %s", async (_, strategy) => {
    const { house, tab } = await openFor(way, true);
    const loot = await attack(lab, house, strategy);
    house.received.length = 0;
    await tab.evaluate(A_WHILE);
    await go(way, tab, house);
    await isDecided(way, house, loot);
    expect(loot.secrets()).toBe(0);
    await tab.close();
  });

  it("carries the secret to whoever answers where the house is only watched", async () => {
    const { house, tab } = await openFor(way, false);
    const loot = await attack(lab, house, NAIVE);
    await go(way, tab, house);
    await until(loot.secrets, (count) => count > 0);
    await tab.close();
  });
});

/** A connection is made that lives on, and grows so old that what comes over it next is a request of its own to him. */
const A_WHILE = `fetch('/image.svg').then(() => undefined, () => undefined).then(() => new Promise((done) => setTimeout(done, 600)))`;

/** Either the alarm was given, or the house itself got it, or what was to open the way for it came to nothing. */
const isDecided = (way: Way, house: House, loot: Loot): Promise<unknown> =>
  until(
    async () => [
      reached(way, house) > 0,
      loot.secrets() > 0,
      (await incidents(firefox, house)).some(isOpen),
      (await failures(firefox, house)).includes("cut-off"),
    ],
    (signs) => signs.includes(true),
  );

it("keeps back what two tabs send at once", async () => {
  const { house, page } = await openHouse(lab, firefox, true);
  const other = await firefox.context.newPage();
  await other.goto(house.url);
  const both = (): Promise<unknown[]> => Promise.all([page.evaluate(POST), other.evaluate(POST)]);
  expect(await both()).toEqual([204, 204]);
  const loot = await attack(lab, house, NAIVE);
  expect(await both()).toEqual(["stopped", "stopped"]);
  expect(loot.secrets()).toBe(0);
  await other.close();
  await page.close();
});

it("does not send what the house's last page sends as it is left: nobody can look from there any more", async () => {
  const { house, page } = await openHouse(lab, firefox, true);
  house.received.length = 0;
  await page.evaluate(`addEventListener('pagehide', () => {
    void fetch('/api/keepalive', { method: 'POST', keepalive: true, body: '${SECRET}' });
  })`);
  await page.goto(`https://${UNRELATED}/`);
  await until(
    () => house.received.filter(({ path }) => path.includes("latchkey=")).length,
    (looks) => looks > 0,
  );
  expect(await incidents(firefox, house)).toEqual([]);
  expect(house.received.filter(({ path }) => path === "/api/keepalive")).toEqual([]);
  await page.close();
});
