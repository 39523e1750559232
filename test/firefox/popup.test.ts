import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "../../scripts/build";
import { violationsIn } from "../lab/accessibility";
import { suspendBackground } from "../lab/background";
import { setPreference } from "../lab/browser-chrome";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../lab/firefox-session";
import { startLab, type House, type Lab } from "../lab/lab";
import { until } from "../lab/until";
import { bookOf, choose, pin } from "./user";

let lab: Lab;
let firefox: FirefoxSession;

beforeAll(async () => {
  await build();
  lab = await startLab();
  firefox = await startFirefox(lab);
});
afterAll(async () => {
  await firefox.close();
  await lab.close();
});

const visit = async ({ url }: House): Promise<void> => {
  const page = await firefox.context.newPage();
  await page.goto(url).catch(() => undefined); // a page that Firefox refuses to show is a case too
};
const popupOf = ({ host }: House): Promise<Page> => firefox.extensionPage(`popup.html?address=${host}`);

/** Each state of the popup: what leads to it, the words that tell it is there. */
const STATES: [state: string, reach: (house: House) => Promise<Page>, words: string][] = [
  [
    "verified, with its details",
    async (house) => {
      await pin(firefox, house);
      await visit(house);
      await firefox.buttonShows("Latchkey: verified");
      const popup = await popupOf(house);
      await popup.getByRole("button", { name: "Details" }).click();
      await popup.getByText(`${house.host}, nabu.example.org`).waitFor();
      return popup;
    },
    "This is your house’s certificate",
  ],
  [
    "somebody else's certificate",
    async (house) => {
      await pin(firefox, house);
      await visit(house);
      house.answerWith(await lab.authority.issue({ names: [house.host] }));
      await visit(house);
      await firefox.buttonShows("Latchkey: WARNING");
      return popupOf(house);
    },
    "This is not your house’s certificate",
  ],
  [
    "an answer in the clear",
    async (house) => {
      await pin(firefox, house);
      house.plain = true;
      await visit({ ...house, url: `http://${house.host}/` });
      return popupOf(house);
    },
    "Your house answered without encryption",
  ],
  [
    "cut off",
    async (house) => {
      await pin(firefox, house);
      house.mode = "cut-off";
      house.dropConnections();
      await visit(house);
      return popupOf(house);
    },
    "Cut off without an answer",
  ],
  [
    "not watched",
    async (house) => {
      const popup = await popupOf(house);
      await choose(popup, "Do not watch this address", "Stop watching");
      return popup;
    },
    "You told Latchkey not to watch this address",
  ],
  [
    "a removal, asked for once",
    async (house) => {
      await pin(firefox, house);
      const popup = await popupOf(house);
      await popup.getByRole("button", { name: "Remove pin" }).click();
      return popup;
    },
    "Remove the pin?",
  ],
  [
    "a removal that can be taken back",
    async (house) => {
      await pin(firefox, house);
      const popup = await popupOf(house);
      await choose(popup, "Remove pin", "Remove it");
      return popup;
    },
    "The pin was removed.",
  ],
  [
    "a fingerprint that is none",
    async (house) => {
      const popup = await popupOf(house);
      await popup.getByLabel("Fingerprint").fill("5f:2e");
      await popup.getByRole("button", { name: "Pin", exact: true }).click();
      return popup;
    },
    "There is no fingerprint in this text.",
  ],
];

/** That the state is there, and that axe-core finds nothing in it that keeps anybody out. */
const expectWithinReach = async (popup: Page, words: string): Promise<void> => {
  await popup.getByText(words).first().waitFor();
  expect(await violationsIn(popup)).toEqual([]);
};

it("is within reach of everybody: no house yet", async () => {
  await expectWithinReach(await firefox.extensionPage("popup.html"), "No house is open in this tab");
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  beforeAll(async () => {
    await setPreference(firefox.bidi, "layout.css.prefers-color-scheme.content-override", theme === "dark" ? 0 : 1);
  });

  it.each(STATES)("is within reach of everybody: %s", async (_, reach, words) => {
    const house = await lab.house(lab.authority, ["nabu.example.org"]);
    const popup = await reach(house);
    await expectWithinReach(popup, words);
    for (const page of firefox.context.pages()) if (page !== firefox.context.pages()[0]) await page.close();
  });
});

it("takes a removal back", async () => {
  const house = await lab.house();
  await pin(firefox, house);
  const popup = await popupOf(house);
  await choose(popup, "Remove pin", "Remove it");
  await popup.getByRole("button", { name: "Undo" }).click();
  const { pins } = await until(
    () => bookOf(popup),
    (book) => book.pins.some(({ fingerprint }) => fingerprint === house.certificate.sha1),
  );
  expect(pins.at(-1)).toMatchObject({ hosts: [house.host], fingerprint: house.certificate.sha1 });
  await popup.getByText("This is your house’s certificate").waitFor();
});

it("is within reach of everybody: saved data damaged", async () => {
  const insider = await firefox.extensionPage("popup.html");
  await insider.evaluate("browser.storage.local.set({ book: 'torn' }).then(() => 1)");
  await insider.goto("about:blank");
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  const popup = await firefox.extensionPage("popup.html");
  await expectWithinReach(popup, "Not checked: saved data damaged");
});
