import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import type { StoredState } from "../../src/core/state/state";
import { attack } from "../lab/attacker";
import { turnsAway } from "../lab/strategies";
import { selfSigned } from "../lab/authority";
import { backgroundState, suspendBackground } from "../lab/background";
import { closeWindow, openInWindow, trustRoot, typeAddress } from "../lab/browser-chrome";
import { EXTENSION_ID } from "../lab/firefox-session";
import { UNRELATED, type Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { submitForm } from "./guarded";
import { bookOf, choose, pin, sayCompared } from "./user";

/** A page of the extension: what it may read, a test may. */
let insider: Page;

useBrowser();
beforeAll(async () => {
  await trustRoot(firefox.bidi, lab.otherAuthority.root);
  insider = await firefox.extensionPage("popup.html");
});

const VERIFIED = "Latchkey: verified";
const MISMATCH = "Latchkey: WARNING, not your Home Assistant’s certificate";

const incidentsAt = async ({ host }: Instance): Promise<StoredState["incidents"]> =>
  (await bookOf(insider)).incidents.filter(({ address }) => address === host);
const notifications = async ({ host }: Instance): Promise<number> =>
  insider.evaluate(
    `browser.notifications.getAll().then((all) => Object.keys(all).filter((id) => id === "${host}").length)`,
  );

async function openVerified(path = ""): Promise<{ instance: Instance; page: Page }> {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const page = await firefox.context.newPage();
  await page.goto(instance.url + path);
  await firefox.buttonShows(VERIFIED);
  return { instance, page };
}

const otherKey = (instance: Instance) => lab.authority.issue({ names: [instance.host] });
const visit = async (page: Page, url: string): Promise<void> => {
  await page.goto(url).catch(() => undefined); // a page that Firefox refuses to show is a case too
};

/** What happens after the instance was verified in a tab, and what the button says then. */
const AFTER_VERIFIED: [what: string, happens: (instance: Instance, page: Page) => Promise<unknown>, title: string][] = [
  [
    "another key under the same authority, on a page load",
    async (instance, page) => {
      instance.answerWith(await otherKey(instance));
      await page.reload();
    },
    MISMATCH,
  ],
  [
    "another authority that was added, on a page load",
    async (instance, page) => {
      instance.answerWith(await lab.otherAuthority.issue({ names: [instance.host] }));
      await page.reload();
    },
    "Latchkey: WARNING, intercepted by Somebody else’s authority",
  ],
  [
    "an attacker at a fetch after a good page",
    async (instance, page) => {
      instance.answerWith(await otherKey(instance));
      await page.evaluate("fetch('/auth/token', { method: 'POST', body: 'secret' }).then(() => 1)");
    },
    MISMATCH,
  ],
  [
    "an attacker at a WebSocket after a good page",
    async (instance, page) => {
      instance.answerWith(await otherKey(instance));
      await page.evaluate(
        "new Promise((done) => { new WebSocket('wss://' + location.host + '/api/websocket').onmessage = () => done(1); })",
      );
    },
    MISMATCH,
  ],
  [
    "an attacker at a beacon",
    async (instance, page) => {
      instance.answerWith(await otherKey(instance));
      await page.evaluate("navigator.sendBeacon('/beacon', 'x')");
    },
    MISMATCH,
  ],
  [
    "an attacker at an EventSource",
    async (instance, page) => {
      instance.answerWith(await otherKey(instance));
      await page.evaluate("new Promise((done) => { new EventSource('/events').onerror = () => done(1); })");
    },
    MISMATCH,
  ],
  [
    "another site that sends the tab to http:, where nobody answers",
    async (instance, page) => {
      await page.goto(`https://${UNRELATED}/`);
      await page.evaluate(`void setTimeout(() => { location.href = 'http://${instance.host}/'; })`);
      await until(
        () => page.url(),
        (url) => url.includes(instance.host),
      );
      await visit(page, instance.url);
    },
    VERIFIED,
  ],
  [
    "a form post from another site to the attacker",
    async (instance, page) => {
      await page.goto(`https://${UNRELATED}/`);
      instance.answerWith(await otherKey(instance));
      await submitForm(page, `${instance.url}static/app.js`);
    },
    MISMATCH,
  ],
  [
    "an answer in the clear",
    async (instance, page) => {
      instance.plain = true;
      await visit(page, `http://${instance.host}/`);
    },
    "Latchkey: WARNING, response without encryption",
  ],
  [
    "http: asked for, and nobody answers in the clear",
    async (instance, page) => {
      await visit(page, `http://${instance.host}/`);
      await page.goto(instance.url);
    },
    VERIFIED,
  ],
  [
    "the address typed without scheme",
    async (instance) => {
      await typeAddress(firefox.bidi, instance.host);
    },
    VERIFIED,
  ],
  [
    "the address typed without scheme while the instance is offline",
    async (instance) => {
      instance.goOffline();
      await typeAddress(firefox.bidi, instance.host);
    },
    "Latchkey: not checked, Home Assistant not reached",
  ],
  [
    "the address typed without scheme, and somebody who answers in the clear alone",
    async (instance) => {
      instance.goOffline();
      instance.plain = true;
      await typeAddress(firefox.bidi, instance.host);
    },
    "Latchkey: WARNING, response without encryption",
  ],
  [
    "a renewal with the same key",
    async (instance, page) => {
      await instance.renew("same-key");
      await page.reload();
    },
    "Latchkey: renewed",
  ],
  [
    "a renewal with a new key",
    async (instance, page) => {
      await instance.renew("new-key");
      await page.reload();
    },
    MISMATCH,
  ],
  [
    "an attack that is over",
    async (instance, page) => {
      instance.answerWith(await otherKey(instance));
      await page.reload();
      await firefox.buttonShows(MISMATCH);
      instance.restore();
      await page.reload();
    },
    MISMATCH,
  ],
  [
    "an attack on a suspended background",
    async (instance, page) => {
      await insider.goto("about:blank");
      await suspendBackground(firefox.bidi, EXTENSION_ID);
      instance.answerWith(await otherKey(instance));
      await page.reload();
      await firefox.buttonShows(MISMATCH);
      await insider.close();
      insider = await firefox.extensionPage("popup.html");
      await page.bringToFront();
    },
    MISMATCH,
  ],
  [
    "an expired certificate of somebody else, refused by Firefox",
    async (instance, page) => {
      instance.answerWith(await lab.authority.issue({ names: [instance.host], expired: true }));
      await visit(page, instance.url);
    },
    "Latchkey: not checked, Firefox refused the connection (",
  ],
  [
    "a self-signed certificate, refused by Firefox",
    async (instance, page) => {
      instance.answerWith(await selfSigned({ names: [instance.host] }));
      await visit(page, instance.url);
    },
    "Latchkey: not checked, Firefox refused the connection (",
  ],
  [
    "a request cut off without an answer",
    async (instance, page) => {
      instance.mode = "cut-off";
      instance.dropConnections();
      await visit(page, instance.url);
    },
    "Latchkey: not checked, connection closed without a response",
  ],
];

describe("after the instance was verified", () => {
  it.each(AFTER_VERIFIED)("%s", async (_, happens, title) => {
    const { instance, page } = await openVerified();
    await happens(instance, page);
    await firefox.buttonShows(title);
    const isAlarm = title.includes("WARNING");
    await until(
      () => incidentsAt(instance),
      (incidents) => incidents.length === (isAlarm ? 1 : 0),
    );
    await until(
      () => notifications(instance),
      (count) => count === (isAlarm ? 1 : 0),
    );
    await page.close();
  });
});

it("spots an attacker behind a page out of the service worker", async () => {
  const { instance, page } = await openVerified("with-worker");
  await page.evaluate("navigator.serviceWorker.ready.then(() => 1)");
  await until(
    () => page.evaluate("navigator.serviceWorker.controller !== null"),
    (controlled) => controlled === true,
  );
  instance.answerWith(await otherKey(instance));
  const before = instance.received.length;
  await page.goto(instance.url);
  await firefox.buttonShows(MISMATCH);
  expect(instance.received.slice(before).some(({ method, path }) => method === "GET" && path === "/")).toBe(false);
  await page.close();
});

it("opens one incident with one notification for an attacker with a new leaf on every connection", async () => {
  const { instance, page } = await openVerified();
  for (let index = 0; index < 4; index++) {
    instance.answerWith(await otherKey(instance));
    await page.reload();
  }
  const [incident] = await until(
    () => incidentsAt(instance),
    ([only]) => (only?.count ?? 0) >= 4,
  );
  expect(incident?.samples[0]?.chain[0]).toMatch(/^MII/u);
  expect(await incidentsAt(instance)).toHaveLength(1);
  await until(
    () => notifications(instance),
    (count) => count === 1,
  );
  await page.close();
});

it("calls another leaf a mismatch while no connection has confirmed the pin", async () => {
  const instance = await lab.instance();
  const { sha1 } = instance.certificate;
  await instance.renew("same-key");
  await pin(firefox, instance, sha1);
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  // The root is none of a confirmed pin and not built in: that weighs more than the mismatch.
  await firefox.buttonShows("Latchkey: WARNING, intercepted by Latchkey test authority");
  await page.close();
});

it("keeps a connection check free of cookies", async () => {
  const { instance, page } = await openVerified();
  await page.evaluate("document.cookie = 'secret=1'");
  const before = instance.received.length;
  await page.reload();
  const probe = await until(
    () => instance.received.slice(before).find(({ path }) => path.includes("latchkey=")),
    (found) => found !== undefined,
  );
  expect(probe).toMatchObject({ method: "GET", headers: { upgrade: "websocket" } });
  expect(probe?.headers.cookie).toBeUndefined();
  await page.close();
});

it("shows red in both tabs of an instance of which one was attacked", async () => {
  const { instance, page } = await openVerified();
  const other = await firefox.context.newPage();
  await other.goto(instance.url);
  await firefox.buttonShows(VERIFIED);
  instance.answerWith(await otherKey(instance));
  await other.reload();
  await firefox.buttonShows(MISMATCH);
  await page.bringToFront();
  await firefox.buttonShows(MISMATCH);
  await page.close();
  await other.close();
});

it("shows red in both windows of which one was attacked", async () => {
  const { instance, page } = await openVerified();
  instance.answerWith(await otherKey(instance));
  await openInWindow(firefox.bidi, instance.url);
  // Until the page is there, the button may be red for a warning of an earlier row.
  await until(
    () => incidentsAt(instance),
    (all) => all.length === 1,
  );
  await firefox.buttonShows(MISMATCH);
  await closeWindow(firefox.bidi);
  await page.bringToFront();
  await firefox.buttonShows(MISMATCH);
  expect(await incidentsAt(instance)).toHaveLength(1);
  await page.close();
});

it("is not woken by a site that has nothing to do with an instance", async () => {
  const page = await firefox.context.newPage();
  await insider.goto("about:blank");
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.goto(`https://${UNRELATED}/forty`);
  expect(await backgroundState(firefox.bidi, EXTENSION_ID)).toBe("stopped");
  await insider.close();
  insider = await firefox.extensionPage("popup.html");
  await page.close();
});

it("says so where its saved data is damaged, keeps the bytes and shows nothing as safe", async () => {
  const { instance, page } = await openVerified();
  await insider.evaluate(
    "browser.storage.local.get('book').then((kept) => { globalThis.kept = kept; return browser.storage.local.set({ book: { version: 1, pins: 'torn' } }); })",
  );
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.reload();
  await firefox.buttonShows("Latchkey: not checked, saved data damaged");
  expect(await bookOf(insider)).toEqual({ version: 1, pins: "torn" });
  await insider.evaluate("browser.storage.local.set(globalThis.kept).then(() => 1)");
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.reload();
  await firefox.buttonShows(VERIFIED);
  expect(await incidentsAt(instance)).toEqual([]);
  await page.close();
});

it("does not take a stored answer for a check while an attacker answers", async () => {
  const { instance, page } = await openVerified("cached");
  instance.answerWith(await otherKey(instance));
  await page.goto(`${instance.url}cached`);
  await firefox.buttonShows(MISMATCH);
  await page.close();
});

it("leaves an address alone that the user said not to watch, until told otherwise", async () => {
  const { instance, page } = await openVerified();
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await choose(popup, "Stop watching this address", "Stop watching");
  await popup.getByText("Latchkey doesn’t watch this address").waitFor();
  await popup.close();
  instance.answerWith(await otherKey(instance));
  await page.bringToFront();
  await page.reload();
  await firefox.buttonShows("Latchkey: not watching this site");
  expect(await incidentsAt(instance)).toEqual([]);
  const again = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await again.getByRole("button", { name: "Watch this address" }).click();
  await page.bringToFront();
  await firefox.buttonShows(MISMATCH);
  await again.close();
  await page.close();
});

it("does not watch another service of the same name on another port", async () => {
  const { instance, page } = await openVerified();
  const { key, cert } = await otherKey(instance);
  const other = createServer({ key, cert }, (_, response) => response.end("another service"));
  await once(other.listen(0, "127.0.0.1"), "listening");
  await page.goto(`https://${instance.host}:${String((other.address() as AddressInfo).port)}/`);
  expect(await page.textContent("body")).toBe("another service");
  await page.goto(instance.url);
  await firefox.buttonShows(VERIFIED);
  expect(await incidentsAt(instance)).toEqual([]);
  await page.close();
  other.closeAllConnections();
  other.close();
});

it("closes the warning when the user pins what he compared at home", async () => {
  const { instance, page } = await openVerified();
  await instance.renew("new-key");
  await page.reload();
  await firefox.buttonShows(MISMATCH);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByRole("button", { name: "It is my new certificate…" }).click();
  await popup.getByLabel("Fingerprint").fill(instance.certificate.sha256);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await sayCompared(popup);
  await page.bringToFront();
  await firefox.buttonShows(VERIFIED);
  await popup.close();
  await page.close();
});

it("sees an attacker who turns its connection check away to the instance itself, without any page of the instance", async () => {
  const instance = await lab.instance();
  await attack(lab, instance, turnsAway("misdirected", { distance: 20 }));
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByLabel("Fingerprint").fill(instance.certificate.sha256);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await popup.getByText("This connection is intercepted by").first().waitFor();
  await popup.close();
});

it("is not fooled by an HTTP/2 connection that lives on while the certificate is swapped", async () => {
  const instance = await lab.instance();
  instance.http2 = true;
  await pin(firefox, instance);
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  await firefox.buttonShows(VERIFIED);
  instance.answerWith(await otherKey(instance), "keep");
  await page.reload();
  await firefox.buttonShows(MISMATCH);
  await until(
    () => incidentsAt(instance),
    ([incident]) => incident?.samples.some(({ request }) => request.type === "websocket") === true,
  );
  await page.close();
});
