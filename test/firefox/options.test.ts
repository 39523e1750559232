import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { setPreference, untilDownloaded } from "../lab/browser-chrome";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { bookOf, pin } from "./user";

let instance: Instance;
let page: Page;
let options: Page;

// Without its pin, the instance must only be "not pinned". Otherwise, a warning would show its certificate.
useBrowser({ prefs: { "security.pki.certificate_transparency.mode": 0 } });
beforeAll(async () => {
  instance = await lab.instance(lab.publicAuthority);
  await pin(firefox, instance);
  page = await firefox.context.newPage();
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  options = await firefox.extensionPage("options.html");
});

const press = (name: string): Promise<void> => options.getByRole("button", { name, exact: true }).first().click();
const choose = (text: string | Buffer): Promise<void> =>
  options.getByLabel("Import a file of pins").setInputFiles({
    name: "pins.json",
    mimeType: "application/json",
    buffer: typeof text === "string" ? Buffer.from(text) : text,
  });
const untilPinCount = (count: number) =>
  until(
    () => bookOf(options),
    ({ pins }) => pins.length === count,
  );
const file = (pins: object[]): string => JSON.stringify({ format: "latchkey-pins", version: 2, pins }, undefined, 2);
const PIN = { hosts: ["other.ui.nabu.casa"], source: "typed", pinnedAt: "2026-01-01T00:00:00.000Z", note: "" };

it("removes a pin after one question, and takes that back", async () => {
  await press("Remove pin");
  await press("Keep it");
  await press("Remove pin");
  await press("Remove it");
  await untilPinCount(0);
  await options.getByText("No certificate is pinned yet.").waitFor();
  await press("Undo");
  const { pins } = await untilPinCount(1);
  expect(pins[0]?.confirmed).toBeDefined();
  await page.bringToFront();
  await firefox.buttonShows("Latchkey: verified");
});

describe("with several pins for one name", () => {
  const noteOf = async (fingerprint: string): Promise<string | undefined> =>
    (await bookOf(options)).pins.find((kept) => kept.fingerprint === fingerprint)?.note;
  const section = (): Locator => options.locator("section", { hasText: "NGINX" });

  it("lists them with their notes, edits one, takes that back, and removes it alone", async () => {
    const nginx = await lab.authority.issue({ names: [instance.host] });
    const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
    await popup.getByLabel("Remote address").fill(instance.host);
    await popup.getByRole("radio", { name: "Keep them: this one is also valid" }).check();
    await popup.getByLabel("Fingerprint").fill(nginx.sha1);
    await popup.getByLabel("Note, for example").fill("NGINX at home");
    await popup.getByRole("button", { name: "Pin", exact: true }).click();
    await untilPinCount(2);
    await popup.close();

    await section().getByText("Not confirmed yet").waitFor();
    await options.getByText("pinned in addition to the others").waitFor();
    await section().getByRole("button", { name: "Edit note" }).click();
    await options.getByLabel("Note, for example").fill("NGINX in the cellar");
    expect(await violationsIn(options)).toEqual([]);
    await press("Save note");
    await until(
      () => noteOf(nginx.sha1),
      (note) => note === "NGINX in the cellar",
    );
    await options.getByText("note changed").waitFor();
    await press("Undo");
    await until(
      () => noteOf(nginx.sha1),
      (note) => note === "NGINX at home",
    );

    await section().getByRole("button", { name: "Remove pin" }).click();
    await press("Remove it");
    const { pins } = await untilPinCount(1);
    expect(pins[0]?.fingerprint).toBe(instance.certificate.sha1);
  });
});

it("exports the pins to a file that another browser takes whole", async () => {
  await press("Export all pins");
  const path = await untilDownloaded(firefox.bidi, "latchkey-pins.json");
  const text = await readFile(path, "utf8");
  await press("Remove pin");
  await press("Remove it");
  await untilPinCount(0);
  await choose(`\uFEFF${text}`); // as some editors save it
  await options.getByText(`New: ${instance.host}`).waitFor();
  expect((await bookOf(options)).pins).toEqual([]);
  await press("Import all pins");
  const { pins } = await untilPinCount(1);
  expect(pins).toMatchObject([{ hosts: [instance.host], fingerprint: instance.certificate.sha1, source: "imported" }]);
});

const WRONG: [what: string, text: string | Buffer, words: string][] = [
  ["no JSON", "{\n  pins", "Line 2 is not valid JSON"],
  ["a fingerprint that is none", file([{ ...PIN, fingerprint: "12" }]), "pins[0].fingerprint"],
  ["a field that is missing", file([{ hosts: PIN.hosts }]), "pins[0].fingerprint"],
  ["a file in UTF-16", Buffer.from(`\uFEFF${file([])}`, "utf16le"), "This file is saved as UTF-16."],
  ["another format", file([]).replace("latchkey-pins", "something else"), "Line 2: the value of format"],
];
it.each(WRONG)("says where a file is wrong, and imports nothing of it: %s", async (_, text, words) => {
  const { pins } = await bookOf(options);
  await choose(text);
  await options.getByRole("alert").getByText(words).waitFor();
  expect((await bookOf(options)).pins).toEqual(pins);
});

it("shows what an import would do, and does nothing if you decline", async () => {
  await choose(file([{ ...PIN, fingerprint: "ab".repeat(20) }]));
  await options.getByText("New: other.ui.nabu.casa").waitFor();
  await press("Don’t import");
  await options.getByText("New: other.ui.nabu.casa").waitFor({ state: "detached" });
  expect((await bookOf(options)).pins).toHaveLength(1);
});

it("takes a file that version 0.1 exported", async () => {
  const { pinnedAt: toldAt, ...pin } = { ...PIN, fingerprint: "ab".repeat(20) };
  await choose(JSON.stringify({ format: "latchkey-pins", version: 1, pins: [{ ...pin, toldAt }] }));
  await options.getByText("New: other.ui.nabu.casa").waitFor();
  await press("Don’t import");
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  beforeAll(async () => {
    await setPreference(firefox.bidi, "layout.css.prefers-color-scheme.content-override", theme === "dark" ? 0 : 1);
  });

  it("is accessible: instances, history, a preview and an error", async () => {
    await choose(file([{ ...PIN, fingerprint: "ab".repeat(20) }]));
    await options.getByText("New: other.ui.nabu.casa").waitFor();
    expect(await violationsIn(options)).toEqual([]);
    await choose("{");
    await options.getByText("Line 1 is not valid JSON").waitFor();
    expect(await violationsIn(options)).toEqual([]);
  });
});
