// How fast the pages open, and what a change costs them, with as much saved data as they must support. It measures the
// time from the start of the navigation to the first contentful paint, by the browser's own clock. It also measures the
// processor time of the thread that the pages share with the background. Other work of the machine doesn't increase the
// second one.
import { z } from "zod";
import { addressOf, fill, FULL, writeNote } from "../test/firefox/full-profile";
import { suspendBackground } from "../test/lab/background";
import { inBrowserWindow } from "../test/lab/browser-chrome";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import type { Lab } from "../test/lab/lab";

const ROUNDS = 7;
const POPUP = `popup.html?address=${addressOf(0)}`;
const OPTIONS = "options.html";
const PREFS = { "privacy.reduceTimerPrecision": false };
/** The thread is at rest if it worked for less than `IDLE` ms in `REST` ms. */
const REST = 400;
const IDLE = 2;

/** All in milliseconds. */
interface Times {
  /** Until the first paint; left out if the measurement doesn't open a page. */
  readonly painted?: number;
  /** The thread's own time. */
  readonly worked: number;
}

const NUMBER = z.number();

/** For how many ms the thread of the extension's pages and background has worked since it began. */
const workOf = async (firefox: FirefoxSession): Promise<number> =>
  NUMBER.parse(
    await inBrowserWindow(
      firefox.bidi,
      `const { children } = await ChromeUtils.requestProcInfo();
      const { pid, threads } = children.find(({ type }) => type === 'extension');
      return threads.find(({ tid }) => tid === pid).cpuTime / 1e6;`,
    ),
  );

/** @returns the thread's time when it came to rest */
async function untilRest(firefox: FirefoxSession): Promise<number> {
  for (let before = await workOf(firefox); ;) {
    await new Promise((done) => setTimeout(done, REST));
    const now = await workOf(firefox);
    if (now - before < IDLE) return now;
    before = now;
  }
}

/** The cost of opening a page in a tab. */
async function open(firefox: FirefoxSession, path: string): Promise<Times> {
  const before = await untilRest(firefox);
  const page = await firefox.extensionPage(path);
  const painted = NUMBER.parse(
    await page.evaluate(`new Promise((done) => {
      const check = () => {
        const [paint] = performance.getEntriesByName('first-contentful-paint');
        if (paint) done(paint.startTime);
        else requestAnimationFrame(check);
      };
      check();
    })`),
  );
  const worked = (await untilRest(firefox)) - before;
  await page.close();
  return { painted, worked };
}

async function openWoken(firefox: FirefoxSession, path: string): Promise<Times> {
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  return open(firefox, path);
}

/** The system counts the thread's time in steps of 10 ms. */
const CHANGES = 10;
const PAUSE = 300;
let count = 0;
/** The cost of writing a note on a pin: it is saved, and an open page shows it. */
async function change(firefox: FirefoxSession): Promise<Times> {
  const before = await untilRest(firefox);
  for (let index = 0; index < CHANGES; index++) {
    await writeNote(firefox, 0, `Note ${String(count++)}`);
    await new Promise((done) => setTimeout(done, PAUSE));
  }
  return { worked: ((await untilRest(firefox)) - before) / CHANGES };
}

/** What is measured, in this order. The options page is opened only for the last one. */
const PARTS: readonly (readonly [what: string, measure: (firefox: FirefoxSession) => Promise<Times>])[] = [
  ["popup, background running", (firefox) => open(firefox, POPUP)],
  ["popup, background suspended", (firefox) => openWoken(firefox, POPUP)],
  ["options page", (firefox) => open(firefox, OPTIONS)],
  ["page of warnings", (firefox) => open(firefox, "incidents.html")],
  ["a change, no page open", change],
  ["a change, options page open", change],
];

/** Measures once in each browser in turn, so other work of the machine affects all of them. */
async function inTurn(
  browsers: readonly FirefoxSession[],
  measure: (firefox: FirefoxSession) => Promise<Times>,
): Promise<Times[][]> {
  const all: Times[][] = browsers.map(() => []);
  for (let turn = -1; turn < ROUNDS; turn++)
    for (const [index, firefox] of browsers.entries()) {
      const times = await measure(firefox);
      if (turn >= 0) all[index]?.push(times); // the first turn warms up
    }
  return all;
}

/**
 * Measures the pages with 500 instances, 2,000 changes and 200 warnings.
 * @param extensions - unpacked folders; all are measured in one run, and each figure gives the number of its folder
 * @param add - takes a figure
 */
export async function measurePages(
  lab: Lab,
  extensions: readonly string[],
  add: (name: string, unit: string, values: readonly number[]) => void,
): Promise<void> {
  const browsers: FirefoxSession[] = [];
  for (const extension of extensions) {
    const firefox = await startFirefox(lab, { extension, prefs: PREFS });
    await fill(firefox, FULL);
    await writeNote(firefox, 0, "First"); // saved as this extension does
    browsers.push(firefox);
  }
  for (const [part, [what, measure]] of PARTS.entries()) {
    if (part === PARTS.length - 1) for (const firefox of browsers) await firefox.extensionPage(OPTIONS);
    for (const [index, times] of (await inTurn(browsers, measure)).entries()) {
      const name = browsers.length === 1 ? what : `${what}, ${String(index + 1)}.`;
      const painted = times.flatMap((time) => time.painted ?? []);
      if (painted.length > 0) add(`${name}, first paint`, "ms", painted);
      add(
        `${name}, the thread's work`,
        "ms",
        times.map(({ worked }) => worked),
      );
    }
  }
  for (const firefox of browsers) await firefox.close();
}
