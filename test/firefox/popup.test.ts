// The popup in each of its states, all of them accessible.
import type { Locator, Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { suspendBackground } from "../lab/background";
import { setPreference } from "../lab/browser-chrome";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, popupOf, useBrowser } from "./browser";
import { openInstance, turnOn, untilVersionKnown } from "./guarded";
import { bookOf, choose, pin } from "./user";

useBrowser();

const visit = async ({ url }: Instance): Promise<void> => {
  const page = await firefox.context.newPage();
  await page.goto(url).catch(() => undefined); // a page that Firefox refuses to show is a case too
};

/** Each state of the popup: how to reach it, and the words that show it. */
const STATES: [state: string, reach: (instance: Instance) => Promise<Page>, words: string][] = [
  [
    "verified, with its details",
    async (instance) => {
      await pin(firefox, instance);
      await visit(instance);
      await firefox.buttonShows("Latchkey: verified");
      const popup = await popupOf(instance);
      await popup.getByRole("button", { name: "Details" }).click();
      await popup.getByText(`${instance.host}, nabu.example.org`).waitFor();
      return popup;
    },
    "This is your Home Assistant",
  ],
  [
    "someone else's certificate",
    async (instance) => {
      await pin(firefox, instance);
      await visit(instance);
      instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
      await visit(instance);
      await firefox.buttonShows("Latchkey: WARNING");
      return popupOf(instance);
    },
    "This is not your Home Assistant’s certificate",
  ],
  [
    "a response in plaintext",
    async (instance) => {
      await pin(firefox, instance);
      instance.plain = true;
      await visit({ ...instance, url: `http://${instance.host}/` });
      return popupOf(instance);
    },
    "The response came without encryption",
  ],
  [
    "closed without a response",
    async (instance) => {
      const began = Date.now();
      await pin(firefox, instance);
      await untilVersionKnown(firefox, instance, began);
      instance.mode = "cut-off";
      instance.dropConnections();
      await visit(instance);
      return popupOf(instance);
    },
    "Connection closed without a response",
  ],
  [
    "not watched",
    async (instance) => {
      const popup = await popupOf(instance);
      await choose(popup, "Stop watching this address", "Stop watching");
      return popup;
    },
    "Latchkey doesn’t watch this address",
  ],
  [
    "a removal that asks first",
    async (instance) => {
      await pin(firefox, instance);
      const popup = await popupOf(instance);
      await popup.getByRole("button", { name: "Remove pin" }).click();
      return popup;
    },
    "Remove the pin?",
  ],
  [
    "a removal that can be taken back",
    async (instance) => {
      await pin(firefox, instance);
      const popup = await popupOf(instance);
      await choose(popup, "Remove pin", "Remove it");
      return popup;
    },
    "The pin was removed.",
  ],
  [
    "a fingerprint that is none",
    async (instance) => {
      const popup = await popupOf(instance);
      await popup.getByLabel("Fingerprint").fill("5f:2e");
      await popup.getByRole("button", { name: "Pin", exact: true }).click();
      return popup;
    },
    "There is no fingerprint in this text.",
  ],
  [
    "an address that is nearly the cloud's",
    async () => {
      const popup = await firefox.extensionPage("popup.html");
      await popup.getByLabel("Remote address").fill("abc.ui.nabu.cas");
      await popup.getByRole("button", { name: "Pin", exact: true }).click();
      return popup;
    },
    "Did you mean abc.ui.nabu.casa?",
  ],
  [
    "a pinned value that is no fingerprint",
    async (instance) => {
      await pin(firefox, instance, keyDigest(instance));
      await visit(instance);
      await firefox.buttonShows("Latchkey: WARNING");
      return popupOf(instance);
    },
    "You pinned the digest of the public key, not the certificate’s fingerprint.",
  ],
];

/** What a viewer shows as the SHA-256 of a public key. */
const keyDigest = ({ certificate }: Instance): string => Buffer.from(certificate.spki, "base64").toString("hex");

/** Checks that the state is there, and that axe-core finds no problem in it. */
const expectWithinReach = async (popup: Page, words: string): Promise<void> => {
  await popup.getByText(words).first().waitFor();
  expect(await violationsIn(popup)).toEqual([]);
};

it("is accessible: no instance yet", async () => {
  await expectWithinReach(await firefox.extensionPage("popup.html"), "Your Home Assistant is not open in this tab");
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  beforeAll(async () => {
    await setPreference(firefox.bidi, "layout.css.prefers-color-scheme.content-override", theme === "dark" ? 0 : 1);
  });

  it.each(STATES)("is accessible: %s", async (_, reach, words) => {
    const instance = await lab.instance(lab.authority, ["nabu.example.org"]);
    const popup = await reach(instance);
    await expectWithinReach(popup, words);
    for (const page of firefox.context.pages()) if (page !== firefox.context.pages()[0]) await page.close();
  });

  it("sets Guard’s level by keyboard, and keeps it after the popup and the background have ended", async () => {
    const { instance, page } = await openInstance(lab, firefox, false);
    const level = (popup: Page, name: string): Locator => popup.getByRole("radio", { name, exact: true });
    const untilChosen = async (popup: Page, name: string): Promise<void> => {
      await until(
        () => level(popup, name).isChecked(),
        (is) => is,
      );
      expect(await popup.getByRole("radio", { checked: true }).count()).toBe(1);
      await expectWithinReach(popup, "How thoroughly Guard checks");
    };
    const popup = await popupOf(instance);
    expect(await popup.getByRole("radio").count()).toBe(0);
    await turnOn(firefox, popup);
    await untilChosen(popup, "Thorough");
    await level(popup, "Thorough").focus();
    await popup.keyboard.press("ArrowDown");
    await popup.getByRole("alertdialog").getByText("Use Quick for this address?").waitFor();
    expect(await level(popup, "Thorough").isChecked()).toBe(true);
    const use = popup.getByRole("alertdialog").getByRole("button", { name: "Use Quick", exact: true });
    await until(
      () => use.isEnabled(),
      (is) => is,
    );
    await use.press("Enter");
    await untilChosen(popup, "Quick");
    await popup.close();

    const again = await popupOf(instance);
    await untilChosen(again, "Quick");
    await again.goto("about:blank");
    await suspendBackground(firefox.bidi, EXTENSION_ID);
    const woken = await popupOf(instance);
    await untilChosen(woken, "Quick");
    await level(woken, "Quick").focus();
    await woken.keyboard.press("ArrowUp");
    await untilChosen(woken, "Thorough");
    for (const opened of [woken, again, page]) await opened.close();
  });
});

it("takes a removal back", async () => {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const popup = await popupOf(instance);
  await choose(popup, "Remove pin", "Remove it");
  await popup.getByRole("button", { name: "Undo" }).click();
  const { pins } = await until(
    () => bookOf(popup),
    (stored) => stored.pins.some(({ fingerprint }) => fingerprint === instance.certificate.sha1),
  );
  expect(pins.at(-1)).toMatchObject({ hosts: [instance.host], fingerprint: instance.certificate.sha1 });
  await popup.getByText("This is your Home Assistant").waitFor();
});

it("is accessible: saved data damaged", async () => {
  const insider = await firefox.extensionPage("popup.html");
  await insider.evaluate("browser.storage.local.set({ book: 'torn' }).then(() => 1)");
  await insider.goto("about:blank");
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  const popup = await firefox.extensionPage("popup.html");
  await expectWithinReach(popup, "Not checked: saved data damaged");
});
