// Reading the certificate from a local page, in every state that Home Assistant can be in.
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { violationsIn } from "../lab/accessibility";
import type { Issued } from "../lab/authority";
import { closePopup, inPopup, openPopup, popupText, pressInPopup } from "../lab/popup-panel";
import { EXTENSION_ID } from "../lab/firefox-session";
import { instancePage } from "../lab/instance-pages";
import { type Instance, OWN_DOMAIN } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { bookOf } from "./user";

/** Serves Home Assistant's page under its local address, with a status that each test sets. */
let local: Server;
let instance: Instance;
let page: Page;
let status: object;

useBrowser();
beforeAll(async () => {
  local = createServer(answer).listen(0, "127.0.0.1");
  await once(local, "listening");
});
afterAll(() => {
  local.close();
});
beforeEach(async () => {
  instance = await lab.instance();
  page = await firefox.context.newPage();
});
afterEach(async () => {
  await closePopup(firefox.bidi);
  await page.close();
});

/** The part of Home Assistant's page that Latchkey reads: the connection of its root element. */
const answer: RequestListener = (request, response) => {
  if (request.url !== "/") {
    instancePage(request, response);
    return;
  }
  const hass = `{ config: { components: ["cloud"], version: "2026.11.0" }, callWS: async () => (${JSON.stringify(status)}) }`;
  const body = `<!doctype html><title>Home</title><home-assistant></home-assistant>
    <script>document.querySelector("home-assistant").hass = ${hass};</script>`;
  response.writeHead(200, { "Content-Type": "text/html" }).end(body);
};

const statusOf = ({ host }: Instance, certificate: Issued, more: object = {}): object => ({
  logged_in: true,
  remote_domain: host,
  prefs: { remote_enabled: true },
  remote_certificate_status: "ready",
  remote_certificate: {
    fingerprint: certificate.sha1,
    expire_date: new Date(Date.now() + 60 * 24 * 60 * 60 * 1000).toISOString(),
    alternative_names: [host],
  },
  ...more,
});
const untilPopupSays = (words: string): Promise<string> =>
  until(
    () => popupText(firefox.bidi).catch(() => ""), // not there yet
    (text) => text.includes(words),
    15_000,
  );
const readAtHome = async (words: string): Promise<string> => {
  await page.goto(`http://localhost:${String((local.address() as AddressInfo).port)}/`);
  await openPopup(firefox.bidi, EXTENSION_ID);
  return untilPopupSays(words);
};
const pinsOf = async (host: string) =>
  (await bookOf(await firefox.insider())).pins.filter(({ hosts }) => hosts.some((one) => one === host));

describe("a certificate that a local page shows", () => {
  const STATES: [state: string | null, advice: string][] = [
    ["renewal_failed", "Waiting a few minutes doesn’t help: it tries again once a day."],
    ["renewal_generating", "This takes a few minutes."],
    ["domain_validation_failed", "The DNS records of your custom domain are wrong."],
    ["ssl_context_error", "It makes a new certificate with a new key."],
    [null, "Latchkey doesn’t know this status."],
  ];
  it.each(STATES)("is pinned while its status is %s, with advice that fits", async (state, advice) => {
    status = statusOf(instance, instance.certificate, { remote_certificate_status: state });
    const text = await readAtHome("This page shows your Home Assistant’s certificate");
    expect(text).toContain(`Home Assistant’s status for this certificate is “${state ?? "unknown"}”.`);
    expect(text).toContain(advice);
    await pressInPopup(firefox.bidi, "Pin");
    await untilPopupSays("This is your Home Assistant");
    expect(await pinsOf(instance.host)).toMatchObject([{ fingerprint: instance.certificate.sha1, source: "home" }]);
  });

  it("is pinned with remote access switched off, and confirmed when a connection shows it", async () => {
    instance.goOffline();
    status = statusOf(instance, instance.certificate, { prefs: { remote_enabled: false } });
    await readAtHome("Remote access is off. You can pin this certificate now.");
    await pressInPopup(firefox.bidi, "Pin");
    await untilPopupSays("Not confirmed yet: no connection has shown this certificate.");
    instance.restore();
    await page.goto(instance.url);
    await firefox.buttonShows("Latchkey: verified");
    expect((await pinsOf(instance.host))[0]?.confirmed?.spki).toBe(instance.certificate.spki);
  });
});

