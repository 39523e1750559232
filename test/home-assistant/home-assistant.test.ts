// From the local page to the pin and through a house's life, with a real Home Assistant.
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build } from "../../scripts/build";
import { bookOf } from "../firefox/user";
import { closePopup, openPopup, popupText, pressInPopup } from "../lab/browser-chrome";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../lab/firefox-session";
import { startLab, type House, type Lab } from "../lab/lab";
import { until } from "../lab/until";
import { startHomeAssistant, USER, type HomeAssistant } from "./home-assistant";

let lab: Lab;
let house: House;
let core: HomeAssistant;
let firefox: FirefoxSession;
let local: Page;
let remote: Page;

beforeAll(async () => {
  await build();
  lab = await startLab();
  house = await lab.house();
  core = await startHomeAssistant();
  house.backend = core.port;
  firefox = await startFirefox(lab);
  local = await firefox.context.newPage();
  await local.goto(`${core.origin}/robots.txt`);
  await local.evaluate(`localStorage.setItem('hassTokens', ${JSON.stringify(core.tokens)})`);
  await local.goto(core.origin);
  await local.locator("home-assistant-main").waitFor({ state: "attached" });
});
afterAll(async () => {
  await firefox.close();
  await core.stop();
  await lab.close();
});

const popupSays = async (words: string): Promise<string> =>
  until(
    () => popupText(firefox.bidi),
    (text) => text.includes(words),
  );
const readAtHome = async (words: string): Promise<void> => {
  await local.bringToFront();
  await openPopup(firefox.bidi, EXTENSION_ID);
  await popupSays(words);
};
const incidents = async (): Promise<number> => {
  const insider = await firefox.extensionPage("popup.html");
  const { incidents } = await bookOf(insider);
  await insider.close();
  return incidents.length;
};

it("says what is missing while the house is not logged in to the cloud", async () => {
  await readAtHome("This Home Assistant is not logged in to Home Assistant Cloud.");
  await closePopup(firefox.bidi);
});

it("pins in two clicks from the local page", async () => {
  await core.tell(house.certificate, [house.host]);
  await readAtHome("This page tells your house’s certificate");
  await pressInPopup(firefox.bidi, "Pin");
  await popupSays("This is your house’s certificate");
  await closePopup(firefox.bidi);
  const insider = await firefox.extensionPage("popup.html");
  expect((await bookOf(insider)).pins).toMatchObject([
    { hosts: [house.host], fingerprint: house.certificate.sha1, source: "home" },
  ]);
  await insider.close();
});

it("verifies the remote address through its real login and two minutes of use, without an alarm", async () => {
  remote = await firefox.context.newPage();
  await remote.goto(house.url);
  await remote.locator("input[name=username]").fill(USER.username);
  await remote.locator("input[name=password]").fill(USER.password);
  await remote.getByRole("button", { name: "Log in" }).click();
  await remote.locator("home-assistant-main").waitFor({ state: "attached" });
  await firefox.buttonShows("Latchkey: verified");
  const end = Date.now() + 120_000;
  for (let loads = 0; Date.now() < end || loads < 5; loads++) {
    await remote.reload();
    await remote.locator("home-assistant-main").waitFor({ state: "attached" });
    await firefox.buttonShows("Latchkey: verified");
  }
  expect(await remote.evaluate("navigator.serviceWorker.controller !== null")).toBe(true);
  expect(house.received.some(({ method, path }) => method === "POST" && path === "/auth/token")).toBe(true);
  expect(await incidents()).toBe(0);
});

it("takes a renewal quietly, outside and at home", async () => {
  await house.renew("same-key");
  await remote.bringToFront();
  await remote.reload();
  await firefox.buttonShows("Latchkey: renewed");
  await core.tell(house.certificate, [house.host]);
  await readAtHome("Your house has renewed its certificate with the same key.");
  await closePopup(firefox.bidi);
  const insider = await firefox.extensionPage("popup.html");
  await until(
    () => bookOf(insider),
    ({ pins }) => pins[0]?.fingerprint === house.certificate.sha1,
  );
  await insider.close();
  expect(await incidents()).toBe(0);
});

it("spots an attacker who passes everything on, behind a page out of the real service worker", async () => {
  house.answerWith(await lab.authority.issue({ names: [house.host] }));
  await remote.bringToFront();
  await remote.reload();
  await firefox.buttonShows("Latchkey: WARNING, not your house’s certificate");
  expect(await incidents()).toBe(1);
});
