// From the local page to the pin and through an instance's life, with a real Home Assistant.
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { closePopup, pressInPopup } from "../lab/popup-panel";
import { until } from "../lab/until";
import { type AtHome, logInRemotely, startAtHome, untilDashboard } from "./at-home";
import { cloudStatus, MINUTES } from "./home-assistant";

let home: AtHome;
let remote: Page;

beforeAll(async () => {
  home = await startAtHome();
});
afterAll(async () => {
  await home.end();
});

it("says what is missing while the instance is not logged in to the cloud", async () => {
  await home.readAtHome("This Home Assistant is not logged in to Home Assistant Cloud.");
  await closePopup(home.firefox.bidi);
});

it("pins in two clicks from the local page, and saves nothing else of it", async () => {
  const { core, firefox, instance } = home;
  await core.answer(await cloudStatus(instance.certificate, [instance.host]));
  await home.readAtHome("This page shows your Home Assistant’s certificate");
  await pressInPopup(firefox.bidi, "Pin");
  await home.untilPopupSays("This is your Home Assistant");
  await closePopup(firefox.bidi);
  expect((await home.book()).pins).toMatchObject([
    { hosts: [instance.host], fingerprint: instance.certificate.sha1, source: "home" },
  ]);
  const insider = await firefox.extensionPage("popup.html");
  const stored = JSON.stringify(
    await insider.evaluate("Promise.all([browser.storage.local.get(), browser.storage.session.get()])"),
  );
  await insider.close();
  const { access_token, refresh_token } = core.tokens;
  expect(stored).toContain(instance.certificate.sha1);
  for (const secret of [access_token, refresh_token, "tester@example.org"]) expect(stored).not.toContain(secret);
});

it("verifies the remote address through its real login and minutes of use, without a warning", async () => {
  const { firefox, instance } = home;
  remote = await logInRemotely(home);
  const end = Date.now() + MINUTES * 60_000;
  do {
    await remote.reload({ waitUntil: "commit" }); // the page moves on by itself, which "load" may miss
    await untilDashboard(remote);
    await firefox.buttonShows("Latchkey: verified");
  } while (Date.now() < end);
  expect(instance.received.some(({ method, path }) => method === "POST" && path === "/auth/token")).toBe(true);
  expect((await home.book()).incidents).toEqual([]);
});

it("takes a renewal quietly, outside and at home", async () => {
  const { core, firefox, instance } = home;
  await instance.renew("same-key");
  await remote.bringToFront();
  await remote.reload({ waitUntil: "commit" });
  await firefox.buttonShows("Latchkey: renewed");
  await core.answer(await cloudStatus(instance.certificate, [instance.host]));
  await home.readAtHome("Your Home Assistant has renewed its certificate with the same key.");
  await closePopup(firefox.bidi);
  await until(home.book, ({ pins }) => pins[0]?.fingerprint === instance.certificate.sha1);
  expect((await home.book()).incidents).toEqual([]);
});

it("spots an attacker who passes everything on, behind a page from the real service worker", async () => {
  const { firefox, instance, lab } = home;
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await remote.bringToFront();
  await remote.reload({ waitUntil: "commit" });
  await firefox.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
  expect(await home.book()).toMatchObject({ incidents: [{ address: instance.host }] });
});
