// The instance's version: how Latchkey asks for it over real WebSockets, and how Guard handles an insecure one.
import type { Page } from "playwright";
import { describe, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { type Announcement, BINARY, CLOSING, CURRENT, GARBAGE, HUGE, SILENT, version } from "../lab/announcements";
import { attack, type Strategy } from "../lab/attacker";
import { SOCKET_PATH } from "../../src/core/probe/probe";
import { NAIVE } from "../lab/strategies";
import { setPreference } from "../lab/browser-chrome";
import { type Instance, LOCAL_NAME } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, popupOf, useBrowser } from "./browser";
import { untilArrived } from "./guarded";
import { pin } from "./user";

useBrowser();

/** A pinned instance with this announcement, which Latchkey has already asked for. */
async function instanced(announce: Announcement): Promise<Instance> {
  const instance = await lab.instance();
  instance.announce = announce;
  await pin(firefox, instance);
  await until(
    () => asked(instance),
    (count) => count === 1,
  );
  return instance;
}

/** How often Latchkey asked for its version, or for any WebSocket. */
const asked = ({ received }: Instance): number => received.filter(({ path }) => path.startsWith(SOCKET_PATH)).length;

async function guarded(announce: Announcement): Promise<Instance> {
  const instance = await instanced(announce);
  const popup = await popupOf(instance);
  await popup.getByRole("switch", { name: "Guard" }).check();
  await popup.close();
  return instance;
}

async function open({ url }: Instance, where: RegExp): Promise<Page> {
  const page = await firefox.context.newPage();
  await page.goto(url).catch(() => undefined);
  await untilArrived(page, where);
  return page;
}
/** Checks that nothing is blocked at home. */
async function openLocally(): Promise<void> {
  const local = await firefox.context.newPage();
  await local.goto(`http://${LOCAL_NAME}/`);
  await local.getByRole("heading", { name: "Instance" }).waitFor();
  await local.close();
}

const BLOCKED = /blocked\.html/u;
const ARRIVED = /ui\.nabu\.casa\/$/u;
const notified = async (page: Page, { host }: Instance): Promise<boolean> =>
  (await page.evaluate(`browser.notifications.getAll().then((all) => "version ${host}" in all)`)) === true;

const ANNOUNCED: [what: string, announce: Announcement, row: string, title: string][] = [
  ["2021.1.4", version("2021.1.4"), "2021.1.4, 17 known vulnerabilities", ", insecure version 2021.1.4"],
  ["2021.1.5", version("2021.1.5"), "2021.1.5, 16 known vulnerabilities", ", insecure version 2021.1.5"],
  [
    "a version that warns only",
    version("2024.3.3"),
    "2024.3.3, 7 known vulnerabilities",
    ", insecure version 2024.3.3",
  ],
  ["a current version", version(CURRENT), `${CURRENT}, no known vulnerability`, ""],
  ["a version of another kind", version("next one"), "next one, which Latchkey doesn’t understand", ""],
  ["garbage", GARBAGE, "reported something that is no version", ""],
  ["bytes", BINARY, "reported something that is no version", ""],
  ["a frame of 10 MB", HUGE, "reported something that is no version", ""],
  ["a close at once", CLOSING, "reported no version", ""],
  ["nothing", SILENT, "reported no version", ""],
];
it.each(ANNOUNCED)("reads an instance's announcement: %s", async (_, announce, row, title) => {
  const instance = await instanced(announce);
  const popup = await popupOf(instance);
  await popup.getByRole("definition").getByText(row, { exact: true }).waitFor();
  // Within half of the time after which Home Assistant complains, and without a message from Latchkey.
  await until(
    () => instance.openSockets,
    (count) => count === 0,
    6000,
  );
  expect(instance.heard).toEqual([]);
  const page = await open(instance, ARRIVED);
  const buttonState = await firefox.buttonShows("Latchkey: verified");
  await until(firefox.button, (shown) => shown.title === `Latchkey: verified${title}`);
  expect(buttonState.badge).toBe("");
  expect(await notified(popup, instance)).toBe(row.startsWith("2021"));
  await page.close();
  await popup.close();
});

it("asks once, once more after a renewal, and whenever you want", async () => {
  const instance = await instanced(version(CURRENT));
  const page = await open(instance, ARRIVED);
  await page.reload();
  await firefox.buttonShows("Latchkey: verified");
  expect(asked(instance)).toBe(1);
  await instance.renew("same-key");
  await page.reload();
  await until(
    () => asked(instance),
    (count) => count === 2,
  );
  instance.announce = version("2024.3.3");
  const popup = await popupOf(instance);
  await popup.getByRole("button", { name: "Check now" }).click();
  await popup.getByRole("definition").getByText("2024.3.3").waitFor();
  expect(asked(instance)).toBe(3);
  await popup.close();
  await page.close();
});

