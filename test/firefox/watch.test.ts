// What the toolbar button shows for every event after an instance was verified.
import type { Page } from "playwright";
import { beforeAll, describe, it } from "vitest";
import { selfSigned } from "../lab/authority";
import { trustRoot } from "../lab/browser-chrome";
import { typeAddress } from "../lab/windows";
import { type Instance, UNRELATED } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { submitForm } from "./guarded";
import {
  incidentsAt,
  MISMATCH,
  notifications,
  openVerified,
  otherKey,
  useInsider,
  VERIFIED,
  whileSuspended,
} from "./verified";

useBrowser();
useInsider();
beforeAll(() => trustRoot(firefox.bidi, lab.otherAuthority.root));

const visit = async (page: Page, url: string): Promise<void> => {
  await page.goto(url).catch(() => undefined); // a page that Firefox refuses to show is a case too
};

/** An event after the instance was verified in a tab, and what the button shows then. */
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
    "Latchkey: WARNING, intercepted by Someone else’s authority",
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
    "another site that sends the tab to http:, without an answer there",
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
    "an answer without encryption",
    async (instance, page) => {
      instance.plain = true;
      await visit(page, `http://${instance.host}/`);
    },
    "Latchkey: WARNING, response without encryption",
  ],
  [
    "http: typed, without an answer there",
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
    "the address typed without scheme, and an attacker who only answers without encryption",
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
      await whileSuspended(async () => {
        instance.answerWith(await otherKey(instance));
        await page.reload();
        await firefox.buttonShows(MISMATCH);
      });
      await page.bringToFront();
    },
    MISMATCH,
  ],
  [
    "someone else's expired certificate, refused by Firefox",
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
    "a request closed without a response",
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
