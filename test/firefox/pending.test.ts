// An attacker takes a request to an instance that is only watched, reads it, and keeps the connection open without an
// answer.
import type { ServerResponse } from "node:http";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { ANSWER_LIMIT } from "../../src/core/state/awaited";
import { attack, SECRET, type Strategy } from "../lab/attacker";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import { instancePage } from "../lab/instance-pages";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { failures, incidents, openInstance, secretsUnderWay, submitForm } from "./guarded";

useBrowser();

const VERIFIED = "Latchkey: verified";
const NOT_ANSWERED = "Latchkey: not checked, a request has not been answered";

/** The button's title after a request that was sent at `since` has waited too long. */
const titleLate = async (since: number): Promise<string> => {
  await until(
    () => Date.now(),
    (now) => now > since + ANSWER_LIMIT + 2000,
  );
  return (await firefox.button()).title;
};

/** Takes the next connection, reads its data, and never answers. All others go on to the instance. */
const KEEPS_STILL: Strategy = (tools) => {
  tools.answers = () => new Promise(() => undefined);
  let isTaken = false;
  return {
    onConnection: (socket) => {
      if (isTaken) tools.relay(socket);
      else tools.take(socket);
      isTaken = true;
    },
  };
};
const send = (page: Page, path = "/auth/token"): Promise<unknown> =>
  page.evaluate(`void fetch('${path}', { method: 'POST', body: '${SECRET}' }).catch(() => undefined)`);
const loads = (page: Page): Promise<unknown> =>
  page.evaluate("fetch('/image.svg?' + Math.random()).then((answer) => answer.text())");

it("is not shown as verified while a request that an attacker read has no answer, even if others are answered", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  const loot = await attack(lab, instance, KEEPS_STILL);
  const since = Date.now();
  await send(page);
  await until(loot.secrets, (count) => count === 1);
  expect(await titleLate(since)).toBe(NOT_ANSWERED);
  await loads(page);
  await page.reload();
  await loads(page);
  // The document is gone, and its requests with it. The next check replaces the failed request.
  await firefox.buttonShows(VERIFIED);
  expect(await incidents(firefox, instance)).toEqual([]);
});

/** Holds back the responses to POSTs. @returns a function that releases them */
function slow(instance: Instance): () => void {
  const waiting: (() => void)[] = [];
  instance.respond = (request, response: ServerResponse) => {
    if (request.method !== "POST") instancePage(request, response);
    else
      waiting.push(() => {
        instancePage(request, response);
      });
  };
  return () => {
    for (const answer of waiting.splice(0)) answer();
  };
}

it("is verified again as soon as the instance itself answers, even very late", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  const answer = slow(instance);
  const since = Date.now();
  await send(page);
  await send(page, "/api/second");
  expect(await titleLate(since)).toBe(NOT_ANSWERED);
  await loads(page);
  expect((await firefox.button()).title).toBe(NOT_ANSWERED);
  answer();
  await firefox.buttonShows(VERIFIED);
  expect(await failures(firefox, instance)).toEqual([]);
});

it("is not shown as verified if the background was suspended meanwhile", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  const answer = slow(instance);
  const insider = await firefox.insider();
  const since = Date.now();
  await send(page);
  await until(
    () =>
      insider.evaluate(
        "browser.storage.session.get('session').then(({ session }) => JSON.stringify(session.ordinary.awaited ?? []))",
      ),
    (noted) => String(noted).includes(instance.host),
  );
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await loads(page); // this wakes it
  expect(await titleLate(since)).toBe(NOT_ANSWERED);
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  answer(); // this wakes it
  await firefox.buttonShows(VERIFIED);
});

it("is not shown as verified if a worker's request without a tab has no answer", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  await page.goto(`${instance.url}with-worker`);
  await page.evaluate("navigator.serviceWorker.ready.then(() => 1)");
  await firefox.buttonShows(VERIFIED);
  const answer = slow(instance);
  const since = Date.now();
  await page.evaluate(`navigator.serviceWorker.ready.then(({ active }) => active.postMessage('${SECRET}'))`);
  await until(
    () => instance.received.some(({ path }) => path === "/api/worker"),
    (isSent) => isSent,
  );
  expect(await titleLate(since)).toBe(NOT_ANSWERED);
  answer();
  await firefox.buttonShows(VERIFIED);
});

it("is not shown as verified if the page gave the request up after a long time, until the next check", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  slow(instance);
  const since = Date.now();
  await page.evaluate(
    "void (globalThis.ending = new AbortController(), fetch('/auth/token', { method: 'POST', body: 'x', signal: ending.signal }).catch(() => undefined))",
  );
  expect(await titleLate(since)).toBe(NOT_ANSWERED);
  await page.evaluate("ending.abort()");
  await until(
    () => failures(firefox, instance),
    (all) => all.includes("not-answered"),
  );
  await firefox.buttonShows(NOT_ANSWERED);
  await loads(page);
  await firefox.buttonShows(VERIFIED);
});

/** Opens a page of an add-on whose form gets no response. @returns the time at which it was sent */
async function sendForm(instance: Instance, page: Page): Promise<number> {
  instance.respond = (request, response) => {
    if (request.method === "POST" && request.url === "/form") request.resume();
    else instancePage(request, response);
  };
  const since = Date.now();
  await submitForm(page, "/form");
  await until(
    () => instance.received.some(({ path }) => path === "/form"),
    (isSent) => isSent,
  );
  return since;
}

it("opens no warning for a form of a guarded instance that its user leaves, even after a long time", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const since = await sendForm(instance, page);
  expect(await titleLate(since)).toBe(NOT_ANSWERED);
  await until(
    () => Date.now(),
    (now) => now > since + 24_000,
  );
  await page.evaluate("void setTimeout(() => window.stop())");
  await until(
    () => secretsUnderWay(firefox),
    (count) => count === 0,
  );
  await page.goto(instance.url);
  await firefox.buttonShows(VERIFIED);
  expect(await incidents(firefox, instance)).toEqual([]);
});
