import { rm } from "node:fs/promises";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Setback } from "../../src/core/ct/ct-state";
import { suspendBackground } from "../lab/background";
import { inBrowserWindow } from "../lab/browser-chrome";
import { EXTENSION_ID, type FirefoxSession, startFirefox } from "../lab/firefox-session";
import { type Lab, startLab } from "../lab/lab";
import type { LogFailure, LogService } from "../lab/log-service";
import { until } from "../lab/until";
import {
  agree,
  ALARMS,
  keptOf,
  type LogMonitoring,
  press,
  startLogMonitoring,
  untilHeading,
  untilSettled,
} from "./log-monitoring";
import { bookOf } from "./user";

const DAY = 24 * 60 * 60 * 1000;
let lab: Lab;
let service: LogMonitoring;
let logs: LogService;
let firefox: FirefoxSession;
let host: string;
let record: Page;

beforeAll(async () => {
  lab = await startLab();
  service = await startLogMonitoring(lab);
  ({ logs } = service);
  firefox = await startFirefox(lab, { keep: true });
});
afterAll(async () => {
  await firefox.close();
  await rm(firefox.profile, { recursive: true, force: true });
  await logs.close();
  await lab.close();
});
beforeEach(() => {
  service.reset();
});
afterEach(async () => {
  await record.evaluate(`browser.runtime.sendMessage({ type: "ct.set", request: { address: "${host}", on: false } })`);
  for (const page of firefox.context.pages().slice(1)) await page.close();
});

/** An instance whose logged certificates were read completely. */
async function clean(): Promise<void> {
  const made = await service.watched(firefox);
  ({ host } = made.instance);
  ({ record } = made);
  await agree(record);
  await untilHeading(record, "No other certificate found");
  logs.received.length = 0;
}

/**
 * No test can set Firefox's clock. Instead, this makes the data on disk older. Then it restarts the background, as
 * after its idle time, so the background reads that data.
 */
async function daysPass(days: number, start = () => suspendBackground(firefox.bidi, EXTENSION_ID)): Promise<void> {
  await record.evaluate(`(async () => {
    const { records } = await browser.storage.local.get("records");
    for (const one of records.records) {
      for (const field of ["answeredAt", "dueAt"]) if (one[field] !== undefined) one[field] -= ${days * DAY};
      if (one.failure !== undefined) one.failure.at -= ${days * DAY};
    }
    await browser.storage.local.set({ records });
  })()`);
  await start();
}

const FAILURES: [failure: LogFailure, reason: Setback, words: string][] = [
  [{ kind: "status", status: 502 }, "status", "The service answered with error 502"],
  [{ kind: "redirect" }, "redirected", "The service redirected Latchkey to another address"],
  [{ kind: "wrong-type" }, "wrong-type", "something that is no list of certificates"],
  [{ kind: "cut-off" }, "unreachable", "the connection broke"],
  [{ kind: "malformed" }, "malformed", "doesn’t understand the answer"],
  [{ kind: "deep" }, "too-deep", "doesn’t understand the answer"],
  [{ kind: "huge" }, "too-large", "The answer was too large"],
  [{ kind: "hang" }, "timeout", "didn’t answer in time"],
];
it("keeps the last answer with its age while the service fails, says why, and opens no warning", async () => {
  await clean();
  const before = await untilSettled(record, host, ({ answeredAt }) => answeredAt !== undefined);
  await logs.issue(lab.publicAuthority, { names: ["*.ui.nabu.casa"] });
  for (const [index, [failure, reason, words]] of FAILURES.entries()) {
    logs.failure = failure;
    await press(record, "Check now");
    await record.getByText(words).waitFor({ timeout: 40_000 });
    const kept = await untilSettled(record, host, ({ failures }) => failures === index + 1);
    expect(kept?.failure?.reason).toBe(reason);
    expect(kept).toMatchObject({ answeredAt: before?.answeredAt, counts: before?.counts, lastId: before?.lastId });
    await untilHeading(record, "No other certificate found, but that was a while ago");
  }
  expect((await bookOf(record)).incidents).toEqual([]);
  expect(new Set(logs.received.map(({ host: asked }) => asked))).toEqual(new Set(["api.certspotter.com"]));

  logs.failure = undefined;
  await press(record, "Check now");
  await untilHeading(record, "A wildcard certificate covers your address");
  // The page shows the first part of the response before the query is over.
  expect(await untilSettled(record, host, ({ failures }) => failures === 0)).not.toHaveProperty("failure");
}, 90_000);

it("doesn't ask before the time that the service names, even if you ask for it", async () => {
  await clean();
  logs.failure = { kind: "status", status: 429, headers: { "Retry-After": "1800" } };
  await press(record, "Check now");
  await record.getByText("It says to wait until").waitFor();
  const kept = await untilSettled(record, host, ({ failure }) => failure !== undefined);
  expect((kept?.dueAt ?? 0) - Date.now()).toBeGreaterThan(1_700_000);
  expect(logs.received).toHaveLength(1);
  await press(record, "Check now");
  await record.getByText("Next query").waitFor();
  expect(logs.received).toHaveLength(1);
});

