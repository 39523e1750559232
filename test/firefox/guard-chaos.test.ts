// Failures on the path, at the instance and in the browser: nothing leaves unchecked, nothing is lost, nothing loops.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { attack, SECRET } from "../lab/attacker";
import { LATE, NAIVE, RESET_ORACLE } from "../lab/strategies";
import { setIdleTime, suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import { instancePage } from "../lab/instance-pages";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import {
  incidents,
  openInstance,
  post,
  returning,
  submitForm,
  untilArrived,
  untilAtRest,
  untilKept,
  untilUnderWay,
} from "./guarded";
import { insiderDo } from "./insider";

useBrowser();

const isProbe = (path = ""): boolean => path.includes("latchkey=");
const onProbe =
  (answer: (request: IncomingMessage, response: ServerResponse) => void): Instance["respond"] =>
  (request, response) => {
    if (isProbe(request.url)) answer(request.resume(), response);
    else instancePage(request, response);
  };
const tokens = ({ received }: Instance): number[] =>
  received.filter(({ path }) => path === "/auth/token").map(({ at }) => at);
const documents = ({ received }: Instance): number =>
  received.filter(({ headers }) => headers["sec-fetch-dest"] === "document").length;
/** A probe for a secret has the same length as the secret. The probe of a visit doesn't. */
const isForSecret = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers["content-length"] === String(SECRET.length);

it.each([200, 401, 403, 405, 500])("judges a probe that is answered by %i by its certificate", async (status) => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.respond = onProbe((_, response) => response.writeHead(status, { Location: "/elsewhere" }).end());
  expect(await post(page)).toBe(200);
  expect(instance.received.filter(({ path }) => path === "/elsewhere")).toEqual([]);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("sends nothing if a probe is answered by a redirect, and doesn't follow it", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.respond = onProbe((_, response) => response.writeHead(302, { Location: "/elsewhere" }).end());
  expect(await post(page)).toBe("stopped");
  expect(instance.received.filter(({ path }) => path === "/elsewhere")).toEqual([]);
  expect(tokens(instance)).toEqual([]);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("sends nothing if a probe is answered by something that isn't HTTP", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.respond = onProbe((request) => request.socket.end("\u0000\u0001 nothing of the kind\r\n\r\n"));
  expect(await post(page)).toBe("stopped");
  expect(tokens(instance)).toEqual([]);
  // Firefox treats that as HTTP/0.9, over a connection that shows the instance's certificate.
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("stops a request in time if its probe isn't answered, and says why", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.respond = onProbe(() => undefined);
  const began = Date.now();
  expect(await post(page)).toBe("stopped");
  expect(Date.now() - began).toBeLessThan(8000);
  await submitForm(page, "/auth/token");
  expect(await untilArrived(page, /blocked\.html/u)).toContain("why=probe-unanswered");
  expect(tokens(instance)).toEqual([]);
  // For Latchkey, this looks like an attacker who took the probes and stays silent.
  expect((await incidents(firefox, instance)).map(({ verdict }) => verdict)).toEqual([
    { kind: "unanswered", carried: "probe" },
  ]);
  await page.close();
});

it("stops a request that waits too long for the rest of its page, and says so on the button until the next good answer", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  instance.respond = (request, response) => {
    if (request.url !== "/image.svg?never") instancePage(request, response);
  };
  instance.received.length = 0;
  await page.evaluate(`void (new Image().src = '/image.svg?never')`);
  await untilUnderWay(firefox, instance);
  expect(await post(page)).toBe("stopped");
  expect(tokens(instance)).toEqual([]);
  await firefox.buttonShows("Latchkey: not checked, the connection check took too long");
  instance.respond = instancePage;
  instance.dropConnections(); // Firefox requests files again that it got no response for
  expect(await post(page)).toBe(200);
  await firefox.buttonShows("Latchkey: verified");
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("is not suspended as idle while it holds a request", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const wait = 3000;
  let probes = 0;
  instance.respond = onProbe((request, response) => {
    const isFirst = isForSecret(request) && probes++ === 0;
    setTimeout(() => response.writeHead(405).end(), isFirst ? wait : 0);
  });
  await untilAtRest(firefox, instance);
  // Firefox waits one more idle time for held requests: 30 s each by default, of which a request takes 8 at most.
  await setIdleTime(firefox.bidi, EXTENSION_ID, 2500);
  instance.received.length = 0;
  await page.evaluate(`fetch('/auth/token', { method: 'POST', body: '${SECRET}' })`);
  await setIdleTime(firefox.bidi, EXTENSION_ID, 30_000);
  const first = instance.received.find((got) => isProbe(got.path) && isForSecret(got))?.at;
  expect(tokens(instance)[0]).toBeGreaterThanOrEqual((first ?? Infinity) + wait);
  await page.close();
});

/** Sends a page's POST that is held for a probe that the instance doesn't answer. @returns its future result */
async function postHeld(instance: Instance, page: Page): Promise<{ sent: Promise<unknown> }> {
  instance.respond = onProbe(() => undefined);
  instance.received.length = 0;
  const sent = post(page);
  await until(
    () => instance.received.filter((got) => isProbe(got.path) && isForSecret(got)).length,
    (count) => count > 0,
  );
  return { sent };
}

it("can't keep a held request back if it is ended by force, as in a crash: Firefox lets the request go", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const { sent } = await postHeld(instance, page);
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  expect(await sent).toBe(200);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("reports that someone may have read a request that Firefox let go then, if it got no answer", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const { sent } = await postHeld(instance, page);
  instance.mode = "cut-off";
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  expect(await sent).toBe("stopped");
  const [incident] = await until(
    () => incidents(firefox, instance),
    (all) => all.length > 0,
  );
  expect(incident?.verdict).toEqual({ kind: "unanswered", carried: "secret" });
  await page.close();
});

/** Moves the background's clock until the background ends. Firefox's own clock stays right. */
const moveClock = (hours: number): Promise<unknown> =>
  insiderDo(
    firefox,
    `browser.runtime.getBackgroundPage().then(({ Date }) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + ${String(hours * 60 * 60 * 1000)};
    })`,
  );

it.each([
  ["forward", 24],
  ["back", -24],
])("guards as before if the clock is moved %s by a day", async (_, hours) => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await moveClock(hours);
  for (const path of ["/auth/token", "/api/services"]) expect(await post(page, path)).toBeLessThan(300);
  await page.reload();
  await firefox.buttonShows("Latchkey: verified");
  expect(await incidents(firefox, instance)).toEqual([]);
  const loot = await attack(lab, instance, RESET_ORACLE);
  await returning(page);
  expect(loot.secrets()).toBe(0);
  instance.attacker = undefined;
  const other = await attack(lab, instance, NAIVE);
  expect(await post(page)).toBe("stopped");
  expect(other.secrets()).toBe(0);
  await until(
    () => incidents(firefox, instance),
    (all) => all.some(({ verdict }) => verdict.kind === "mismatch"),
  );
  await page.close();
  await suspendBackground(firefox.bidi, EXTENSION_ID);
});

// Changes, not logins: each login waits for about eight rounds, and so many at once may wait too long on a slow computer.
const ALL = `Promise.all(Array.from({ length: 200 }, () =>
  fetch('/api/post', { method: 'POST', body: '${SECRET}' }).then((answer) => answer.status, () => 'stopped')))
  .then((all) => Object.fromEntries([...new Set(all)].map((one) => [one, all.filter((other) => other === one).length])))`;

it("loses none of 200 requests at once, and none of them to an attacker", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  expect(await page.evaluate(ALL)).toEqual({ 204: 200 });
  const loot = await attack(lab, instance, NAIVE);
  expect(await page.evaluate(ALL)).toEqual({ stopped: 200 });
  expect(loot.secrets()).toBe(0);
  await page.close();
});

// Firefox asks about several requests at once and takes the answers together, so a waiting request holds back the rest.
it("stops no request that two tabs send over and over, together with everything that their pages load", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const other = await firefox.context.newPage();
  await other.goto(instance.url);
  for (let round = 0; round < 25; round++) {
    expect(await Promise.all([post(page, "/api/post"), post(other, "/api/post")])).toEqual([204, 204]);
    await other.reload();
  }
  expect(await incidents(firefox, instance)).toEqual([]);
  await other.close();
  await page.close();
});

