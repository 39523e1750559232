// The public list of advisories, read only with your consent, from a stand-in for osv.dev under its name.
import type { Page } from "playwright";
import { beforeAll, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { osvRecord } from "../lab/advisory-service";
import { CURRENT, SILENT, version } from "../lab/announcements";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { pin } from "./user";

let instance: Instance;
let options: Page;

useBrowser();
beforeAll(async () => {
  instance = await lab.instance();
  instance.announce = version("2021.1.5");
  await pin(firefox, instance);
  options = await firefox.extensionPage("options.html");
  await options.getByText(`${instance.host} runs Home Assistant 2021.1.5`).waitFor();
});

const OPENS = [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }];
const consent = () => options.getByRole("switch", { name: "Ask osv.dev once a day" });
const popup = (): Promise<Page> => firefox.extensionPage(`popup.html?address=${instance.host}`);

/**
 * Makes the list a day older, so that the alarm wakes the background. If an open page woke the background a moment too
 * early, it still has the old time. Then this suspends it again.
 */
async function nextDay(): Promise<void> {
  const { length } = lab.advisories.asked;
  const isAsked = (count: number): boolean => count > length;
  const ring = async (): Promise<number> => {
    await suspendBackground(firefox.bidi, EXTENSION_ID);
    await options.evaluate(`(async () => {
      const { versions } = await browser.storage.local.get("versions");
      versions.feed.tried = 0;
      await browser.storage.local.set({ versions });
      browser.alarms.create("versions", { when: Date.now() });
    })()`);
    return until(() => lab.advisories.asked.length, isAsked, 3000).catch(() => length);
  };
  await until(ring, isAsked, 20_000);
}

it("asks nothing without your consent, and with it only for the word homeassistant, page by page", async () => {
  lab.advisories.records = [
    osvRecord("GHSA-aaaa-aaaa-aaaa", "2026.12.1"),
    osvRecord("GHSA-bbbb-bbbb-bbbb", "2020.1.0"),
    osvRecord("GHSA-cccc-cccc-cccc", "one of these days"),
    osvRecord("PYSEC-2023-1", "2023.3.2", { aliases: ["CVE-2023-27482"] }),
    osvRecord("GHSA-dddd-dddd-dddd", "2026.12.1", { withdrawn: "2026-11-21T00:00:00Z" }),
  ];
  expect(lab.advisories.asked).toEqual([]);
  await consent().check();
  await options.getByText("Last answer:").waitFor();
  await options.getByText("with 4 known vulnerabilities.").waitFor();
  await options.getByText("couldn’t read 1 of them").waitFor();
  const query = { package: { ecosystem: "PyPI", name: "homeassistant" } };
  expect(lab.advisories.asked.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    query,
    { ...query, page_token: "2" },
    { ...query, page_token: "4" },
  ]);
  for (const { headers } of lab.advisories.asked)
    for (const name of ["cookie", "authorization", "referer"]) expect(headers[name]).toBeUndefined();
  const page = await popup();
  await page.getByRole("definition").getByText("2021.1.5, 17 known vulnerabilities").waitFor();
  await page.getByText("Show all 17 known vulnerabilities").click();
  await page.getByRole("link", { name: "GHSA-aaaa-aaaa-aaaa" }).waitFor();
  expect(await page.getByText("GHSA-dddd-dddd-dddd").count()).toBe(0);
  await page.close();
  expect(await violationsIn(options)).toEqual([]);
});

it("is not asked again the same day", async () => {
  const { length } = lab.advisories.asked;
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await options.evaluate('browser.alarms.create("versions", { when: Date.now() })');
  const alarm = `browser.alarms.get("versions").then((alarm) => alarm?.periodInMinutes)`;
  await until(
    () => options.evaluate(alarm),
    (period) => period === 60, // the background is awake, and has set it again
  );
  const page = await popup();
  await page.getByRole("definition").getByText("2021.1.5").waitFor();
  await page.close();
  expect(lab.advisories.asked).toHaveLength(length);
});

