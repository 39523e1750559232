import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { setPreference } from "../lab/browser-chrome";
import { firefox, lab } from "./browser";
import { agree, issuancesOf, logs, press, service, untilHeading, useLogMonitoring } from "./log-monitoring";

const DAY = 24 * 60 * 60 * 1000;

useLogMonitoring();
afterEach(async () => {
  for (const page of firefox.context.pages().slice(1)) await page.close();
});

describe("with ten thousand certificates", () => {
  it("shows the list soon, and stays responsive", async () => {
    const { instance, record } = await service.watched(firefox);
    const { host } = instance;
    await agree(record);
    await untilHeading(record, "No other certificate found");
    const [one] = await issuancesOf(record, host);
    await record.evaluate(`(async () => {
      const one = ${JSON.stringify(one)};
      const issuances = Array.from({ length: 10000 }, (_, index) => {
        const digest = index.toString(16).padStart(64, "0");
        const { der, ...rest } = one;
        return { ...(index < 300 ? one : rest), id: String(index), tbs: digest, sha256: digest, spki: index === 7000 ? "X".repeat(43) + "=" : one.spki, notBefore: one.notBefore - index * 60000 };
      });
      await browser.storage.local.set({ ["record ${host}"]: { version: 1, issuances } });
    })()`);
    const url = record.url();
    await record.close();
    const page = await firefox.context.newPage();
    const showsAfter = async (address: string, text: string): Promise<number> => {
      const began = Date.now();
      await page.goto(address);
      await page.getByText(text).waitFor();
      return Date.now() - began;
    };
    // Measures another instance's page, which shows only its switch: the time that this machine needs for any page.
    const least = await showsAfter(url.replace(host, "none.ui.nabu.casa"), "Search the logs once a day");
    const shown = await showsAfter(url, "Showing 100 of 10,000 certificates, those that are not yours first");
    // From the click to the frame that shows it.
    const more = await page.evaluate<number>(`new Promise((done) => {
      const [button] = [...document.querySelectorAll("button")].filter((one) => one.textContent === "Show more");
      const began = performance.now();
      button.click();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    })`);
    const figures = [
      `shown after ${String(shown)} ms`,
      `100 more after ${more.toFixed(0)} ms`,
      `no certificate ${String(least)} ms`,
    ];
    console.log(`10,000 certificates: ${figures.join(", ")}`);
    // It takes a second on idle cores, which may be busy. Comparing or drawing all certificates takes a hundred times
    // longer.
    expect(shown).toBeLessThan(20 * Math.max(least, 100));
    expect(more).toBeLessThan(shown);
    await page.getByText("Showing 200 of 10,000 certificates").waitFor();
  });
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  beforeAll(async () => {
    await setPreference(firefox.bidi, "layout.css.prefers-color-scheme.content-override", theme === "dark" ? 0 : 1);
  });

  it("is accessible: off, clean, with certificates to review, with a foreign one, and failed", async () => {
    const { instance, record } = await service.watched(firefox);
    await untilHeading(record, "Log monitoring is off");
    expect(await violationsIn(record)).toEqual([]);
    await agree(record);
    await untilHeading(record, "No other certificate found");
    expect(await violationsIn(record)).toEqual([]);
    await logs.issue(lab.publicAuthority, { names: [instance.host], from: new Date(Date.now() - 60 * DAY) });
    await logs.issue(lab.publicAuthority, { names: ["*.ui.nabu.casa"] });
    await press(record, "Check now");
    await untilHeading(record, "The logs list certificates from before you pinned");
    expect(await violationsIn(record)).toEqual([]);
    await logs.issue(lab.otherAuthority, { names: [instance.host], from: new Date(Date.now() + 1000) });
    await press(record, "Check now");
    await untilHeading(record, "The logs list a certificate that is not yours");
    await press(record, "Details");
    await record.getByText("BEGIN CERTIFICATE").waitFor();
    expect(await violationsIn(record)).toEqual([]);
    logs.failure = { kind: "status", status: 502 };
    await press(record, "Check now");
    await record.getByText("The service answered with error 502").waitFor();
    expect(await violationsIn(record)).toEqual([]);
  });
});