describe("with an attacker on the path", () => {
  /** Passes the probe, and takes the WebSocket after it. */
  const SECOND: Strategy = ({ relay, take }) => {
    let count = 0;
    return {
      onConnection: (socket) => {
        if (count++ === 0) relay(socket);
        else take(socket);
      },
    };
  };

  it.each([
    ["who takes everything: Latchkey doesn't even ask", NAIVE, 0],
    ["who takes the connection after the probe: Latchkey asks, and ignores the answer", SECOND, 1],
  ])("%s", async (_, strategy, questions) => {
    const instance = await instanced(version(CURRENT));
    const popup = await popupOf(instance);
    await popup.getByRole("definition").getByText(CURRENT).waitFor();
    const loot = await attack(lab, instance, strategy);
    await popup.getByRole("button", { name: "Check now" }).click();
    await popup.getByRole("heading", { name: "This is not your Home Assistant’s certificate" }).waitFor();
    const failure = `browser.storage.local.get("versions").then(({ versions }) =>
      versions.asked.find(({ address }) => address === "${instance.host}").untold)`;
    await until(
      () => popup.evaluate(failure),
      (why) => why === "version-not-checked",
    );
    const kept = `browser.storage.local.get("versions").then(({ versions }) =>
      versions.seen.filter(({ address }) => address === "${instance.host}").map(({ text }) => text))`;
    expect(await popup.evaluate(kept)).toEqual([CURRENT]);
    expect(loot.questions()).toBe(questions);
    expect(asked(instance)).toBe(1);
    await popup.getByRole("definition").getByText(`${CURRENT}, no known vulnerability`).waitFor();
    await popup.close();
  });
});

describe("under Guard", () => {
  it("closes remote access to a version that anyone could open, until it is updated", async () => {
    const instance = await guarded(version("2021.1.4"));
    instance.received.length = 0;
    const page = await open(instance, BLOCKED);
    await page
      .getByRole("heading", { name: "Remote access is blocked: Home Assistant 2021.1.4 is not safe" })
      .waitFor();
    await page.getByText("Version 2026.7.0 fixes all of them.").waitFor();
    await page.getByRole("link", { name: "NABUCASA-2021-01-23" }).waitFor();
    await page.getByRole("link", { name: "CVE-2023-27482" }).waitFor();
    await openLocally();
    const popup = await popupOf(instance);
    await popup.getByText("so Guard blocks your remote address in this browser until you update").waitFor();
    expect(instance.received.filter(({ path }) => !path.includes("latchkey="))).toEqual([]);
    await popup.close();

    const again = page.getByRole("button", { name: "I have updated: check again" });
    await again.click();
    await until(
      () => asked(instance),
      (count) => count === 1,
    );
    await untilArrived(page, BLOCKED);
    instance.announce = version(CURRENT);
    await again.click();
    await untilArrived(page, ARRIVED);
    await until(firefox.button, ({ title }) => title === "Latchkey: verified");
    await page.close();
  });

  it("doesn't block a version whose vulnerabilities only warn", async () => {
    const instance = await guarded(version("2024.3.3"));
    await (await open(instance, ARRIVED)).close();
  });

  it("opens at your own risk only after a deliberate step, which you can take back", async () => {
    const instance = await guarded(version("2021.1.5"));
    const page = await open(instance, BLOCKED);
    expect(await page.getByRole("button", { name: "Open anyway, this once" }).count()).toBe(0);
    await page.getByRole("button", { name: "I can’t update now" }).click();
    const disable = page.getByRole("button", { name: "Disable the protection" });
    expect(await disable.isDisabled()).toBe(true);
    await page.getByRole("checkbox").check();
    await disable.click();
    await untilArrived(page, ARRIVED);
    await until(firefox.button, ({ title }) => title === "Latchkey: verified, insecure version 2021.1.5");
    const popup = await popupOf(instance);
    await popup.getByText("You disabled this protection at your own risk on").waitFor();
    await popup.getByRole("button", { name: "Protect again" }).click();
    await popup.getByText("so Guard blocks your remote address in this browser until you update").waitFor();
    const options = await firefox.extensionPage("options.html");
    await options.getByText(`you disabled the protection against version 2021.1.5 of ${instance.host}`).waitFor();
    await options
      .getByText(`you turned the protection against version 2021.1.5 of ${instance.host} on again`)
      .waitFor();
    await options.close();
    await popup.close();
    await (await open(instance, BLOCKED)).close();
    await page.close();
  });

  it("closes again by itself for another version", async () => {
    const instance = await guarded(version("2021.1.5"));
    const page = await open(instance, BLOCKED);
    await page.getByRole("button", { name: "I can’t update now" }).click();
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Disable the protection" }).click();
    await untilArrived(page, ARRIVED);
    instance.announce = version("2021.1.4");
    const popup = await popupOf(instance);
    await popup.getByRole("button", { name: "Check now" }).click();
    await popup.getByText("so Guard blocks your remote address in this browser until you update").waitFor();
    await popup.close();
    await page.reload().catch(() => undefined);
    await page.getByText("It is on again because of new vulnerabilities: NABUCASA-2021-01-23.").waitFor();
    await page.close();
  });
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  it("is accessible: popup, blocked page, and the override", async () => {
    await setPreference(firefox.bidi, "layout.css.prefers-color-scheme.content-override", theme === "dark" ? 0 : 1);
    const instance = await guarded(version("2021.1.5"));
    const popup = await popupOf(instance);
    await popup.getByText("Show all 16 known vulnerabilities").click();
    expect(await violationsIn(popup)).toEqual([]);
    const page = await open(instance, BLOCKED);
    await page.getByText("Show 15 other known vulnerabilities").click();
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole("button", { name: "I can’t update now" }).click();
    await page.getByRole("checkbox").waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await page.close();
    await popup.close();
  });
});
