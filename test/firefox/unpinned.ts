// An instance that isn't pinned yet. Firefox accepts its certificate like any other, so there is no reason to warn.
import type { Page } from "playwright";
import type { Instance } from "../lab/lab";
import { type BrowserOptions, firefox, lab, startBrowser } from "./browser";
import { type OpenInstance, turnOn } from "./guarded";
import { pin } from "./user";

export async function startUnpinned({ prefs = {}, ...options }: BrowserOptions = {}): Promise<OpenInstance> {
  await startBrowser({ ...options, prefs: { "security.pki.certificate_transparency.mode": 0, ...prefs } });
  return { instance: await lab.instance(lab.publicAuthority), page: await firefox.context.newPage() };
}

/** Pins as the user does, and switches Guard on. */
export async function pinAndGuard(instance: Instance, page: Page, isCleared = false): Promise<void> {
  await pin(firefox, instance);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("This is your Home Assistant").waitFor();
  await turnOn(firefox, popup);
  if (isCleared) {
    await popup.getByRole("button", { name: "Clear", exact: true }).click();
    await popup.getByText("Cleared.", { exact: true }).waitFor();
  }
  await popup.close();
  await page.bringToFront();
}

/** Ends the attack on the instance's own connections. What the attacker left elsewhere stays. */
export function leave(instance: Instance): void {
  instance.attacker = undefined;
  instance.dropConnections();
}

/** What the attacker gets, without Guard and with it. */
export const WAYS: [way: string, isGuarded: boolean][] = [
  ["gets a secret if the instance is only watched", false],
  ["gets nothing under Guard", true],
];
