// A house that was pinned and is guarded, as the tests of Guard meet it.
import type { Page } from "playwright";
import { isOpen, keyOf } from "../../src/core/incident";
import type { Book } from "../../src/core/state";
import { SECRET } from "../lab/attacker";
import type { FirefoxSession } from "../lab/firefox-session";
import type { House, Lab } from "../lab/lab";
import { until } from "../lab/until";
import { bookOf, pin } from "./user";

/** Pins the next unused house and opens it; switches Guard on for it where asked to. */
export async function openHouse(
  lab: Lab,
  firefox: FirefoxSession,
  isGuarded: boolean,
): Promise<{ house: House; page: Page }> {
  const house = await lab.house();
  await pin(firefox, house);
  const page = await firefox.context.newPage();
  await page.goto(house.url);
  await firefox.buttonShows("Latchkey: verified");
  if (isGuarded) {
    const popup = await firefox.extensionPage(`popup.html?address=${house.host}`);
    await popup.getByRole("switch", { name: "Guard" }).check();
    await popup.close();
    await page.bringToFront();
    await page.reload();
    await firefox.buttonShows("Latchkey: verified");
  }
  return { house, page };
}

/** What a page of the extension is told. */
export const insiderDo = async (firefox: FirefoxSession, script: string): Promise<unknown> => {
  const insider = await firefox.extensionPage("popup.html");
  const result = await insider.evaluate(script);
  await insider.close();
  return result;
};

export const incidents = async (firefox: FirefoxSession, { host }: House): Promise<Book["incidents"]> => {
  const insider = await firefox.extensionPage("popup.html");
  const book = await bookOf(insider);
  await insider.close();
  return book.incidents.filter(({ address }) => address === host);
};

/** As the user does who says "understood", and waits for the look that follows. */
export const closeIncidents = async (firefox: FirefoxSession, house: House): Promise<void> => {
  for (const incident of (await incidents(firefox, house)).filter(isOpen)) {
    const request = { key: keyOf(incident), how: "understood", address: house.host, private: false };
    await insiderDo(firefox, `browser.runtime.sendMessage(${JSON.stringify({ type: "incident.close", request })})`);
  }
  await firefox.buttonShows("Latchkey: verified");
};

/** A page's POST with a secret. @returns the status of its answer, or `stopped` */
export const post = (page: Page, path = "/auth/token"): Promise<unknown> =>
  page.evaluate(
    `fetch('${path}', { method: 'POST', body: '${SECRET}' }).then((answer) => answer.status, () => 'stopped')`,
  );

/** The tab is led elsewhere while it is on its way, which Playwright takes for a failure. */
export const arrives = (page: Page, where: RegExp): Promise<string> =>
  until(
    () => page.url(),
    (url) => where.test(url),
  );
