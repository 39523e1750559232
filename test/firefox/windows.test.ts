import { rm } from "node:fs/promises";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { selfSigned } from "../lab/authority";
import { openPopup, popupText } from "../lab/popup-panel";
import { closeWindow, openInContainer, openPrivately } from "../lab/windows";
import { EXTENSION_ID, type FirefoxSession, type Session, startFirefox } from "../lab/firefox-session";
import { type Instance, type Lab, startLab } from "../lab/lab";
import { until } from "../lab/until";
import { untilVersionKnown } from "./guarded";
import { bookOf, pin } from "./user";

const MISMATCH = "Latchkey: WARNING, not your Home Assistant’s certificate";
let lab: Lab;
let firefox: FirefoxSession | undefined;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.close();
});
afterEach(async () => {
  await firefox?.close();
  firefox = undefined;
});

/** A separate Firefox, in which the instance was pinned and verified in an ordinary tab. */
async function verified(options: Session = {}): Promise<{ instance: Instance; page: Page; session: FirefoxSession }> {
  const instance = await lab.instance();
  const session = await startFirefox(lab, options);
  firefox = session;
  await pin(session, instance);
  const page = await session.context.newPage();
  const began = Date.now();
  await page.goto(instance.url);
  await session.buttonShows("Latchkey: verified");
  await untilVersionKnown(session, instance, began);
  return { instance, page, session };
}

it("spots an attacker in a private window, and saves nothing of it on disk", async () => {
  const { instance, session } = await verified();
  const insider = await session.extensionPage("popup.html");
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await openPrivately(session.bidi, instance.url);
  await session.buttonShows(MISMATCH);
  await closeWindow(session.bidi);
  expect((await bookOf(insider)).incidents).toEqual([]);
});

it("says in the popup that private windows are not watched if you haven't allowed it", async () => {
  const { session } = await verified({ privateBrowsing: false });
  await openPopup(session.bidi, EXTENSION_ID);
  await until(
    () => popupText(session.bidi),
    (text) => text.includes("Latchkey can’t watch private windows"),
  );
});

it("spots an attacker in a container", async () => {
  const { instance, session } = await verified();
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await openInContainer(session.bidi, instance.url);
  await session.buttonShows(MISMATCH);
});

it("spots an attacker with a self-signed certificate behind a skipped warning page, and names the leaf", async () => {
  const { instance, page, session } = await verified({ ignoreHTTPSErrors: true });
  const attacker = await selfSigned({ names: [instance.host] });
  instance.answerWith(attacker);
  await page.reload();
  await session.buttonShows("Latchkey: WARNING, a certificate error was skipped");
  const insider = await session.extensionPage("popup.html");
  const { incidents } = await until(
    () => bookOf(insider),
    (stored) => stored.incidents.length === 1,
  );
  const [incident] = incidents;
  expect(incident?.samples[0]?.handshake?.leaf.sha1).toBe(attacker.sha1);
});

it("spots an attacker with a certificate for another name that was clicked through", async () => {
  const { instance, page, session } = await verified({ ignoreHTTPSErrors: true });
  instance.answerWith(await lab.authority.issue({ names: ["other.example.net"] }));
  await page.reload();
  await session.buttonShows("Latchkey: WARNING, a certificate error was skipped");
});

it("opens no red warning for the instance's own expired certificate that was clicked through", async () => {
  const { instance, page, session } = await verified({ ignoreHTTPSErrors: true });
  const { keys } = instance.certificate;
  instance.answerWith(await lab.authority.issue({ names: [instance.host], keys, expired: true }));
  await page.reload();
  await session.buttonShows("Latchkey: renewed");
});

it("still shows an open warning after a restart of the browser", async () => {
  const { instance, page, session } = await verified({ keep: true });
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await page.reload();
  await session.buttonShows(MISMATCH);
  const insider = await session.extensionPage("popup.html");
  await until(
    () => bookOf(insider),
    (stored) => stored.incidents.length === 1,
  );
  instance.restore();
  await session.close();
  const again = await startFirefox(lab, { keep: true, profile: session.profile });
  firefox = again;
  const back = await again.context.newPage();
  await back.goto(instance.url);
  await again.buttonShows(MISMATCH);
  await again.close();
  firefox = undefined;
  await rm(session.profile, { recursive: true, force: true });
});

it("pins an own domain in the click that asks for its permission", async () => {
  const session = await startFirefox(lab);
  firefox = session;
  const popup = await session.extensionPage("popup.html");
  await popup.getByLabel("Remote address").fill("ha.example.org:8443");
  await popup.getByLabel("Fingerprint").fill("5f".repeat(20));
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  const { pins } = await until(
    () => bookOf(popup),
    (stored) => stored.pins.length > 0,
  );
  expect(pins[0]).toMatchObject({ hosts: ["ha.example.org:8443"], source: "typed" });
  const granted = await popup.evaluate("browser.permissions.getAll().then(({ origins }) => origins)");
  expect(granted).toContain("*://ha.example.org/*");
});

it("says next to the field what is wrong with the typed text, and keeps the text", async () => {
  const session = await startFirefox(lab);
  firefox = session;
  const popup = await session.extensionPage("popup.html");
  await popup.getByLabel("Remote address").fill("homeassistant.local");
  await popup.getByLabel("Fingerprint").fill("5f2e");
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await popup.getByText("This is an address inside your home.").waitFor();
  await popup.getByLabel("Remote address").fill("abc.ui.nabu.casa");
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await popup.getByRole("alert").waitFor();
  expect(await popup.getByRole("alert").innerText()).toContain("There is no fingerprint in this text.");
  expect(await popup.getByLabel("Fingerprint").inputValue()).toBe("5f2e");
  expect((await bookOf(popup)).pins).toEqual([]);
});