it.each([
  ["initial_generating", { remote_enabled: true }, "Home Assistant is getting a new certificate."],
  ["initial_cert_error", { remote_enabled: true }, "Waiting a few minutes doesn’t help"],
  ["ready", { remote_enabled: false }, "Remote access is off, and Home Assistant has no certificate for it."],
])("says what to do if there is no certificate: %s, %j", async (state, prefs, advice) => {
  status = statusOf(instance, instance.certificate, {
    remote_certificate: null,
    remote_certificate_status: state,
    prefs,
  });
  const text = await readAtHome(advice);
  expect(text).not.toContain("your Home Assistant’s certificate");
  expect(text).not.toContain("This is your Home Assistant");
  expect(await pinsOf(instance.host)).toEqual([]);
});

const OPEN = "A warning shows this certificate.";
/** A new certificate: seen outside, with an open warning, and shown by a local page. */
async function warnedOf(): Promise<{ old: string; renewed: string }> {
  status = statusOf(instance, instance.certificate);
  await readAtHome("This certificate is not pinned yet.");
  await pressInPopup(firefox.bidi, "Pin");
  await untilPopupSays("This is your Home Assistant");
  await closePopup(firefox.bidi);
  const old = instance.certificate.sha1;
  await instance.renew("new-key");
  status = statusOf(instance, instance.certificate);
  return { old, renewed: instance.certificate.sha1 };
}
const openWarnings = async (): Promise<number> =>
  (await bookOf(await firefox.insider())).incidents.filter(
    ({ address, closed }) => address === instance.host && closed === undefined,
  ).length;
const buttons = async (): Promise<string[]> =>
  z
    .array(z.string())
    .parse(
      await inPopup(
        firefox.bidi,
        "return [...content.document.querySelectorAll('button')].map(({ textContent }) => textContent);",
      ),
    );

describe("a certificate that an open warning shows", () => {
  it("is not pinned by a click if a local page shows it, or by a message", async () => {
    const { old, renewed } = await warnedOf();
    const text = await readAtHome(OPEN);
    expect(text).toContain("This page may come from the attacker as well, so you can’t pin the certificate from here.");
    expect(text).toContain("Connect through another network");
    const offered = await buttons();
    expect(offered.filter((name) => /^Pin(?:, and keep the others)?$/u.test(name))).toEqual([]);
    expect(offered).toContain("Enter the fingerprint");

    const insider = await firefox.insider();
    const pinOf = { hosts: [instance.host], fingerprint: renewed };
    const set = { address: instance.host, fingerprint: renewed, private: false };
    const file = { ...pinOf, source: "home", pinnedAt: new Date().toISOString(), note: "" };
    for (const [type, request, reply] of [
      ["local-page.pin", { ...pinOf, private: false }, "on-warning"],
      ["local-page.pin", { ...pinOf, private: false, replaces: old }, "on-warning"],
      ["local-page.pin", { ...pinOf, private: true }, "on-warning"],
      ["pin.set", set, "on-warning"],
      ["pin.set", { ...set, replaces: old }, "on-warning"],
      ["pin.set", { ...set, fingerprint: instance.certificate.sha256 }, "on-warning"],
      ["pin.set", { ...set, fingerprint: "ab".repeat(32), spki: instance.certificate.spki }, "on-warning"],
      ["pins.import", { pins: [file] }, [instance.host]],
    ]) {
      const message = JSON.stringify({ type, request });
      expect(await insider.evaluate(`browser.runtime.sendMessage(${message})`)).toEqual(reply);
    }
    expect((await pinsOf(instance.host)).map(({ fingerprint }) => fingerprint)).toEqual([old]);
    expect(await openWarnings()).toBe(1);
  });

  it("is pinned with a fingerprint that you read elsewhere, in two steps", async () => {
    const { old, renewed: fingerprint } = await warnedOf();
    await readAtHome(OPEN);
    // The real popup leads to the warning, and to the form below it.
    await pressInPopup(firefox.bidi, "Enter the fingerprint");
    await untilPopupSays("Remote address");
    await closePopup(firefox.bidi);
    const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
    await popup.getByRole("button", { name: "It is also mine, add it…" }).click();
    await popup.getByLabel("Fingerprint").fill(fingerprint);
    await popup.getByRole("button", { name: "Pin", exact: true }).click();
    await popup.getByRole("alert").getByText(OPEN).waitFor();
    expect(await openWarnings()).toBe(1);
    expect(await violationsIn(popup)).toEqual([]);
    await popup.getByRole("button", { name: "I compared it elsewhere…" }).click();
    const question = popup.getByRole("alertdialog");
    const pinIt = question.getByRole("button", { name: "Pin certificate", exact: true });
    // After its lock has ended, it stays disabled until the box is checked.
    await question.getByText("You can choose now.").waitFor();
    expect(await pinIt.isEnabled()).toBe(false);
    expect(await violationsIn(popup)).toEqual([]);
    await question.getByRole("checkbox").check();
    await pinIt.click();
    await popup.getByText("This is your Home Assistant").waitFor();
    await popup.getByText("A warning showed this certificate before you pinned it").waitFor();
    expect((await pinsOf(instance.host)).map((pin) => pin.fingerprint)).toEqual([old, fingerprint]);
    expect(await openWarnings()).toBe(0);
    await popup.close();
  });
});

