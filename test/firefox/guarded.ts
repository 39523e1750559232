// An instance that was pinned and is guarded, for the tests of Guard.
import type { Page } from "playwright";
import { z } from "zod/mini";
import { PROVEN_FIREFOX } from "../../src/core/state/guard-limit";
import { type Incident, isOpen, keyOf } from "../../src/core/incident/incident";
import type { Reason } from "../../src/core/tls/observation";
import { type Pool, SESSION, type Session, type StoredState } from "../../src/core/state/state";
import { VERSION_STATE } from "../../src/core/version/version-state";
import { SECRET } from "../lab/attacker";
import type { FirefoxSession } from "../lab/firefox-session";
import type { Instance, Lab } from "../lab/lab";
import { until } from "../lab/until";
import { call, insiderDo } from "./insider";
import { addressOf, bookOf, choose, pin } from "./user";

/** An instance, and the tab that shows it. */
export interface OpenInstance {
  readonly instance: Instance;
  readonly page: Page;
}

/** Pins the next unused instance, switches Guard on for it if `isGuarded`, and opens it. */
export async function openInstance(lab: Lab, firefox: FirefoxSession, isGuarded: boolean): Promise<OpenInstance> {
  const instance = await lab.instance();
  await pin(firefox, instance);
  if (isGuarded) await switchGuardOn(firefox, instance);
  const page = await firefox.context.newPage();
  const began = Date.now();
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  await untilVersionKnown(firefox, instance, began);
  return { instance, page };
}

/**
 * Switches Guard on as the popup does, without the popup, as soon as the instance has been verified. Accepts this
 * version of Firefox if Guard requires it.
 */
export async function switchGuardOn(firefox: FirefoxSession, instance: Instance): Promise<void> {
  const insider = await firefox.insider();
  await until(
    () => bookOf(insider),
    ({ pins }) => pins.some(({ hosts, confirmed }) => hosts.includes(addressOf(instance)) && confirmed !== undefined),
  );
  await call(firefox, "guard.set", { address: addressOf(instance), on: true });
  if (await mustBeAccepted(firefox)) await call(firefox, "guard.accept-firefox", {});
}

/** Presses the switch in an open popup, and accepts this version of Firefox if Guard requires it. */
export async function turnOn(firefox: FirefoxSession, popup: Page): Promise<void> {
  await popup.getByRole("switch", { name: "Guard" }).check();
  if (await mustBeAccepted(firefox)) await choose(popup, "Use Guard with this version…", "Use Guard");
}

/** Whether Guard works with this version of Firefox only if the user accepts it, which the user has not done yet. */
async function mustBeAccepted(firefox: FirefoxSession): Promise<boolean> {
  const { firefox: version = 0 } = await until(
    () => sessionOf(firefox),
    (session) => session.firefox !== undefined,
  );
  const accepted = await insiderDo(
    firefox,
    "browser.storage.local.get('guarded').then(({ guarded }) => guarded?.firefox ?? 0)",
  );
  return version > PROVEN_FIREFOX.newest && accepted !== version;
}

/** What the extension stores until the browser closes. */
const sessionOf = async (firefox: FirefoxSession): Promise<Session> =>
  STORED.parse(await insiderDo(firefox, "browser.storage.session.get('session')")).session;
const STORED = z.object({ session: SESSION });

/** How many requests with a secret wait, or have been released and are not over. */
export const secretsUnderWay = async (firefox: FirefoxSession): Promise<number> =>
  (await sessionOf(firefox)).secrets.length;

/** Waits until a connection check that began after `since` has ended. */
export const untilChecked = async (firefox: FirefoxSession, { host }: Instance, since: number): Promise<void> => {
  await until(
    () => sessionOf(firefox),
    ({ ordinary }) => ordinary.checks.some(({ address, fresh, at }) => address === host && fresh && at >= since),
  );
};

/**
 * Also waits until the instance has reported its version. Then the extension has no request under way that an attacker
 * could take instead of the test's request.
 */
export const untilVersionKnown = async (firefox: FirefoxSession, instance: Instance, since: number): Promise<void> => {
  await untilChecked(firefox, instance, since);
  await until(
    async () => REPORTED.parse(await insiderDo(firefox, "browser.storage.local.get('versions')")),
    ({ versions }) => versions?.seen.some(({ address }) => address === instance.host) === true,
  );
};
const REPORTED = z.object({ versions: z.optional(VERSION_STATE) });

const poolOf = async (firefox: FirefoxSession, { host }: Instance): Promise<Pool | undefined> =>
  (await sessionOf(firefox)).pools.find(({ name }) => name.startsWith(host));

/**
 * Reloads the page until Firefox keeps its connections: shortly after the browser's start, it keeps none. Waits for the
 * connection check of each visit, so that an attacker who counts connections doesn't meet it.
 */
export const untilKept = (firefox: FirefoxSession, page: Page, instance: Instance): Promise<unknown> =>
  until(
    async () => {
      const began = Date.now();
      await page.reload();
      await untilChecked(firefox, instance, began);
      return poolOf(firefox, instance);
    },
    (pool) => pool !== undefined && pool.keptAt > 0,
    30_000,
  );

