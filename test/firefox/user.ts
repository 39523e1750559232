import type { Page } from "playwright";
import { type Address, readAddress } from "../../src/core/address";
import type { StoredState } from "../../src/core/state/state";
import { parseFingerprint } from "../../src/core/tls/fingerprint-text";
import type { FirefoxSession } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { call } from "./insider";

/** The saved state on disk, as a page of the extension reads it. */
export const bookOf = async (page: Page): Promise<StoredState> =>
  page.evaluate("browser.storage.local.get('book').then(({ book }) => book ?? { pins: [], incidents: [] })");

/** @throws {Error} if the lab gave the instance a name that is no address */
export function addressOf({ host }: Pick<Instance, "host">): Address {
  const address = readAddress(host);
  if (!address.ok) throw new Error(`not an address: ${host}`);
  return address.value;
}

/**
 * Pins as the popup does, without the popup: most tests begin with a pin.
 * @throws {Error} if there is no permission for the address, or a warning shows the certificate
 */
export async function pin(
  firefox: FirefoxSession,
  instance: Instance,
  fingerprint = instance.certificate.sha1,
): Promise<void> {
  const reading = parseFingerprint(fingerprint);
  if (!reading.ok) throw new Error(`not a fingerprint: ${fingerprint}`);
  const reply = await call(firefox, "pin.set", { ...reading.value, address: addressOf(instance), private: false });
  if (reply !== "pinned") throw new Error(`not pinned: ${String(reply)}`);
}

/** Pins as a user does who opens the popup in a tab and types. */
export async function typePin(
  firefox: FirefoxSession,
  instance: Instance,
  fingerprint = instance.certificate.sha1,
): Promise<void> {
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByLabel("Fingerprint").fill(fingerprint);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await until(
    () => bookOf(popup),
    ({ pins }) => pins.some((kept) => kept.fingerprint === fingerprint),
  );
  await popup.close();
}

/** Confirms that a fingerprint was compared elsewhere, because a warning shows it. */
export async function sayCompared(popup: Page): Promise<void> {
  await popup.getByRole("button", { name: "I compared it elsewhere…" }).click();
  const question = popup.getByRole("alertdialog");
  await question.getByRole("checkbox").check();
  await question.getByRole("button", { name: "Pin certificate", exact: true }).click();
}

/** Makes a choice in its two steps: opens the question, and answers it as soon as that is possible. */
export async function choose(page: Page, first: string | RegExp, second: string): Promise<void> {
  await page.getByRole("button", { name: first }).first().click();
  await page.getByRole("alertdialog").getByRole("button", { name: second, exact: true }).click();
}
