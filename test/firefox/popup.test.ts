import type { Locator, Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { suspendBackground } from "../lab/background";
import { setPreference } from "../lab/browser-chrome";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { keyOf } from "../../src/core/incident/incident";
import type { Pin } from "../../src/core/pin/pin";
import { firefox, lab, popupOf, useBrowser } from "./browser";
import { incidents, insiderDo, openInstance, turnOn, untilVersionKnown } from "./guarded";
import { bookOf, choose, pin } from "./user";

useBrowser();

const visit = async ({ url }: Instance): Promise<void> => {
  const page = await firefox.context.newPage();
  await page.goto(url).catch(() => undefined); // a page that Firefox refuses to show is a case too
};

/** Each state of the popup: what leads to it, the words that tell it is there. */
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
    "somebody else's certificate",
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
    "an answer in the clear",
    async (instance) => {
      await pin(firefox, instance);
      instance.plain = true;
      await visit({ ...instance, url: `http://${instance.host}/` });
      return popupOf(instance);
    },
    "The response came without encryption",
  ],
  [
    "cut off",
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
    "a removal, asked for once",
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
const pairs = (hex: string): string => (hex.match(/../gu) ?? []).join(":").toUpperCase();

/** Types into the form of a popup, as a user does who pastes, and presses Pin. */
async function paste(popup: Page, { address, fingerprint }: { address?: string; fingerprint?: string }): Promise<void> {
  if (address !== undefined) await popup.getByLabel("Remote address").fill(address);
  if (fingerprint !== undefined) await popup.getByLabel("Fingerprint").fill(fingerprint);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
}
/** Waits for the first pin of a host. */
const untilPinned = async (popup: Page, host: string): Promise<Pin | undefined> => {
  const { pins } = await until(
    () => bookOf(popup),
    (stored) => stored.pins.some(({ hosts }) => hosts.some((own) => own === host)),
  );
  return pins.find(({ hosts }) => hosts.some((own) => own === host));
};
const pinsOf = async (popup: Page): Promise<number> => (await bookOf(popup)).pins.length;

describe("what is pasted as a fingerprint", () => {
  it("is a whole certificate: its digests and its key are pinned, and it is verified", async () => {
    const instance = await lab.instance();
    const popup = await popupOf(instance);
    const chain = `subject=CN = ${instance.host}\n${instance.certificate.cert}\n${lab.authority.root}`;
    await paste(popup, { fingerprint: chain });
    const { sha256, sha1, spki } = instance.certificate;
    expect(await untilPinned(popup, instance.host)).toMatchObject({ fingerprint: sha256, sha1, spki, source: "typed" });
    await popup.getByText("This is your Home Assistant").waitFor();
    await popup.close();
  });

  it("is a certificate for an own domain, whose permission is asked for in the same click", async () => {
    const instance = await lab.instance();
    const popup = await firefox.extensionPage("popup.html");
    await paste(popup, { address: "pasted.example.org:8443", fingerprint: instance.certificate.cert });
    expect(await untilPinned(popup, "pasted.example.org:8443")).toMatchObject({
      fingerprint: instance.certificate.sha256,
    });
    await popup.close();
  });

  it("is both digests of one certificate, which both have to match", async () => {
    const instance = await lab.instance();
    const { sha256, sha1 } = instance.certificate;
    const box = (one: string): string => `Fingerprints\nSHA-256\t${pairs(sha256)}\nSHA-1\t${pairs(one)}`;
    const popup = await popupOf(instance);
    await paste(popup, { fingerprint: box(sha1) });
    expect(await untilPinned(popup, instance.host)).toMatchObject({ fingerprint: sha256, sha1 });
    await popup.getByText("This is your Home Assistant").waitFor();
    await popup.getByRole("button", { name: "Details" }).click();
    await popup.getByText("Pinned, also SHA-1").waitFor();
    await paste(popup, { address: instance.host, fingerprint: box("5f".repeat(20)) });
    await until(
      () => bookOf(popup),
      ({ incidents }) => incidents.some(({ address }) => address === instance.host),
    );
    expect((await untilPinned(popup, instance.host))?.confirmed).toBeUndefined();
    // An open warning shows in every popup, those of later tests too.
    const change = { address: instance.host, watched: false, private: false };
    await insiderDo(firefox, `browser.runtime.sendMessage(${JSON.stringify({ type: "watch.set", request: change })})`);
    for (const incident of await incidents(firefox, instance)) {
      const request = { key: keyOf(incident), how: "understood", address: instance.host, private: false };
      await insiderDo(firefox, `browser.runtime.sendMessage(${JSON.stringify({ type: "incident.close", request })})`);
    }
    await popup.close();
  });

  it("gets an answer, however long it is", async () => {
    const instance = await lab.instance();
    const popup = await popupOf(instance);
    const before = await pinsOf(popup);
    await paste(popup, { fingerprint: "a text ".repeat(2000) });
    await popup.getByText("There is no fingerprint in this text.").waitFor();
    await paste(popup, { fingerprint: "a text ".repeat(20_000) });
    await popup.getByText("This text has 140,000 characters.").waitFor();
    await paste(popup, { address: `${"a".repeat(12_000)}.ui.nabu.casa` });
    await popup.getByText("This is no web address.").waitFor();
    expect(await pinsOf(popup)).toBe(before);
    const { sha1 } = instance.certificate;
    await paste(popup, { address: instance.host, fingerprint: `${"a text ".repeat(2000)}\nFingerprint: ${sha1}` });
    expect(await untilPinned(popup, instance.host)).toMatchObject({ fingerprint: sha1 });
    await popup.close();
  });

  it.each([
    ["a session ID", `Session-ID: ${"AB".repeat(32)}`, "This is a session ID or session key."],
    ["a key ID", `Subject Key ID\nKey ID\t${pairs("ab".repeat(20))}`, "This is a key ID, not a fingerprint."],
    ["a serial number", `serial=${"AB".repeat(20)}`, "This is the certificate’s serial number"],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----", "This is a private key."],
    ["a pair too few", `SHA1 Fingerprint=${pairs("ab".repeat(19))}`, "This text has 38 digits."],
    ["half a certificate", "-----BEGIN CERTIFICATE-----\nMIICPjCCAeSg", "This certificate can’t be read."],
  ])("is refused with what it is: %s", async (_, fingerprint, words) => {
    const instance = await lab.instance();
    const popup = await popupOf(instance);
    await paste(popup, { fingerprint });
    await popup.getByRole("alert").getByText(words).waitFor();
    expect(await popup.getByLabel("Fingerprint").getAttribute("aria-invalid")).toBe("true");
    expect((await bookOf(popup)).pins.some(({ hosts }) => hosts.some((host) => host === instance.host))).toBe(false);
    await popup.close();
  });
});

describe("what is pasted as an address", () => {
  it("is refused where there are two", async () => {
    const popup = await firefox.extensionPage("popup.html");
    const before = await pinsOf(popup);
    // A field of one line joins the lines.
    await paste(popup, { address: "https://abc.ui.nabu.casahttps://def.ui.nabu.casa", fingerprint: "5f".repeat(20) });
    await popup.getByText("There are two addresses in this field.").waitFor();
    expect(await pinsOf(popup)).toBe(before);
    await popup.close();
  });

  it("is asked about where it is nearly the cloud's: another is taken at a press, or the same when it is sent again", async () => {
    const popup = await firefox.extensionPage("popup.html");
    await paste(popup, { address: "meant.ui.nabu.cas", fingerprint: "6a".repeat(20) });
    await popup.getByRole("button", { name: "Use meant.ui.nabu.casa" }).click();
    expect(await popup.getByLabel("Remote address").inputValue()).toBe("meant.ui.nabu.casa");
    await paste(popup, { address: "really.ui.nabu.cas" });
    await popup.getByText("Did you mean really.ui.nabu.casa?").waitFor();
    await paste(popup, {});
    expect(await untilPinned(popup, "really.ui.nabu.cas")).toMatchObject({ fingerprint: "6a".repeat(20) });
    await popup.close();
  });
});

/** That the state is there, and that axe-core finds nothing in it that keeps anybody out. */
const expectWithinReach = async (popup: Page, words: string): Promise<void> => {
  await popup.getByText(words).first().waitFor();
  expect(await violationsIn(popup)).toEqual([]);
};

it("is within reach of everybody: no instance yet", async () => {
  await expectWithinReach(await firefox.extensionPage("popup.html"), "Your Home Assistant is not open in this tab");
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  beforeAll(async () => {
    await setPreference(firefox.bidi, "layout.css.prefers-color-scheme.content-override", theme === "dark" ? 0 : 1);
  });

  it.each(STATES)("is within reach of everybody: %s", async (_, reach, words) => {
    const instance = await lab.instance(lab.authority, ["nabu.example.org"]);
    const popup = await reach(instance);
    await expectWithinReach(popup, words);
    for (const page of firefox.context.pages()) if (page !== firefox.context.pages()[0]) await page.close();
  });

  it("takes how thoroughly Guard checks by keyboard, and keeps it when the popup and the background have ended", async () => {
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

it("is within reach of everybody: saved data damaged", async () => {
  const insider = await firefox.extensionPage("popup.html");
  await insider.evaluate("browser.storage.local.set({ book: 'torn' }).then(() => 1)");
  await insider.goto("about:blank");
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  const popup = await firefox.extensionPage("popup.html");
  await expectWithinReach(popup, "Not checked: saved data damaged");
});
