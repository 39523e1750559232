// What goes wrong on the way, at the instance and in the browser: nothing leaves unseen, nothing is lost, nothing loops.
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
  insiderDo,
  openInstance,
  post,
  returning,
  submitForm,
  untilArrived,
  untilAtRest,
  untilKept,
  untilUnderWay,
} from "./guarded";

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
/** A look for a secret is as long as that; one for the visit is not. */
const isForSecret = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers["content-length"] === String(SECRET.length);

it.each([200, 401, 403, 405, 500])(
  "takes a look that is answered by %i for what its certificate says",
  async (status) => {
    const { instance, page } = await openInstance(lab, firefox, true);
    instance.respond = onProbe((_, response) => response.writeHead(status, { Location: "/elsewhere" }).end());
    expect(await post(page)).toBe(200);
    expect(instance.received.filter(({ path }) => path === "/elsewhere")).toEqual([]);
    expect(await incidents(firefox, instance)).toEqual([]);
    await page.close();
  },
);

it("sends nothing where a probe is answered by a redirect, which is followed nowhere", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.respond = onProbe((_, response) => response.writeHead(302, { Location: "/elsewhere" }).end());
  expect(await post(page)).toBe("stopped");
  expect(instance.received.filter(({ path }) => path === "/elsewhere")).toEqual([]);
  expect(tokens(instance)).toEqual([]);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("sends nothing where a look is answered by what is no HTTP", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.respond = onProbe((request) => request.socket.end("\u0000\u0001 nothing of the kind\r\n\r\n"));
  expect(await post(page)).toBe("stopped");
  expect(tokens(instance)).toEqual([]);
  // Firefox takes it for HTTP/0.9, over a connection that shows the instance's certificate.
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("stops what waits for a look that nobody answers, in time, and says why", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  instance.respond = onProbe(() => undefined);
  const began = Date.now();
  expect(await post(page)).toBe("stopped");
  expect(Date.now() - began).toBeLessThan(8000);
  await submitForm(page, "/auth/token");
  expect(await untilArrived(page, /blocked\.html/u)).toContain("why=probe-unanswered");
  expect(tokens(instance)).toEqual([]);
  // Somebody took the probes and keeps still, for all that can be seen.
  expect((await incidents(firefox, instance)).map(({ verdict }) => verdict)).toEqual([
    { kind: "unanswered", carried: "probe" },
  ]);
  await page.close();
});

it("stops what waits too long for the rest of its page, and the button says so until the next good answer", async () => {
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
  instance.dropConnections(); // Firefox asks again for what it had no answer to
  expect(await post(page)).toBe(200);
  await firefox.buttonShows("Latchkey: verified");
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("is not ended for being idle while it holds something", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const wait = 3000;
  let looks = 0;
  instance.respond = onProbe((request, response) => {
    const isFirst = isForSecret(request) && looks++ === 0;
    setTimeout(() => response.writeHead(405).end(), isFirst ? wait : 0);
  });
  await untilAtRest(firefox, instance);
  // Firefox grants what is still held one more of these: 30 s each, of which a request takes 8 at most.
  await setIdleTime(firefox.bidi, EXTENSION_ID, 2500);
  instance.received.length = 0;
  await page.evaluate(`fetch('/auth/token', { method: 'POST', body: '${SECRET}' })`);
  await setIdleTime(firefox.bidi, EXTENSION_ID, 30_000);
  const first = instance.received.find((got) => isProbe(got.path) && isForSecret(got))?.at;
  expect(tokens(instance)[0]).toBeGreaterThanOrEqual((first ?? Infinity) + wait);
  await page.close();
});

/** A page's POST that is held for a look which the instance does not answer. @returns its end, still to come */
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

it("cannot keep back what it holds where it is ended by force, as in a crash: Firefox lets that go", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const { sent } = await postHeld(instance, page);
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  expect(await sent).toBe(200);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("tells of what Firefox let go then where it got no answer: it may have been read", async () => {
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

/** Moves the clock that the background goes by, until it ends; Firefox's own goes on as it was. */
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
])("guards as ever where the clock is moved %s by a day", async (_, hours) => {
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

const ALL = `Promise.all(Array.from({ length: 200 }, () =>
  fetch('/auth/token', { method: 'POST', body: '${SECRET}' }).then((answer) => answer.status, () => 'stopped')))
  .then((all) => Object.fromEntries([...new Set(all)].map((one) => [one, all.filter((other) => other === one).length])))`;

it("loses none of 200 requests at once, and gives none of them away", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  expect(await page.evaluate(ALL)).toEqual({ 200: 200 });
  const loot = await attack(lab, instance, NAIVE);
  expect(await page.evaluate(ALL)).toEqual({ stopped: 200 });
  expect(loot.secrets()).toBe(0);
  await page.close();
});

// Firefox asks about several requests at once and takes the answers together, so that what waits keeps back the rest.
it("stops nothing of what two tabs send over and over, together with all that their pages load", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const other = await firefox.context.newPage();
  await other.goto(instance.url);
  for (let round = 0; round < 40; round++) {
    expect(await Promise.all([post(page), post(other)])).toEqual([200, 200]);
    await other.reload();
  }
  expect(await incidents(firefox, instance)).toEqual([]);
  await other.close();
  await page.close();
});

it("stops nothing that is sent while the browser asks whether what it kept of the page is still so", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  instance.received.length = 0;
  const rounds = 60;
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
  expect(instance.received.filter(({ headers }) => headers["if-none-match"] !== undefined)).toHaveLength(rounds - 1);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("gives nothing away of what was asked about at once with what waits longer", async () => {
  const slow = await openInstance(lab, firefox, true);
  slow.instance.respond = onProbe((_, response) => setTimeout(() => response.writeHead(405).end(), 1500));
  const { instance, page } = await openInstance(lab, firefox, true);
  const loot = await attack(lab, instance, LATE);
  await page.evaluate(`Promise.allSettled(['', '${slow.instance.url}'].map((where) =>
    fetch(where + 'api/post', { method: 'POST', mode: 'no-cors', body: '${SECRET}' })))`);
  // Where Firefox asked about the two apart, the one is there before he takes anything.
  await until(
    async () => (await post(page), loot.requests()),
    (requests) => requests > 0,
  );
  expect(loot.secrets()).toBe(0);
  await page.close();
  await slow.page.close();
});

it("bears an instance that restarts in the middle of a visit: told as offline, no warning, and a reload is enough", async () => {
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
