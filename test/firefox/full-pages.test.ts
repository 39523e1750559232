// The pages with hundreds of instances and warnings and thousands of changes: what they draw stays bounded, and so does
// what they draw again after a change. Nothing here measures time: `npm run bench` does that.
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Entry } from "../../src/core/pin/history";
import { violationsIn } from "../lab/accessibility";
import { untilDownloaded } from "../lab/browser-chrome";
import { until } from "../lab/until";
import { closeTabs, firefox, useBrowser } from "./browser";
import { addressOf, fill, fingerprintOf, FULL, writeNote } from "./full-profile";
import { call } from "./insider";
import { bookOf, choose } from "./user";

/** Elements of a page, and its height in CSS pixels. */
const SIZE = z.object({ elements: z.number(), height: z.number() });
const sizeOf = async (page: Page): Promise<z.infer<typeof SIZE>> =>
  SIZE.parse(
    await page.evaluate(
      "({ elements: document.querySelectorAll('*').length, height: document.documentElement.scrollHeight })",
    ),
  );

/** Counts the nodes that are added to the page or removed from it from now on. */
const watchNodes = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    globalThis.changedNodes = 0;
    new MutationObserver((records) => {
      for (const { addedNodes, removedNodes } of records) changedNodes += addedNodes.length + removedNodes.length;
    }).observe(document.querySelector('main'), { childList: true, subtree: true });
  })()`);
const changedNodes = (page: Page): Promise<unknown> => page.evaluate("changedNodes");

const buttonIn = (page: Page, group: string, name: string): Locator =>
  page.getByRole("navigation", { name: group }).getByRole("button", { name, exact: true });
const untilRange = (page: Page, group: string, range: string): Promise<void> =>
  page.getByRole("navigation", { name: group }).getByText(range, { exact: true }).waitFor();
/** The text of the element that has the focus. */
const focused = (page: Page): Promise<unknown> => page.evaluate("document.activeElement.textContent");

useBrowser();
beforeAll(() => fill(firefox, FULL));
beforeEach(closeTabs);

const PAGES: [page: string, path: string, shows: string, elements: number, height: number][] = [
  ["the options", "options.html", addressOf(0), 1500, 12_000],
  ["the warnings", "incidents.html", "Warnings", 300, 4_000],
  ["the popup", `popup.html?address=${addressOf(0)}`, "Show 147 more warnings", 120, 1_500],
];
it.each(PAGES)("draws no more than a user can read through: %s", async (_, path, shows, elements, height) => {
  const page = await firefox.extensionPage(path);
  await page.getByText(shows).first().waitFor();
  const size = await sizeOf(page);
  expect(size.elements).toBeLessThan(elements);
  expect(size.height).toBeLessThan(height);
  expect(await violationsIn(page)).toEqual([]);
});

describe("a page of pins", () => {
  let options: Page;
  beforeEach(async () => {
    options = await firefox.extensionPage("options.html");
    await untilRange(options, "Pages of pins", "1–20 of 500");
  });

  it("leads to the others by keyboard, and keeps the focus at both ends", async () => {
    await buttonIn(options, "Pages of pins", "Next").focus();
    await options.keyboard.press("Enter");
    await untilRange(options, "Pages of pins", "21–40 of 500");
    await options.keyboard.press("Space");
    await untilRange(options, "Pages of pins", "41–60 of 500");
    await options.getByText(addressOf(40), { exact: true }).waitFor();
    expect(await options.getByText(addressOf(20), { exact: true }).count()).toBe(0);
    expect(await focused(options)).toBe("Next");
    await options.keyboard.press("Tab");
    await options.keyboard.press("Enter");
    await untilRange(options, "Pages of pins", "481–500 of 500");
    await options.keyboard.press("Enter");
    expect(await focused(options)).toBe("Last");
    await buttonIn(options, "Pages of pins", "First").press("Enter");
    await untilRange(options, "Pages of pins", "1–20 of 500");
    expect(await focused(options)).toBe("First");
  });

  it("begins in view after it was left far below", async () => {
    await options.getByText(addressOf(19), { exact: true }).scrollIntoViewIfNeeded();
    await buttonIn(options, "Pages of pins", "Next").click();
    await untilRange(options, "Pages of pins", "21–40 of 500");
    const top = options.getByText(addressOf(20), { exact: true });
    expect(await top.evaluate((element) => element.getBoundingClientRect().top)).toBeGreaterThanOrEqual(0);
    expect(await top.evaluate((element) => element.getBoundingClientRect().bottom - innerHeight)).toBeLessThan(0);
  });

  it.each([
    ["its address", addressOf(321), addressOf(321)],
    ["its note", "customer 321", addressOf(321)],
  ])("finds a pin by %s, and keeps the focus in the field", async (_, text, address) => {
    const field = options.getByLabel("Find a pin");
    await field.focus();
    await options.keyboard.type(text);
    await options.getByText(address, { exact: true }).waitFor();
    await options.getByRole("status").getByText("1 pin matches.").waitFor();
    expect(await options.getByRole("button", { name: "Edit note" }).count()).toBe(1);
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.fill("nowhere");
    await options.getByText("No pin matches.").waitFor();
    await field.fill("");
    await untilRange(options, "Pages of pins", "1–20 of 500");
  });

  it("finds a pin by its fingerprint as certificate viewers write it", async () => {
    const pairs = fingerprintOf(321).toUpperCase().match(/../gu) ?? [];
    await options.getByLabel("Find a pin").fill(pairs.join(":"));
    await options.getByText(addressOf(321), { exact: true }).waitFor();
  });
});

describe("a change that is saved", () => {
  it("draws nothing again that it isn't about, and leaves the focus and what is typed", async () => {
    const options = await firefox.extensionPage("options.html");
    const section = options.locator("section", { has: options.getByText(addressOf(4), { exact: true }) });
    await section.getByRole("button", { name: "Edit note" }).click();
    const field = section.getByLabel("Note, for example");
    await field.fill("half written");
    await watchNodes(options);
    await writeNote(firefox, 0, "Written elsewhere");
    await options.locator("strong", { hasText: "Written elsewhere" }).waitFor();
    await until(
      () => options.getByText(`note changed, ${addressOf(0)}`).count(),
      (count) => count > 0,
    );
    // The note, and the new entry of the history with its button, which replaces the oldest drawn entry.
    expect(await changedNodes(options)).toBeLessThan(10);
    expect(await field.inputValue()).toBe("half written");
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it("draws nothing but the history again if it is about a pin on another page", async () => {
    const options = await firefox.extensionPage("options.html");
    await untilRange(options, "Pages of pins", "1–20 of 500");
    await watchNodes(options);
    await writeNote(firefox, 400, "On another page");
    await options
      .getByText(`note changed, ${addressOf(400)}`)
      .first()
      .waitFor();
    expect(await changedNodes(options)).toBeLessThan(6);
  });

  it("leaves the question open that was asked about another pin", async () => {
    const options = await firefox.extensionPage("options.html");
    const section = options.locator("section", { has: options.getByText(addressOf(4), { exact: true }) });
    await section.getByRole("button", { name: "Remove pin" }).click();
    await writeNote(firefox, 1, "While a question is open");
    await options.locator("strong", { hasText: "While a question is open" }).waitFor();
    await options.getByRole("alertdialog").getByRole("button", { name: "Keep it" }).click();
  });

  it("takes away the one pin that is gone, and draws none of those below it again", async () => {
    const options = await firefox.extensionPage("options.html");
    const section = options.locator("section", { has: options.getByText(addressOf(4), { exact: true }) });
    await section.getByRole("button", { name: "Edit note" }).focus();
    await watchNodes(options);
    await call(firefox, "pin.remove", { addresses: [addressOf(0)], fingerprint: fingerprintOf(0), private: false });
    await options.getByText(addressOf(20), { exact: true }).waitFor();
    await untilRange(options, "Pages of pins", "1–20 of 499");
    expect(await options.getByText(addressOf(0), { exact: true }).count()).toBe(0);
    expect(await changedNodes(options)).toBeLessThan(12);
    expect(await focused(options)).toBe("Edit note");
  });
});

const lastChange = async (): Promise<Entry | undefined> => (await bookOf(await firefox.insider())).history.at(-1);

it("keeps 2,000 changes, and says at their end how many older ones are gone", async () => {
  await fill(firefox, FULL);
  const options = await firefox.extensionPage("options.html");
  await buttonIn(options, "Pages of the history", "Last").click();
  await untilRange(options, "Pages of the history", "3,951–4,000 of 4,000");
  expect(await options.getByText("The history ends here.").count()).toBe(0);
  await writeNote(firefox, 0, "One more");
  await options.getByText("The history ends here. Latchkey removed 1 older entry to make room.").waitFor();
  const { history } = await bookOf(options);
  expect(history).toHaveLength(FULL.changes);
});

it("exports all pins, and takes all of them in again", async () => {
  await fill(firefox, FULL);
  const options = await firefox.extensionPage("options.html");
  const { pins } = await bookOf(options);
  await options.getByRole("button", { name: "Export all pins" }).click();
  const text = await readFile(await untilDownloaded(firefox.bidi, "latchkey-pins.json"), "utf8");
  await options.close();

  await fill(firefox, { instances: 0, changes: 0, warnings: 0 });
  const empty = await firefox.extensionPage("options.html");
  await empty.getByText("No certificate is pinned yet.").waitFor();
  const file = { name: "pins.json", mimeType: "application/json", buffer: Buffer.from(text) };
  await empty.getByLabel("Import a file of pins").setInputFiles(file);
  await untilRange(empty, "Pages of what the file changes", "1–20 of 500");
  await buttonIn(empty, "Pages of what the file changes", "Last").press("Enter");
  await empty.getByText(`New: ${addressOf(499)}`).waitFor();
  expect((await sizeOf(empty)).elements).toBeLessThan(200);
  await empty.getByRole("button", { name: "Import all pins" }).click();
  await untilRange(empty, "Pages of pins", "1–20 of 500");
  const { pins: taken } = await until(
    () => bookOf(empty),
    (book) => book.pins.length === FULL.instances,
  );
  const ofPin = ({ hosts, fingerprint, note }: (typeof pins)[number]): object => ({ hosts, fingerprint, note });
  expect(taken.map(ofPin)).toEqual(pins.map(ofPin));
  expect((await lastChange())?.after).toHaveLength(FULL.instances);
  await empty.getByText(`${addressOf(4)}, and 495 more`).waitFor();
  await empty.getByRole("button", { name: "Undo" }).click();
  await empty.getByText("No certificate is pinned yet.").waitFor();
});

it("shows a warning with its evidence from any page of the list, and closes it", async () => {
  await fill(firefox, FULL);
  const warnings = await firefox.extensionPage("incidents.html");
  await untilRange(warnings, "Pages of warnings", "1–20 of 200");
  await buttonIn(warnings, "Pages of warnings", "Next").press("Enter");
  await untilRange(warnings, "Pages of warnings", "21–40 of 200");
  const row = warnings.locator("section.verdict").first();
  const address = await row.locator("a + div").textContent();
  await row.getByRole("link").click();
  await warnings.getByText("Recorded evidence").waitFor();
  await warnings.getByText(address ?? "", { exact: true }).waitFor();
  await choose(warnings, "It was an attack or a proxy; I am done", "Close the warning");
  await warnings.getByText("it was an attack or a proxy.").waitFor();
});
