// What watching and guarding cost on lines of several lengths: page loads of an instance and of an unrelated site, in a
// Firefox without an extension, a second one without, one with the least extension, and one with Latchkey.
import { rm } from "node:fs/promises";
import type { Page } from "playwright";
import { insiderDo, switchGuardOn, timedPost } from "../test/firefox/guarded";
import { pin } from "../test/firefox/user";
import { inBrowserWindow } from "../test/lab/browser-chrome";
import { startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import { lineOf } from "../test/lab/line";
import { UNRELATED, type Instance, type Lab } from "../test/lab/lab";
import { ratios, type Report } from "./bench-figures";
import { inTurn, loadTime, loadTimes, makeLeast, PAGE } from "./bench-loads";

/** Milliseconds there and back. */
const LINES = [0, 30, 100];
/** So long after its start a browser counts as started. */
const STARTED = 20_000;

export interface Measured {
  readonly lab: Lab;
  readonly report: Report;
  readonly rounds: number;
}

/** Leads the instance and the unrelated site over a line of that length, on connections of its own. */
async function layLine(
  lab: Lab,
  instance: Instance,
  roundTrip: number,
  browsers: readonly FirefoxSession[],
): Promise<void> {
  if (roundTrip === 0) lab.others.delete(UNRELATED);
  else lab.others.set(UNRELATED, lineOf(lab, roundTrip));
  instance.attacker = roundTrip === 0 ? undefined : lineOf(lab, roundTrip);
  instance.dropConnections();
  for (const { bidi } of browsers)
    await inBrowserWindow(bidi, `Services.obs.notifyObservers(null, "net:prune-all-connections");`);
}

/** The pages of each browser, as far as it is there. */
interface Compared {
  readonly first: Page;
  readonly second: Page;
  readonly least: Page;
  /** With Latchkey, or another extension. */
  readonly watching: Page;
  /** With Latchkey and Guard. */
  readonly guarding?: Page;
}

async function compare({ report, rounds }: Measured, url: string, pages: Compared): Promise<void> {
  const { guarding } = pages;
  const all = [pages.first, pages.second, pages.least, pages.watching, ...(guarding === undefined ? [] : [guarding])];
  const [first, second, least, watching, guarded] = await loadTimes(url, all, rounds);
  report.add("without an extension", "ms", first ?? []);
  report.add("a second Firefox ÷ without", "times", ratios(second, first));
  report.add("least extension ÷ without", "times", ratios(least, first));
  report.add("the extension ÷ without", "times", ratios(watching, first));
  report.add("the extension ÷ least extension", "times", ratios(watching, least));
  if (guarded !== undefined) report.add("Guard ÷ the extension", "times", ratios(guarded, watching));
}

/** @param other - the folder of another extension, which is measured instead of Latchkey */
export async function compareLines(measured: Measured, other: string | undefined): Promise<void> {
  const { lab, report, rounds } = measured;
  const instance = await lab.instance();
  const start = (extension?: string | false): Promise<FirefoxSession> =>
    startFirefox(lab, { quiet: true, ...(extension === undefined ? {} : { extension }) });
  const [first, second] = [await start(false), await start(false)];
  const leastFolder = await makeLeast();
  const [least, watching] = [await start(leastFolder), await start(other)];
  const guarding = other === undefined ? await start() : undefined;
  if (guarding !== undefined) {
    for (const firefox of [watching, guarding]) await pin(firefox, instance);
    await switchGuardOn(guarding, instance);
  }
  const pageOf = (firefox: FirefoxSession): Promise<Page> => firefox.context.newPage();
  const watched = {
    ...{ first: await pageOf(first), second: await pageOf(second) },
    ...{ least: await pageOf(least), watching: await pageOf(watching) },
  };
  const guarded = guarding === undefined ? {} : { guarding: await pageOf(guarding) };
  const browsers = [first, second, least, watching, ...(guarding === undefined ? [] : [guarding])];
  await new Promise((done) => setTimeout(done, STARTED)); // before that Guard keeps no connection
  for (const roundTrip of LINES) {
    await layLine(lab, instance, roundTrip, browsers);
    const line = `a line of ${String(roundTrip)} ms, page with 40 images, ${String(rounds)} rounds`;
    report.title(`Unrelated site on ${line}`);
    await compare(measured, `https://${UNRELATED}/${PAGE}`, watched);
    report.title(`Instance on ${line}`);
    await compare(measured, `${instance.url}${PAGE}`, { ...watched, ...guarded });
  }
  await layLine(lab, instance, 0, []);
  for (const firefox of browsers) await firefox.close();
  await rm(leastFolder, { recursive: true });
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

/** The same instance in three browsers: watched, and guarded at either level. */
export async function compareLevels({ lab, report, rounds }: Measured): Promise<void> {
  const instance = await lab.instance();
  const browsers: FirefoxSession[] = [];
  for (let count = 0; count < 3; count++) browsers.push(await startFirefox(lab, { quiet: true }));
  for (const firefox of browsers) await pin(firefox, instance);
  for (const firefox of browsers.slice(1)) await switchGuardOn(firefox, instance);
  const choice = { type: "guard.level", request: { address: instance.host, level: "quick", private: false } };
  for (const quick of browsers.slice(2))
    await insiderDo(quick, `browser.runtime.sendMessage(${JSON.stringify(choice)})`);
  const pages = await Promise.all(browsers.map(({ context }) => context.newPage()));
  await new Promise((done) => setTimeout(done, STARTED)); // before that Guard keeps no connection
  for (const roundTrip of LINES) {
    await layLine(lab, instance, roundTrip, browsers);
    report.title(
      `A login's token request after the page, on a line of ${String(roundTrip)} ms, ${String(rounds)} rounds`,
    );
    const [seen = [], thorough = [], quick = []] = await inTurn(pages, rounds, (page) =>
      visit(page, `${instance.url}${PAGE}`),
    );
    for (const [name, all] of [
      ["watched", seen],
      ["Guard, thorough", thorough],
      ["Guard, quick", quick],
    ] as const)
      report.add(
        name,
        "ms",
        all.map(({ token }) => token),
        stoppedOf(all),
      );
    for (const [name, all] of [
      ["Guard, thorough", thorough],
      ["Guard, quick", quick],
    ] as const)
      report.add(`${name}, the whole visit ÷ watched`, "times", ratios(wholeOf(all), wholeOf(seen)));
  }
  for (const firefox of browsers) await firefox.close();
}