it("warns about a certificate that it found before the answer broke off, and continues from there", async () => {
  await clean();
  logs.pageSize = 2;
  await logs.issue(lab.otherAuthority, { names: [host], from: new Date(Date.now() + 1000) });
  for (let index = 0; index < 5; index++) await logs.issue(lab.publicAuthority, { names: ["*.ui.nabu.casa"] });
  logs.failure = { kind: "cut-off", fromPage: 1 };
  await press(record, "Check now");
  await untilHeading(record, "The logs list a certificate that is not yours");
  const stopped = await untilSettled(record, host, ({ failure }) => failure !== undefined);
  expect(stopped?.counts).toMatchObject({ notOurs: 1 });
  logs.failure = undefined;
  logs.received.length = 0;
  await press(record, "Check now");
  const done = await untilSettled(record, host, ({ failure }) => failure === undefined);
  expect(done?.counts).toMatchObject({ notOurs: 1, wildcard: 5 });
  expect(logs.received[0]?.url.searchParams.get("after")).toBe(stopped?.lastId);
});

it("fails for three days without a warning, and catches up by itself after a restart", async () => {
  await clean();
  logs.failure = { kind: "status", status: 502 };
  for (let day = 1; day <= 3; day++) {
    await daysPass(1.1); // a day, and the two hours that chance may add
    await record.reload(); // wakes the background; its alarm does the rest
    await untilSettled(record, host, ({ failures }) => failures === day);
  }
  const failing = await keptOf(record, host);
  expect(Date.now() - (failing?.answeredAt ?? 0)).toBeGreaterThan(3 * DAY);
  await record.reload();
  await untilHeading(record, "No other certificate found, but that was a while ago");
  await record.getByText("The service answered with error 502").waitFor();
  const popup = await firefox.extensionPage(`popup.html?address=${host}`);
  await popup.getByRole("link", { name: "last read 3 days ago" }).waitFor();
  expect((await bookOf(record)).incidents.filter(({ address }) => address === host)).toEqual([]);

  // Nothing is due yet: a start of the browser alone starts no query.
  const restart = async (): Promise<void> => {
    const { profile } = firefox;
    await firefox.close();
    firefox = await startFirefox(lab, { keep: true, profile });
    record = await firefox.extensionPage(`ct.html?address=${host}`);
  };
  logs.failure = undefined;
  logs.received.length = 0;
  await restart();
  await untilHeading(record, "No other certificate found, but that was a while ago");
  const [alarm] = await until(
    () => record.evaluate<{ scheduledTime: number }[]>(ALARMS),
    (alarms) => alarms.length === 1,
  );
  expect(alarm?.scheduledTime).toBeCloseTo(failing?.dueAt ?? 0, -2);
  expect(logs.received).toEqual([]);

  await logs.issue(lab.otherAuthority, { names: [host], from: new Date(Date.now() + 1000) });
  await daysPass(1.1, restart);
  await untilHeading(record, "The logs list a certificate that is not yours");
  expect(await untilSettled(record, host, ({ failures }) => failures === 0)).toMatchObject({ counts: { notOurs: 1 } });
}, 90_000);

it("doesn't ask a hanging service again at every start of the background", async () => {
  await clean();
  logs.failure = { kind: "hang" };
  await daysPass(1.1);
  await record.reload();
  await until(
    () => logs.received.length,
    (asked) => asked === 1,
  );
  await suspendBackground(firefox.bidi, EXTENSION_ID); // as after its idle time: waiting for an answer doesn't count
  await record.reload();
  await untilHeading(record, "No other certificate found");
  const [alarm] = await until(
    () => record.evaluate<{ scheduledTime: number }[]>(ALARMS),
    (alarms) => alarms.length === 1,
  );
  expect((alarm?.scheduledTime ?? 0) - Date.now()).toBeGreaterThan(10 * 60_000);
  expect(logs.received).toHaveLength(1);
});

it("asks nothing while this computer is offline", async () => {
  await clean();
  const offline = (isOffline: boolean): Promise<unknown> =>
    inBrowserWindow(firefox.bidi, "Services.io.offline = args.isOffline;", { isOffline });
  await offline(true);
  await daysPass(2);
  await record.reload();
  await press(record, "Check now");
  await record.getByText("this computer is offline").waitFor();
  expect(logs.received).toEqual([]);
  await offline(false);
  await press(record, "Check now");
  await untilHeading(record, "No other certificate found");
});

it("says that the permission was removed in Firefox itself, and asks nothing", async () => {
  await clean();
  await inBrowserWindow(
    firefox.bidi,
    `const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
    const { extension } = WebExtensionPolicy.getByID(args.id);
    await ExtensionPermissions.remove(args.id, { permissions: [], origins: ['https://api.certspotter.com/*'], data_collection: [] }, extension);`,
    { id: EXTENSION_ID },
  );
  await record.getByText("no longer has the permission for the service").waitFor();
  await press(record, "Check now");
  await untilSettled(record, host, ({ failures }) => failures === 1);
  expect(logs.received).toEqual([]);
});
