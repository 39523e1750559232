// `npm run bench`: what the extension costs, as ratios within one run. Pages load in turn in a Firefox without it, in
// another without it (their difference is the spread), in one with the least any extension can do that reads each
// certificate, and in one with Latchkey. Then what Guard adds, on lines of several lengths, and how soon the button
// turns red.
// `-- --only lines` measures the lines alone, `-- --only pages` the pages with hundreds of instances.
// `-- --extension FOLDER` measures another unpacked extension the same way.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright";
import { closeIncidents, insiderDo, openInstance, switchGuardOn, timedPost } from "../test/firefox/guarded";
import { pin } from "../test/firefox/user";
import { suspendBackground } from "../test/lab/background";
import { untilBadgeTurned, watchBadge } from "../test/lab/browser-chrome";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import { lineOf } from "../test/lab/line";
import { startLab, UNRELATED, type Lab } from "../test/lab/lab";
import { measurePages } from "./bench-pages";
import { build, extensionFolder } from "./build";

const PAGE_ROUNDS = 40;
const BADGE_ROUNDS = 15;
/** Milliseconds there and back. */
const LINES = [0, 30, 100];
const PAUSE = 300;
/** So long after its start a browser counts as started. */
const STARTED = 20_000;

const median = (values: readonly number[]): number => quantile(values, 0.5);
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}
const spread = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (half of them ${quantile(values, 0.25).toFixed(digits)} to ${quantile(values, 0.75).toFixed(digits)})`;

/** From the start of the navigation to the end of `load`, in milliseconds, as the page itself has it. */
async function loadTime(page: Page, url: string): Promise<number> {
  await page.goto(url);
  return page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    return navigation?.loadEventEnd ?? Number.NaN;
  });
}

/** An extension that asks for the certificate of every answer and does nothing with it. */
async function makeLeast(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-least-"));
  const manifest = {
    ...{ manifest_version: 3, name: "Least", version: "1", background: { scripts: ["background.js"] } },
    browser_specific_settings: { gecko: { id: "least@latchkey.test" } },
    permissions: ["webRequest", "webRequestBlocking"],
    host_permissions: ["*://*.ui.nabu.casa/*"],
  };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  await writeFile(
    join(folder, "background.js"),
    `browser.webRequest.onHeadersReceived.addListener(async ({ requestId }) => {
      await browser.webRequest.getSecurityInfo(requestId, { certificateChain: true });
      return {};
    }, { urls: ["*://*/*"] }, ["blocking"]);`,
  );
  return folder;
}

/**
 * Each round measures once in every browser, so that whatever else the machine does falls on all of them; always in the
 * same order, so that each finds its connections equally old; and with a pause before, so that none bears what the last
 * one still does.
 * @returns for each browser what was measured in it
 */
async function inTurn<T>(pages: readonly Page[], measure: (page: Page) => Promise<T>): Promise<T[][]> {
  const all: T[][] = pages.map(() => []);
  for (let round = 0; round < PAGE_ROUNDS; round++)
    for (const [index, page] of pages.entries()) {
      await new Promise((done) => setTimeout(done, PAUSE));
      all[index]?.push(await measure(page));
    }
  return all;
}

/** @returns for each browser its times, in milliseconds */
async function loadTimes(url: string, pages: readonly Page[]): Promise<number[][]> {
  for (const page of pages) await loadTime(page, url); // connections and code warm up
  return inTurn(pages, (page) => loadTime(page, url));
}

/** How a browser's times stand to another's, of the same round each. */
const ratio = (times: readonly number[] = [], others: readonly number[] = []): string =>
  spread(
    times.map((time, round) => time / (others[round] ?? Number.NaN)),
    3,
  );

async function comparePages(name: string, url: string, pages: readonly Page[]): Promise<void> {
  const [first, second, least, withIt] = await loadTimes(url, pages);
  console.log(`${name}, page with 40 images, ${String(PAGE_ROUNDS)} rounds, times the load without an extension:`);
  console.log(`    without, a second browser   ${ratio(second, first)}`);
  console.log(`    reading certificates only   ${ratio(least, first)}`);
  console.log(`    with the extension          ${ratio(withIt, first)}`);
}

/** A page is loaded, and then sends a login's token request. */
interface Visit {
  readonly load: number;
  readonly token: number;
  /** Whether the request was blocked or failed. */
  readonly isStopped: boolean;
}

async function visit(page: Page, url: string): Promise<Visit> {
  const load = await loadTime(page, url);
  const { answer, took: token } = await timedPost(page);
  return { load, token, isStopped: answer === "stopped" };
}

const stoppedOf = (all: readonly Visit[]): string => {
  const { length } = all.filter(({ isStopped }) => isStopped);
  return length === 0 ? "" : `, ${String(length)} of them stopped`;
};
const wholeOf = (all: readonly Visit[]): number[] => all.map(({ load, token }) => load + token);

/** The same instance in four browsers: without an extension, watched, and guarded at either level. */
async function compareLines(
  lab: Lab,
  without: FirefoxSession,
  watching: FirefoxSession,
  guarding: FirefoxSession,
  quick: FirefoxSession,
): Promise<void> {
  const instance = await lab.instance();
  for (const firefox of [watching, guarding, quick]) await pin(firefox, instance);
  for (const firefox of [guarding, quick]) await switchGuardOn(firefox, instance);
  const choice = { type: "guard.level", request: { address: instance.host, level: "quick", private: false } };
  await insiderDo(quick, `browser.runtime.sendMessage(${JSON.stringify(choice)})`);
  const pages = await Promise.all([without, watching, guarding, quick].map(({ context }) => context.newPage()));
  await new Promise((done) => setTimeout(done, STARTED)); // before that Guard keeps no connection
  for (const roundTrip of LINES) {
    instance.attacker = roundTrip === 0 ? undefined : lineOf(lab, roundTrip);
    instance.dropConnections();
    const [none, watched, guarded] = await loadTimes(`${instance.url}forty`, pages.slice(0, 3));
    console.log(`Instance on a line of ${String(roundTrip)} ms, page with 40 images, ${String(PAGE_ROUNDS)} rounds:`);
    console.log(`    watched, times the load without   ${ratio(watched, none)}`);
    console.log(`    guarded, times the load watched   ${ratio(guarded, watched)}`);
    const visits = await inTurn(pages.slice(1), (page) => visit(page, `${instance.url}forty`));
    const [seen = [], thorough = [], fast = []] = visits;
    const levels = [["guarded, thorough", thorough] as const, ["guarded, quick   ", fast] as const];
    console.log(`    … and a login's token request after it, in ms:`);
    for (const [name, all] of [["watched          ", seen] as const, ...levels]) {
      const tokens = all.map(({ token }) => token);
      console.log(`        ${name}             ${spread(tokens, 0)}${stoppedOf(all)}`);
    }
    for (const [name, all] of levels)
      console.log(`    ${name}, times the whole visit watched   ${ratio(wholeOf(all), wholeOf(seen))}`);
  }
  for (const page of pages) await page.close();
}

