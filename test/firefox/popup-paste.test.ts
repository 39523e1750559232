// What a user pastes into the form of the popup, as a fingerprint or as an address.
import type { Page } from "playwright";
import { describe, expect, it } from "vitest";
import { until } from "../lab/until";
import { keyOf } from "../../src/core/incident/incident";
import type { Pin } from "../../src/core/pin/pin";
import type { Instance } from "../lab/lab";
import { firefox, lab, popupOf, useBrowser } from "./browser";
import { incidents } from "./guarded";
import { call } from "./insider";
import { addressOf, bookOf } from "./user";

useBrowser();

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

/** An open warning shows in every popup, also in those of later tests. */
async function endWarnings(instance: Instance): Promise<void> {
  const about = { address: addressOf(instance), private: false };
  await call(firefox, "watch.set", { ...about, watched: false });
  for (const incident of await incidents(firefox, instance)) {
    await call(firefox, "incident.close", { ...about, key: keyOf(incident), how: "understood" });
  }
}

describe("a text pasted as a fingerprint", () => {
  it("may be a whole certificate: Latchkey pins its digests and its key, and verifies it", async () => {
    const instance = await lab.instance();
    const popup = await popupOf(instance);
    const chain = `subject=CN = ${instance.host}\n${instance.certificate.cert}\n${lab.authority.root}`;
    await paste(popup, { fingerprint: chain });
    const { sha256, sha1, spki } = instance.certificate;
    expect(await untilPinned(popup, instance.host)).toMatchObject({ fingerprint: sha256, sha1, spki, source: "typed" });
    await popup.getByText("This is your Home Assistant").waitFor();
    await popup.close();
  });

  it("may be a certificate for an own domain, whose permission Latchkey requests in the same click", async () => {
    const instance = await lab.instance();
    const popup = await firefox.extensionPage("popup.html");
    await paste(popup, { address: "pasted.example.org:8443", fingerprint: instance.certificate.cert });
    expect(await untilPinned(popup, "pasted.example.org:8443")).toMatchObject({
      fingerprint: instance.certificate.sha256,
    });
    await popup.close();
  });

  it("may be both digests of one certificate, which both have to match", async () => {
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
    await endWarnings(instance);
    await popup.close();
  });

  it("gets an answer, even if it is very long", async () => {
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
  ])("is refused by its name: %s", async (_, fingerprint, words) => {
    const instance = await lab.instance();
    const popup = await popupOf(instance);
    await paste(popup, { fingerprint });
    await popup.getByRole("alert").getByText(words).waitFor();
    expect(await popup.getByLabel("Fingerprint").getAttribute("aria-invalid")).toBe("true");
    expect((await bookOf(popup)).pins.some(({ hosts }) => hosts.some((host) => host === instance.host))).toBe(false);
    await popup.close();
  });
});

describe("a text pasted as an address", () => {
  it("is refused if there are two", async () => {
    const popup = await firefox.extensionPage("popup.html");
    const before = await pinsOf(popup);
    // A field of one line joins the lines.
    await paste(popup, { address: "https://abc.ui.nabu.casahttps://def.ui.nabu.casa", fingerprint: "5f".repeat(20) });
    await popup.getByText("There are two addresses in this field.").waitFor();
    expect(await pinsOf(popup)).toBe(before);
    await popup.close();
  });

  it("opens a question if it is nearly the cloud's: you take the suggestion with a click, or send the same again", async () => {
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
