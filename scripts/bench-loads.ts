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

/** The time from the start of the navigation to the end of `load`, in ms, as the page itself measures it. */
export async function loadTime(page: Page, url: string): Promise<number> {
  await page.goto(url);
  return page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    return navigation?.loadEventEnd ?? Number.NaN;
  });
}

/**
 * Each round measures once in every browser, so other work of the machine affects all of them. The order is always the
 * same, so each browser finds its connections equally old. A pause comes before each, so none is slowed down by the one
 * before.
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

/** Number of loads before measuring. */
export const WARM_UP = 5;

/** @returns for each browser its times, in milliseconds */
export const loadTimes = (url: string, pages: readonly Page[], rounds: number): Promise<number[][]> =>
  inTurn(pages, rounds, (page) => loadTime(page, url));

export const LEAST_ID = "least@latchkey.test";

/** The smallest extension that reads each certificate: it requests that of every response and does nothing with it. */
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
