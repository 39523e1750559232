// Every answer that the popup can get from a local page, with a real Home Assistant and the real popup panel.
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { allowInPrompt } from "../lab/browser-chrome";
import { closePopup, inPopup, isPopupOpen, openPopup, pressInPopup } from "../lab/popup-panel";
import { EXTENSION_ID } from "../lab/firefox-session";
import { LOCAL_NAME, OWN_DOMAIN } from "../lab/lab";
import { startScreen } from "../lab/screen";
import { until } from "../lab/until";
import { type AtHome, logInLocally, startAtHome } from "./at-home";
import { cloudStatus, IS_OLDEST, type Status } from "./home-assistant";

let home: AtHome;

const end = async (): Promise<void> => {
  await closePopup(home.firefox.bidi);
  await home.end();
};
const current = (): Promise<Status> => cloudStatus(home.instance.certificate, [home.instance.host]);
const pinAtHome = async (): Promise<void> => {
  await home.core.answer(await current());
  await home.readAtHome("This page shows your Home Assistant’s certificate");
  await pressInPopup(home.firefox.bidi, "Pin");
  await home.untilPopupSays("This is your Home Assistant");
  await closePopup(home.firefox.bidi);
};
const readAgain = async (words: string): Promise<void> => {
  await pressInPopup(home.firefox.bidi, "Read from this page");
  await home.untilPopupSays(words);
};

describe("a page that shows no certificate to pin", () => {
  beforeAll(async () => {
    home = await startAtHome();
  });
  afterAll(end);
  afterEach(async () => {
    await closePopup(home.firefox.bidi);
    expect((await home.book()).pins).toEqual([]);
  });

  const REFUSALS: [what: string, status: (current: Status) => Status & { delay?: number }, words: string][] = [
    ["not logged in", (current) => ({ ...current, logged_in: false }), "not logged in to Home Assistant Cloud"],
    [
      "remote access off, and no certificate",
      (current) => ({ ...current, prefs: { ...current.prefs, remote_enabled: false }, remote_certificate: null }),
      "Remote access is off, and Home Assistant has no certificate for it.",
    ],
    ["no remote domain", (current) => ({ ...current, remote_domain: null }), "doesn’t know its remote address"],
    [
      "a first certificate on its way",
      (current) => ({ ...current, remote_certificate_status: "generating", remote_certificate: null }),
      "Home Assistant is getting a new certificate. This takes a few minutes.",
    ],
    [
      "a first certificate that could not be issued",
      (current) => ({ ...current, remote_certificate_status: "initial_cert_error", remote_certificate: null }),
      "Waiting a few minutes doesn’t help",
    ],
    [
      "no certificate",
      (current) => ({ ...current, remote_certificate: null }),
      "Home Assistant has no certificate yet",
    ],
    [
      "a certificate without a digest",
      (current) => ({ ...current, remote_certificate: { fingerprint: 5, expire_date: "soon" } }),
      "Latchkey doesn’t understand this page’s answer",
    ],
    ["an answer that takes too long", (current) => ({ ...current, delay: 20 }), "didn’t answer within ten seconds"],
  ];
  it.each(REFUSALS)("%s", async (_, status, words) => {
    await home.core.answer(status(await current()));
    await home.readAtHome(words);
  });

  it("a page under a name of the certificate", async () => {
    await home.core.answer(await cloudStatus(home.instance.certificate, [home.instance.host, OWN_DOMAIN]));
    await logInLocally(home.local, home.core, OWN_DOMAIN);
    await home.readAtHome("The name of this page is in the certificate itself");
    await logInLocally(home.local, home.core, LOCAL_NAME);
  });

  it("a page of someone else", async () => {
    await home.local.goto(`${home.core.origin}/robots.txt`);
    await home.readAtHome("Your Home Assistant is not open in this tab");
    await readAgain("The page in this tab is not Home Assistant.");
    await closePopup(home.firefox.bidi);
  });

  it("Home Assistant before it has loaded", async () => {
    await home.local.evaluate("document.body.append(document.createElement('home-assistant'))");
    await home.readAtHome("Home Assistant is still loading in this tab");
    await closePopup(home.firefox.bidi);
  });

  it("Home Assistant's login page", async () => {
    await home.local.evaluate("localStorage.clear()");
    await home.local.goto(home.core.origin);
    await home.local.locator("input[name=username]").waitFor();
    await home.readAtHome("Log in to Home Assistant in this tab");
    await closePopup(home.firefox.bidi);
  });

  it("the instance's own page from outside", async () => {
    await home.local.goto(home.instance.url);
    await openPopup(home.firefox.bidi, EXTENSION_ID);
    expect(await home.untilPopupSays(home.instance.host)).not.toContain("Read from this page");
  });
});