it("stops no request that is sent while the browser revalidates its cached files", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  instance.received.length = 0;
  const rounds = 36;
  for (let round = 0; round < rounds; round++) {
    const answered = await page.evaluate(`(async () => {
      const script = document.createElement('script');
      const loaded = new Promise((done) => { script.onload = script.onerror = done; });
      script.src = '/static/checked.js';
      document.body.append(script);
      await new Promise((done) => setTimeout(done, ${String(round % 12)}));
      const answer = await fetch('/api/post', { method: 'POST' }).then(({ status }) => status, () => 'stopped');
      await loaded;
      return answer;
    })()`);
    expect(answered).toBe(204);
  }
  const scripts = instance.received.filter(({ path }) => path === "/static/checked.js");
  const isChecked = ({ headers }: Pick<IncomingMessage, "headers">): boolean => headers["if-none-match"] !== undefined;
  expect(scripts).toHaveLength(rounds);
  // While the other request waits, Firefox asks for the whole file instead.
  expect(scripts.filter(isChecked).length).toBeGreaterThan(rounds / 3);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("loses no secret that is in one batch with a request that waits longer", async () => {
  const slow = await openInstance(lab, firefox, true);
  slow.instance.respond = onProbe((_, response) => setTimeout(() => response.writeHead(405).end(), 1500));
  const { instance, page } = await openInstance(lab, firefox, true);
  const loot = await attack(lab, instance, LATE);
  await page.evaluate(`Promise.allSettled(['', '${slow.instance.url}'].map((where) =>
    fetch(where + 'api/post', { method: 'POST', mode: 'no-cors', body: '${SECRET}' })))`);
  // If Firefox asked about the two separately, this one arrives before the attacker takes any connection.
  await until(
    async () => (await post(page), loot.requests()),
    (requests) => requests > 0,
  );
  expect(loot.secrets()).toBe(0);
  await page.close();
  await slow.page.close();
});

it("shows an instance that restarts during a visit as offline, without a warning, until a reload", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.goOffline();
  expect(await post(page)).toBe("stopped");
  await page.reload().catch(() => undefined);
  await untilArrived(page, /neterror/u);
  instance.restore();
  instance.received.length = 0;
  await page.goto(instance.url);
  expect(await post(page)).toBe(200);
  await firefox.buttonShows("Latchkey: verified");
  expect(documents(instance)).toBe(1);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});
