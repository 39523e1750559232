// The cost of watching and guarding on lines of several lengths, in page loads of an instance and of an unrelated site.
// It compares a Firefox without an extension, a second one without, one with the least extension, and one with
// Latchkey.
import { rm } from "node:fs/promises";
import type { Page } from "playwright";
import { switchGuardOn, timedPost } from "../test/firefox/guarded";
import { call } from "../test/firefox/insider";
import { addressOf, typePin } from "../test/firefox/user";
import { inBrowserWindow } from "../test/lab/browser-chrome";
import { startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import { lineOf } from "../test/lab/line";
import { UNRELATED, type Instance, type Lab } from "../test/lab/lab";
import { quantile, ratios, sum, type Report } from "./bench-figures";
import { inTurn, loadTime, loadTimes, makeLeast, PAGE, WARM_UP } from "./bench-loads";
import { processesOf } from "./bench-processes";

/** Round trip times, in ms. */
const LINES = [0, 30, 100];
/** Time after its start until a browser counts as started, in ms. */
const STARTED = 20_000;

export interface Measured {
  readonly lab: Lab;
  readonly report: Report;
  readonly rounds: number;
}

/** Connects the instance and the unrelated site by a line of that length, on new connections. */
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

/** A browser whose loads are compared, and its tab. */
interface Compared {
  readonly firefox: FirefoxSession;
  readonly page: Page;
}

/** Maximum deviation of a second Firefox without an extension from the first: of the median, and of the quartiles. */
const TRUSTED = [0.05, 0.15] as const;

/**
 * @param compared - without an extension, a second one, the least extension, the measured one, and one with Guard, if
 * any
 */
async function compare({ report, rounds }: Measured, url: string, compared: readonly Compared[]): Promise<void> {
  const pages = compared.map(({ page }) => page);
  await loadTimes(url, pages, WARM_UP); // connections and code
  const before = await timesOf(compared);
  const [first, second, least, watching, guarding] = await loadTimes(url, pages, rounds);
  const after = await timesOf(compared);
  const [, , leastTook = Number.NaN, took = Number.NaN] = after.map((time, index) => time - (before[index] ?? 0));
  report.add("without an extension", "ms", first ?? []);
  report.add("a second Firefox ÷ without", "times", ratios(second, first));
  report.add("least extension ÷ without", "times", ratios(least, first));
  report.add("the extension ÷ without", "times", ratios(watching, first));
  report.add("the extension ÷ least extension", "times", ratios(watching, least));
  report.add("… of processor time, all rounds together", "times", [took / leastTook]);
  if (guarding !== undefined) report.add("Guard ÷ the extension", "times", ratios(guarding, watching));
  const isOff = (share: number, limit: number): boolean => Math.abs(quantile(ratios(second, first), share) - 1) > limit;
  const [middle, half] = TRUSTED;
  if (isOff(0.5, middle) || isOff(0.25, half) || isOff(0.75, half))
    console.log("    Two Firefoxes without an extension differ: the machine is too busy for these times.");
}

/** Processor time that all processes of each browser have taken, in ms. */
const timesOf = (compared: readonly Compared[]): Promise<number[]> =>
  Promise.all(compared.map(async ({ firefox }) => sum((await processesOf(firefox.bidi)).map(({ time }) => time))));

/** @param other - the folder of another extension, which is measured instead of Latchkey */
export async function compareLines(measured: Measured, other: string | undefined): Promise<void> {
  const { lab, report, rounds } = measured;
  const instance = await lab.instance();
  const least = await makeLeast();
  const guarding = other === undefined ? [undefined] : [];
  const extensions: readonly (string | false | undefined)[] = [false, false, least, other, ...guarding];
  const compared: Compared[] = [];
  for (const extension of extensions) {
    const firefox = await startFirefox(lab, extension === undefined ? {} : { extension });
    if (extension === undefined) await typePin(firefox, instance);
    compared.push({ firefox, page: await firefox.context.newPage() });
  }
  const watching = compared.slice(0, 4);
  for (const { firefox } of compared.slice(4)) await switchGuardOn(firefox, instance);
  await new Promise((done) => setTimeout(done, STARTED)); // until then, Guard keeps no connection
  const browsers = compared.map(({ firefox }) => firefox);
  for (const roundTrip of LINES) {
    await layLine(lab, instance, roundTrip, browsers);
    const line = `a line of ${String(roundTrip)} ms, page with 40 images, ${String(rounds)} rounds`;
    report.title(`Unrelated site on ${line}`);
    await compare(measured, `https://${UNRELATED}/${PAGE}`, watching);
    report.title(`Instance on ${line}`);
    await compare(measured, `${instance.url}${PAGE}`, compared);
  }
  await layLine(lab, instance, 0, []);
  for (const firefox of browsers) await firefox.close();
  await rm(least, { recursive: true });
}

/** Loads a page, which then sends a login's token request. */
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
  for (let count = 0; count < 3; count++) browsers.push(await startFirefox(lab));
  for (const firefox of browsers) await typePin(firefox, instance);
  for (const firefox of browsers.slice(1)) await switchGuardOn(firefox, instance);
  for (const quick of browsers.slice(2))
    await call(quick, "guard.level", { address: addressOf(instance), level: "quick", private: false });
  const pages = await Promise.all(browsers.map(({ context }) => context.newPage()));
  await new Promise((done) => setTimeout(done, STARTED)); // until then, Guard keeps no connection
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