it("is read under the remote name at home, once the certificate of the server there is pinned", async () => {
  const split = await lab.instance(lab.authority, [OWN_DOMAIN]);
  split.respond = answer;
  const names = { alternative_names: [split.host, OWN_DOMAIN] };
  const statusWith = (certificate: Issued): object => {
    const { remote_certificate: one, ...more } = statusOf(split, certificate) as { remote_certificate: object };
    return { ...more, remote_certificate: { ...one, ...names } };
  };
  status = statusWith(split.certificate);
  const pinOwn = async ({ sha1 }: Issued, note?: string): Promise<void> => {
    const popup = await firefox.extensionPage(`popup.html?address=${OWN_DOMAIN}`);
    await popup.getByLabel("Remote address").fill(OWN_DOMAIN);
    if (note !== undefined) {
      await popup.getByRole("radio", { name: "Keep them: this one is also valid" }).check();
      await popup.getByLabel("Note, for example").fill(note);
    }
    await popup.getByLabel("Fingerprint").fill(sha1);
    await popup.getByRole("button", { name: "Pin", exact: true }).click();
    if (note !== undefined) {
      // A warning shows the certificate, because a server has presented it under the name.
      await popup.getByRole("button", { name: "I compared it elsewhere…" }).click();
      await popup.getByRole("alertdialog").getByRole("checkbox").check();
      await popup.getByRole("alertdialog").getByRole("button", { name: "Pin certificate", exact: true }).click();
    }
    await until(
      () => pinsOf(OWN_DOMAIN),
      (pins) => pins.some(({ fingerprint }) => fingerprint === sha1),
    );
    await popup.close();
  };
  await pinOwn(split.certificate);
  await page.bringToFront();
  await page.goto(`https://${OWN_DOMAIN}/`);
  await firefox.buttonShows("Latchkey: verified");

  // At home, the name leads to a server with its own certificate. Latchkey reads nothing from an unverified page.
  const nginx = await lab.authority.issue({ names: [OWN_DOMAIN] });
  split.answerWith(nginx);
  await page.reload();
  await firefox.buttonShows("Latchkey: WARNING");
  await openPopup(firefox.bidi, EXTENSION_ID);
  expect(await untilPopupSays("an address of a private network")).not.toContain("Shown by this page");
  await closePopup(firefox.bidi);

  await pinOwn(nginx, "NGINX at home");
  await page.bringToFront();
  await page.reload();
  await firefox.buttonShows("Latchkey: verified");
  await openPopup(firefox.bidi, EXTENSION_ID);
  await untilPopupSays("This page shows the certificate that is pinned.");
  await closePopup(firefox.bidi);

  // From here, Latchkey can't compare Home Assistant's own new key, because the other server answers.
  const renewed = await lab.authority.issue({ names: [split.host, OWN_DOMAIN] });
  status = statusWith(renewed);
  await page.reload();
  await openPopup(firefox.bidi, EXTENSION_ID);
  await untilPopupSays("From here, another certificate that you pinned answers");
  await pressInPopup(firefox.bidi, "Pin");
  await until(
    () => pinsOf(OWN_DOMAIN),
    (pins) => pins.length === 3,
  );
  await page.reload();
  await firefox.buttonShows("Latchkey: verified");
});
