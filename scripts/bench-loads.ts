// Page loads in several browsers, in turn.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";

/** Pause before each load, in ms. */
const PAUSE = 300;
export const pause = (): Promise<unknown> => new Promise((done) => setTimeout(done, PAUSE));

/** The page with 40 images. */
export const PAGE = "forty";

/** From the start of the navigation to the end of `load`, in milliseconds, as the page itself has it. */
export async function loadTime(page: Page, url: string): Promise<number> {
  await page.goto(url);
  return page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    return navigation?.loadEventEnd ?? Number.NaN;
  });
}

/**
 * Each round measures once in every browser, so that whatever else the machine does falls on all of them; always in the
 * same order, so that each finds its connections equally old; and with a pause before, so that none bears what the last
 * one still does.
 * @returns for each browser what was measured in it
 */
export async function inTurn<B, T>(
  browsers: readonly B[],
  rounds: number,
  measure: (browser: B) => Promise<T>,
): Promise<T[][]> {
  const all: T[][] = browsers.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, browser] of browsers.entries()) {
      await pause();
      all[index]?.push(await measure(browser));
    }
  return all;
}

/** So many loads before it is measured. */
export const WARM_UP = 5;

/** @returns for each browser its times, in milliseconds */
export const loadTimes = (url: string, pages: readonly Page[], rounds: number): Promise<number[][]> =>
  inTurn(pages, rounds, (page) => loadTime(page, url));

export const LEAST_ID = "least@latchkey.test";

/** The least extension that reads each certificate: it asks for that of every answer and does nothing with it. */
export async function makeLeast(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-least-"));
  const manifest = {
    ...{ manifest_version: 3, name: "Least", version: "1", background: { scripts: ["background.js"] } },
    browser_specific_settings: { gecko: { id: LEAST_ID } },
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