const FAILURES = [
  ["refuse", "osv.dev refused to answer."],
  ["malformed", "Latchkey doesn’t understand the answer."],
  ["too-large", "The answer was too large."],
  ["hang-up", "Latchkey couldn’t reach osv.dev."],
] as const;
it.each(FAILURES)("keeps the last good answer if the list fails: %s", async (mode, words) => {
  lab.advisories.mode = mode;
  await nextDay();
  await options.getByText("The last query failed.").waitFor();
  await options.getByText(words, { exact: true }).waitFor();
  await options.getByText("with 4 known vulnerabilities.").waitFor();
  lab.advisories.mode = "answer";
});

it("rejects an answer without any advisory", async () => {
  const { records } = lab.advisories;
  lab.advisories.records = [];
  await nextDay();
  await options.getByText("Latchkey couldn’t read anything in the answer.").waitFor();
  await options.getByText("with 4 known vulnerabilities.").waitFor();
  lab.advisories.records = records;
});

it("switches a disabled protection on again for a new advisory, names it, and notifies you", async () => {
  const page = await popup();
  await page.getByRole("switch", { name: "Guard" }).check();
  const tab = await firefox.context.newPage();
  await tab.goto(instance.url).catch(() => undefined);
  await tab.getByRole("button", { name: "I can’t update now" }).click();
  await tab.getByRole("checkbox").check();
  await tab.getByRole("button", { name: "Disable the protection" }).click();
  await page.getByText("You disabled this protection at your own risk").waitFor();
  await until(
    () => tab.url(),
    (url) => url === instance.url,
  );

  lab.advisories.records = [
    ...lab.advisories.records,
    osvRecord("GHSA-eeee-eeee-eeee", "2026.12.1", { severity: OPENS }),
  ];
  await nextDay();
  await page.getByText("so Guard blocks your remote address in this browser until you update").waitFor();
  await tab.reload().catch(() => undefined);
  await tab.getByText("It is on again because of new vulnerabilities: GHSA-eeee-eeee-eeee.").waitFor();
  await tab.getByRole("link", { name: "GHSA-eeee-eeee-eeee" }).waitFor();
  await options.getByText("on again by itself, because of GHSA-eeee-eeee-eeee").waitFor();
  const texts = await page.evaluate(
    `browser.notifications.getAll().then((all) => JSON.stringify(all["version ${instance.host}"]))`,
  );
  expect(texts).toContain("Summary of GHSA-eeee-eeee-eeee");
  await tab.close();
  await page.close();
});

it("drops advisories that only the list had when you withdraw your consent, and keeps those that came with Latchkey", async () => {
  await consent().uncheck();
  const page = await popup();
  await page.getByRole("definition").getByText("2021.1.5, 16 known vulnerabilities").waitFor();
  await page.close();
  expect(await options.evaluate(`browser.permissions.contains({ origins: ["https://api.osv.dev/*"] })`)).toBe(false);
});

it("stops asking once Firefox's permission is gone, even if the switch is on", async () => {
  await consent().check();
  await options.getByText("Last answer:").waitFor();
  const { length } = lab.advisories.asked;
  await options.evaluate(`browser.permissions.remove({ origins: ["https://api.osv.dev/*"] })`);
  await until(
    () => consent().isChecked(),
    (isOn) => !isOn,
  );
  expect(lab.advisories.asked).toHaveLength(length);
});

it("says that its saved versions are damaged, and asks the instance again: a block comes back, and none is made", async () => {
  instance.announce = SILENT;
  await options.evaluate('browser.storage.local.set({ versions: "torn" })');
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  const shown = await popup();
  await shown.getByText("Latchkey can’t read what it saved about Home Assistant’s version.").waitFor();
  await shown.getByText("reported no version").waitFor();
  instance.announce = version("2021.1.5");
  await shown.getByRole("button", { name: "Check now" }).click();
  await shown.getByText("so Guard blocks your remote address in this browser until you update").waitFor();
  await shown.close();
  await options.getByText("saved data about versions was damaged").waitFor();
  const tab = await firefox.context.newPage();
  await until(
    async () => {
      await tab.goto(instance.url).catch(() => undefined);
      return tab.url();
    },
    (url) => url.includes("blocked.html"),
  );
  instance.announce = version(CURRENT);
  await tab.getByRole("button", { name: "I have updated: check again" }).click();
  await until(
    () => tab.url(),
    (url) => url === instance.url,
  );
  await tab.close();
});