/** From the moment an attacker's server has the request to the red badge, in milliseconds. */
async function timeToBadge(lab: Lab, firefox: FirefoxSession, isSuspended: boolean): Promise<number> {
  const { instance, page } = await openInstance(lab, firefox, false);
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  const before = instance.received.length;
  if (isSuspended) await suspendBackground(firefox.bidi, EXTENSION_ID);
  await watchBadge(firefox.bidi, EXTENSION_ID, "!");
  await page.reload();
  const turned = await untilBadgeTurned(firefox.bidi);
  const asked = instance.received.slice(before).find(({ method, path }) => method === "GET" && path === "/");
  if (asked === undefined) throw new Error("the page was not asked for");
  instance.restore();
  // An open warning shows in every tab, and would be taken for the next one.
  await closeIncidents(firefox, instance);
  await page.close();
  return turned - asked.at;
}

const { values } = parseArgs({ options: { extension: { type: "string" }, only: { type: "string" } } });
if (![undefined, "lines", "pages"].includes(values.only)) throw new Error("--only knows two parts: lines, pages");
const isWhole = values.only === undefined;
const other = values.extension === undefined ? undefined : resolve(values.extension);

console.log("Building, making certificates, starting browsers …");
await build();
const lab = await startLab();
if (values.only === "pages") {
  await measurePages(lab, [extensionFolder, ...(other === undefined ? [] : [other])], (name, unit, times) => {
    console.log(`    ${name.padEnd(48)} ${spread(times, 1)} ${unit}`);
  });
  await lab.close();
  process.exit();
}
const least = await makeLeast();
const measuredOne = other ?? extensionFolder;
const extensions: readonly (string | false)[] = isWhole ? [false, false, least, measuredOne] : [false, measuredOne];
const browsers: FirefoxSession[] = [];
for (const extension of extensions) browsers.push(await startFirefox(lab, { extension, quiet: true }));
const measured = browsers.at(-1);
if (isWhole) {
  const instance = await lab.instance();
  const pages = await Promise.all(browsers.map(({ context }) => context.newPage()));
  await comparePages("Unrelated site", `https://${UNRELATED}/forty`, pages);
  if (other === undefined && measured !== undefined) await pin(measured, instance);
  await comparePages("Watched instance", `${instance.url}forty`, pages);
}

const [without, ...others] = browsers;
for (const browser of others) if (browser !== measured) await browser.close();
if (other === undefined && without !== undefined && measured !== undefined) {
  const guarding = await startFirefox(lab, { quiet: true });
  const quick = await startFirefox(lab, { quiet: true });
  await compareLines(lab, without, measured, guarding, quick);
  for (const firefox of [guarding, quick]) await firefox.close();
  for (const isSuspended of isWhole ? [false, true] : []) {
    const times: number[] = [];
    for (let round = 0; round < BADGE_ROUNDS; round++) times.push(await timeToBadge(lab, measured, isSuspended));
    const what = isSuspended ? "from a suspended background" : "background running";
    console.log(`Attacker's answer to red badge, ${what}, ${String(BADGE_ROUNDS)} times: ${spread(times, 0)} ms`);
  }
} else console.log("Guard and the answer to the badge: measured for Latchkey alone, for it takes its popup to pin.");

await without?.close();
await measured?.close();
await lab.close();
await rm(least, { recursive: true });
