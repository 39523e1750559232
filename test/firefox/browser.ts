// The lab and the Firefox of a test file. Vitest loads this module again for each file, so no two files share them.
import type { Page } from "playwright";
import { afterAll, beforeAll } from "vitest";
import { type FirefoxSession, type Session, startFirefox } from "../lab/firefox-session";
import { type Instance, type Lab, startLab } from "../lab/lab";

export let lab: Lab;
export let firefox: FirefoxSession;

export interface BrowserOptions extends Session {
  /** Whether the lab uses port 443 itself. */
  readonly isRealPort?: boolean;
}

/** For files that start a browser in each test, or for some of them. */
export async function startBrowser({ isRealPort = false, ...session }: BrowserOptions = {}): Promise<void> {
  lab = await startLab({ isRealPort });
  firefox = await startFirefox(lab, session);
}

export async function closeBrowser(): Promise<void> {
  await firefox.close();
  await lab.close();
}

/** Starts both before the file's tests, and closes them afterward. */
export function useBrowser(options?: BrowserOptions): void {
  beforeAll(() => startBrowser(options));
  afterAll(closeBrowser);
}

/** The popup of an instance, in a tab. */
export const popupOf = ({ host }: Instance): Promise<Page> => firefox.extensionPage(`popup.html?address=${host}`);

/** Closes every tab but the first, and the page of the extension that tests read in. */
export async function closeTabs(): Promise<void> {
  const insider = await firefox.insider();
  for (const page of firefox.context.pages().slice(1)) if (page !== insider) await page.close();
}