it("says if Home Assistant has no cloud integration", async () => {
  home = await startAtHome({ withCloud: false });
  await home.readAtHome("This Home Assistant has no cloud integration");
  await end();
});

describe("a page that shows a certificate", () => {
  beforeAll(async () => {
    home = await startAtHome();
    await pinAtHome();
  });
  afterAll(end);
  afterEach(async () => {
    await closePopup(home.firefox.bidi);
  });

  it("of an old core, without its other names", async () => {
    const status = await current();
    const certificate = { ...(status["remote_certificate"] as object), alternative_names: undefined };
    await home.core.answer({ ...status, remote_certificate: certificate });
    await home.readAtHome("doesn’t show the certificate’s other names");
  });

  it("whose renewal has failed, with what to do about that", async () => {
    await home.core.answer({ ...(await current()), remote_certificate_status: "renewal_failed" });
    const text = await home.readAtHome("Home Assistant’s status for this certificate is “renewal_failed”.");
    expect(text).toContain("This page shows the certificate that is pinned.");
    expect(text).toContain("Waiting a few minutes doesn’t help: it tries again once a day.");
  });

  it("with a new key, which can't be pinned while a warning shows it, until you compare it elsewhere", async () => {
    const { firefox, instance } = home;
    await instance.renew("new-key");
    const outside = await firefox.context.newPage();
    await outside.goto(instance.url);
    await firefox.buttonShows("Latchkey: WARNING");
    await home.core.answer(await current());
    await home.readAtHome("A warning shows this certificate. This page may come from the attacker as well");
    await pressInPopup(firefox.bidi, "Enter the fingerprint");
    await home.untilPopupSays("Remote address");
    await closePopup(firefox.bidi);
    const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
    await popup.getByRole("button", { name: "It is my new certificate…", exact: true }).click();
    await popup.getByLabel("Fingerprint").fill(instance.certificate.sha1);
    await popup.getByRole("button", { name: "Pin", exact: true }).click();
    await popup.getByRole("button", { name: "I compared it elsewhere…" }).click();
    await popup.getByRole("alertdialog").getByRole("checkbox").check();
    await popup.getByRole("alertdialog").getByRole("button", { name: "Pin certificate", exact: true }).click();
    await popup.getByText("This is your Home Assistant").waitFor();
    await popup.close();
    const { pins, incidents, history } = await home.book();
    expect(pins).toMatchObject([{ fingerprint: instance.certificate.sha1, source: "typed", wasOnWarning: true }]);
    expect(incidents).toMatchObject([{ closed: { how: "new-certificate" } }]);
    expect(history.at(-1)?.event).toBe("changed");
    await outside.bringToFront();
    await outside.reload();
    await firefox.buttonShows("Latchkey: verified");
    await outside.close();
  });

  it("that no server presents, while another certificate answers", async () => {
    const { firefox, instance, lab } = home;
    instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
    await home.core.answer(await cloudStatus(await lab.authority.issue({ names: [instance.host] }), [instance.host]));
    await home.readAtHome("Someone may be intercepting the connection");
    await firefox.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
  });

  it("while the remote address can't be reached: the new pin waits while the old one stays", async () => {
    const { instance } = home;
    const old = instance.certificate.sha1;
    await instance.renew("new-key");
    instance.goOffline();
    await home.core.answer(await current());
    await home.readAtHome("Your remote address doesn’t answer, so Latchkey can’t compare it now");
    await pressInPopup(home.firefox.bidi, "Pin");
    const { pins } = await until(home.book, (stored) => stored.pins.length === 2);
    expect(pins.map(({ fingerprint }) => fingerprint)).toEqual([old, instance.certificate.sha1]);
    expect(pins[1]?.confirmed).toBeUndefined();
    instance.restore();
  });
});

