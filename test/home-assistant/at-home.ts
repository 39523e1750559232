import type { Page } from "playwright";
import type { StoredState } from "../../src/core/state/state";
import { bookOf } from "../firefox/user";
import { openPopup, popupText } from "../lab/popup-panel";
import { EXTENSION_ID, type FirefoxSession, type Session, startFirefox } from "../lab/firefox-session";
import { type Instance, type Lab, LOCAL_NAME, startLab } from "../lab/lab";
import { until } from "../lab/until";
import { type Configuration, type HomeAssistant, IS_OLDEST, startHomeAssistant, USER } from "./home-assistant";

/** A user at home: the instance's real core, the local page with the user logged in, and the instance's remote end. */
export interface AtHome {
  readonly lab: Lab;
  readonly instance: Instance;
  readonly core: HomeAssistant;
  readonly firefox: FirefoxSession;
  /** The local page. */
  readonly local: Page;
  /** Opens the popup on the local page and waits for these words in it. */
  readonly readAtHome: (words: string) => Promise<string>;
  readonly untilPopupSays: (words: string) => Promise<string>;
  readonly book: () => Promise<StoredState>;
  readonly end: () => Promise<void>;
}

interface Options extends Configuration {
  readonly otherNames?: readonly string[];
  readonly session?: Session;
}

/** Opens the instance by a name that leads to it at home, with a user logged in. */
export async function logInLocally(page: Page, { port, tokensFor }: HomeAssistant, name: string): Promise<void> {
  const origin = `http://${name}:${String(port)}`;
  await page.goto(`${origin}/robots.txt`);
  await page.evaluate(`localStorage.setItem('hassTokens', ${JSON.stringify(tokensFor(origin))})`);
  await page.goto(origin);
  await page.locator("home-assistant-main").waitFor({ state: "attached" });
}

export async function startAtHome({ otherNames = [], session = {}, ...configuration }: Options = {}): Promise<AtHome> {
  const lab = await startLab();
  const instance = await lab.instance(lab.authority, otherNames);
  const core = await startHomeAssistant(configuration);
  instance.backend = core.port;
  const firefox = await startFirefox(lab, session);
  const local = await firefox.context.newPage();
  await logInLocally(local, core, LOCAL_NAME);

  const untilPopupSays = (words: string): Promise<string> =>
    until(
      () => popupText(firefox.bidi).catch(() => ""), // not there yet
      (text) => text.includes(words),
      15_000,
    );
  return {
    lab,
    instance,
    core,
    firefox,
    local,
    untilPopupSays,
    readAtHome: async (words) => {
      await local.bringToFront();
      await openPopup(firefox.bidi, EXTENSION_ID);
      return untilPopupSays(words);
    },
    book: async () => bookOf(await firefox.insider()),
    end: async () => {
      await firefox.close();
      await core.stop();
      await lab.close();
    },
  };
}

/** Opens the instance from outside and types the password, which is not sent yet. */
export async function typePassword({ firefox, instance }: AtHome): Promise<Page> {
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  await page.locator("input[name=username]").fill(USER.username);
  await page.locator("input[name=password]").fill(USER.password);
  return page;
}

/**
 * Logs in from outside with the password, and waits until the frontend's service worker controls the page. From then
 * on, nothing of the page has to come from the network except, in the newest release, its document. The oldest release
 * reloads itself for that.
 */
export async function logInRemotely(home: AtHome): Promise<Page> {
  const page = await typePassword(home);
  await page.getByRole("button", { name: "Log in" }).click();
  await untilDashboard(page);
  await until(
    () => page.evaluate(REACHED_BY).catch(() => ""), // in the middle of that
    (how) => (IS_OLDEST ? how === "reload" : how !== null),
    120_000,
  );
  if (!IS_OLDEST) await page.reload({ waitUntil: "commit" });
  await untilDashboard(page);
  await home.firefox.buttonShows("Latchkey: verified");
  return page;
}
const REACHED_BY = "navigator.serviceWorker.controller && performance.getEntriesByType('navigation')[0].type";

export const untilDashboard = (page: Page): Promise<void> =>
  page.locator(IS_OLDEST ? "ha-panel-lovelace" : "ha-panel-home").waitFor({ state: "attached" });