/** Longer than the extension waits to save a change of its record of connections, in ms. */
const WRITTEN_AFTER = 1500;

/**
 * Waits until no request of the instance is under way, and the saved record of its connections shows it. If the
 * background ended earlier, it would believe that the recorded requests are still under way.
 */
export async function untilAtRest(firefox: FirefoxSession, instance: Instance): Promise<void> {
  let since = Date.now();
  await until(
    async () => {
      const pool = await poolOf(firefox, instance);
      if (pool === undefined || pool.underWay.length > 0) since = Date.now();
      return Date.now() - since;
    },
    (rest) => rest > WRITTEN_AFTER,
  );
}

/** Waits until a request of the instance is under way that may leave its connection behind. */
export const untilUnderWay = (firefox: FirefoxSession, instance: Instance): Promise<unknown> =>
  until(
    () => poolOf(firefox, instance),
    (pool) => pool !== undefined && pool.underWay.length > 0,
  );

/** Why the newest check of an instance failed, if it did. */
export const failures = async (firefox: FirefoxSession, { host }: Instance): Promise<Reason[]> =>
  (await sessionOf(firefox)).ordinary.failures.flatMap(({ address, reason }) => (address === host ? [reason] : []));

/** The instance's incidents, those of private windows too. */
export const incidents = async (firefox: FirefoxSession, { host }: Instance): Promise<StoredState["incidents"]> => {
  const stored = await bookOf(await firefox.insider());
  const { privateStored: privateStored } = await sessionOf(firefox);
  return [...stored.incidents, ...privateStored.incidents].filter(({ address }) => address === host);
};

/**
 * Closes every warning as understood, also one that comes while the user reads the first: Latchkey reports a secret and
 * its companion one after the other. Waits for the check that follows. If that check met a connection that the lab has
 * just cut, this checks again.
 */
export const closeIncidents = async (firefox: FirefoxSession, instance: Instance): Promise<void> => {
  const openOnes = async (): Promise<Incident[]> => (await incidents(firefox, instance)).filter(isOpen);
  const began = Date.now();
  const about = { address: addressOf(instance), private: false };
  await until(openOnes, (open) => open.length > 0);
  await until(
    async () => {
      for (const incident of await openOnes())
        await call(firefox, "incident.close", { ...about, key: keyOf(incident), how: "understood" });
      const { title } = await firefox.button();
      if (title.endsWith("connection closed without a response")) await call(firefox, "check.now", about);
      return title;
    },
    (title) => title.startsWith("Latchkey: verified"),
  );
  await untilVersionKnown(firefox, instance, began);
};

/** Sends a page's POST with a secret. @returns the status of its response, or `stopped` */
export const post = (page: Page, path = "/auth/token"): Promise<unknown> => page.evaluate(posting(path));
const posting = (path: string): string =>
  `fetch('${path}', { method: 'POST', body: '${SECRET}' }).then((answer) => answer.status, () => 'stopped')`;

/** The same, with the time that it took in the page, in ms. */
export const timedPost = async (page: Page, path = "/auth/token"): Promise<{ answer: unknown; took: number }> =>
  TIMED.parse(
    await page.evaluate(`(async () => {
      const began = performance.now();
      const answer = await ${posting(path)};
      return { answer, took: performance.now() - began };
    })()`),
  );
const TIMED = z.object({ answer: z.unknown(), took: z.number() });

/** Submits an empty form of the page. */
export const submitForm = (page: Page, action: string): Promise<unknown> =>
  page.evaluate(`void setTimeout(() => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: '${action}' });
    document.body.append(form);
    form.submit();
  })`);

/**
 * What Home Assistant's page does when it comes back: exchanges its token for a new one, makes a call, opens the
 * WebSocket.
 */
export const returning = (page: Page): Promise<unknown> =>
  page.evaluate(`(async () => {
    const quiet = (request) => request.then((answer) => answer.text(), () => undefined);
    const picture = () => new Promise((done) => {
      const image = new Image();
      image.onload = image.onerror = done;
      image.src = '/image.svg?' + Math.random();
    });
    await picture();
    await new Promise((done) => setTimeout(done, 1200));
    void picture();
    const token = () => quiet(fetch('/auth/token', { method: 'POST', body: new URLSearchParams({ refresh_token: '${SECRET}' }) }));
    const first = token();
    await new Promise((done) => setTimeout(done, 200));
    await Promise.all([first, token()]);
    await new Promise((done) => {
      const socket = new WebSocket('wss://' + location.host + '/api/websocket');
      socket.onopen = () => { socket.send('${SECRET}'); };
      socket.onmessage = done;
      socket.onerror = done;
      socket.onclose = done;
      setTimeout(done, 3000);
    });
  })()`);

/** Waits for the tab's address: Latchkey redirects it while it loads, which Playwright treats as a failure. */
export const untilArrived = (page: Page, where: RegExp): Promise<string> =>
  until(
    () => page.url(),
    (url) => where.test(url),
  );