it("pins with remote access switched off, and confirms the pin when a connection shows it", async () => {
  home = await startAtHome();
  const { core, firefox, instance } = home;
  instance.goOffline();
  const status = await current();
  await core.answer({
    ...status,
    prefs: { ...status.prefs, remote_enabled: false },
    remote_certificate_status: "loaded",
  });
  await home.readAtHome("Remote access is off. You can pin this certificate now.");
  await pressInPopup(firefox.bidi, "Pin");
  await home.untilPopupSays("Not confirmed yet: no connection has shown this certificate.");
  expect((await home.book()).pins).toMatchObject([{ fingerprint: instance.certificate.sha1, source: "home" }]);
  await closePopup(firefox.bidi);
  instance.restore();
  const outside = await firefox.context.newPage();
  await outside.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  expect((await home.book()).pins[0]?.confirmed?.spki).toBe(instance.certificate.spki);
  await end();
});

/** The way that README names: Settings → Home Assistant Cloud → Remote access, and the button of the dialog there. */
async function openRemoteAccess(local: Page, origin: string): Promise<void> {
  if (IS_OLDEST) {
    await local.goto(`${origin}/config/cloud/account`);
    await local.locator("cloud-remote-pref ha-expansion-panel").first().click();
    await local.locator("cloud-remote-pref").getByText("More info").click();
    return;
  }
  await local.goto(`${origin}/config`);
  await local.getByText("Home Assistant Cloud").first().click();
  await local.getByText("Remote access").first().click();
  await local.locator("cloud-remote-pref").getByText("Certificate information").waitFor();
  await local.locator("cloud-remote-pref").getByRole("button", { name: "More details" }).click();
}

it("pins with the text of Home Assistant's own dialog, pasted whole", async () => {
  home = await startAtHome();
  const { core, firefox, instance, local } = home;
  await core.answer(await current());
  await openRemoteAccess(local, core.origin);
  const dialog = local.locator("dialog-cloud-certificate p");
  await dialog.first().waitFor();
  const text = (await dialog.allInnerTexts()).join("\n\n");
  expect(text).toMatch(/fingerprint.*\n\n/iu);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByLabel("Fingerprint").fill(text);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await popup.getByText("This is your Home Assistant").waitFor();
  expect((await home.book()).pins).toMatchObject([{ fingerprint: instance.certificate.sha1, source: "typed" }]);
  await home.end();
});

it("reads by itself if you want that, and then asks only about a new key", async () => {
  home = await startAtHome();
  const { core, firefox, instance, local } = home;
  await pinAtHome();
  await home.readAtHome("This page shows the certificate that is pinned.");
  await inPopup(firefox.bidi, "press(content.document.querySelector('input[role=switch]'));");
  await until(home.book, ({ localOrigins }) => localOrigins.includes(core.origin));
  await closePopup(firefox.bidi);

  await instance.renew("same-key");
  await core.answer(await current());
  await local.reload();
  await until(home.book, ({ pins }) => pins[0]?.fingerprint === instance.certificate.sha1);

  await home.readAtHome("This page shows the certificate that is pinned.");
  await inPopup(firefox.bidi, "press(content.document.querySelector('input[role=switch]'));");
  await until(home.book, ({ localOrigins }) => localOrigins.length === 0);
  await end();
});

it("pins an own domain through Firefox's own prompt, whose click closes the popup", async () => {
  const screen = await startScreen();
  const prefs = { "extensions.webextOptionalPermissionPrompts": true, "ui.popup.disable_autohide": false };
  home = await startAtHome({ otherNames: [OWN_DOMAIN], session: { prefs, display: screen.display } });
  const { core, firefox, instance } = home;
  await core.answer(await cloudStatus(instance.certificate, [instance.host, OWN_DOMAIN]));
  await home.readAtHome("This page shows your Home Assistant’s certificate");
  await pressInPopup(firefox.bidi, "Pin");
  await allowInPrompt(firefox.bidi);
  await until(
    () => isPopupOpen(firefox.bidi),
    (isOpen) => !isOpen,
  );
  const { pins } = await until(home.book, (stored) => stored.pins[0]?.hosts.length === 2);
  expect(pins).toMatchObject([{ hosts: [instance.host, OWN_DOMAIN], source: "home" }]);
  const outside = await firefox.context.newPage();
  await outside.goto(`https://${OWN_DOMAIN}/`);
  await firefox.buttonShows("Latchkey: verified");
  await home.end();
  await screen.end();
});
