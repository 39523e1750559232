// When a warning opens, what shows it, and what ends it.
import { expect, it } from "vitest";
import { suspendBackground } from "../lab/background";
import { closeWindow, openInWindow } from "../lab/windows";
import { EXTENSION_ID } from "../lab/firefox-session";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { bookOf, pin, sayCompared } from "./user";
import {
  incidentsAt,
  insider,
  MISMATCH,
  notifications,
  openVerified,
  otherKey,
  useInsider,
  VERIFIED,
} from "./verified";

useBrowser();
useInsider();

it("opens one warning with one notification for an attacker with a new leaf on every connection", async () => {
  const { instance, page } = await openVerified();
  for (let index = 0; index < 4; index++) {
    instance.answerWith(await otherKey(instance));
    await page.reload();
  }
  const [incident] = await until(
    () => incidentsAt(instance),
    ([only]) => (only?.count ?? 0) >= 4,
  );
  expect(incident?.samples[0]?.chain[0]).toMatch(/^MII/u);
  expect(await incidentsAt(instance)).toHaveLength(1);
  await until(
    () => notifications(instance),
    (count) => count === 1,
  );
  await page.close();
});

it("calls another leaf a mismatch while no connection has confirmed the pin", async () => {
  const instance = await lab.instance();
  const { sha1 } = instance.certificate;
  await instance.renew("same-key");
  await pin(firefox, instance, sha1);
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  // The root isn't a confirmed pin's and isn't built in: that matters more than the mismatch.
  await firefox.buttonShows("Latchkey: WARNING, intercepted by Latchkey test authority");
  await page.close();
});

it("shows red in both tabs of an instance if one was attacked", async () => {
  const { instance, page } = await openVerified();
  const other = await firefox.context.newPage();
  await other.goto(instance.url);
  await firefox.buttonShows(VERIFIED);
  instance.answerWith(await otherKey(instance));
  await other.reload();
  await firefox.buttonShows(MISMATCH);
  await page.bringToFront();
  await firefox.buttonShows(MISMATCH);
  await page.close();
  await other.close();
});

it("shows red in both windows if one was attacked", async () => {
  const { instance, page } = await openVerified();
  instance.answerWith(await otherKey(instance));
  await openInWindow(firefox.bidi, instance.url);
  // Until the page loads, the button may still be red from an earlier row's warning.
  await until(
    () => incidentsAt(instance),
    (all) => all.length === 1,
  );
  await firefox.buttonShows(MISMATCH);
  await closeWindow(firefox.bidi);
  await page.bringToFront();
  await firefox.buttonShows(MISMATCH);
  expect(await incidentsAt(instance)).toHaveLength(1);
  await page.close();
});

it("says that its saved data is damaged, keeps the bytes, and shows nothing as safe", async () => {
  const { instance, page } = await openVerified();
  await insider.evaluate(
    "browser.storage.local.get('book').then((kept) => { globalThis.kept = kept; return browser.storage.local.set({ book: { version: 1, pins: 'torn' } }); })",
  );
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.reload();
  await firefox.buttonShows("Latchkey: not checked, saved data damaged");
  expect(await bookOf(insider)).toEqual({ version: 1, pins: "torn" });
  await insider.evaluate("browser.storage.local.set(globalThis.kept).then(() => 1)");
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await page.reload();
  await firefox.buttonShows(VERIFIED);
  expect(await incidentsAt(instance)).toEqual([]);
  await page.close();
});

it("closes the warning when you pin a fingerprint that you compared at home", async () => {
  const { instance, page } = await openVerified();
  await instance.renew("new-key");
  await page.reload();
  await firefox.buttonShows(MISMATCH);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByRole("button", { name: "It is my new certificate…" }).click();
  await popup.getByLabel("Fingerprint").fill(instance.certificate.sha256);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await sayCompared(popup);
  await page.bringToFront();
  await firefox.buttonShows(VERIFIED);
  await popup.close();
  await page.close();
});
