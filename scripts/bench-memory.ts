// Latchkey's use of memory and disk.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright";
import { z } from "zod";
import { insiderDo } from "../test/firefox/insider";
import { typePin } from "../test/firefox/user";
import { backgroundState, suspendBackground } from "../test/lab/background";
import { inBrowserWindow } from "../test/lab/browser-chrome";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import type { Lab } from "../test/lab/lab";
import type { Report } from "./bench-figures";
import { LEAST_ID, loadTime, makeLeast, PAGE } from "./bench-loads";
import { processesOf } from "./bench-processes";
import { crowdedState } from "./bench-state";

const MB = 2 ** 20;
const [INSTANCES, WARNINGS] = [500, 200];

/**
 * Memory of the process that all extensions share, including Firefox's own, in MB, after Firefox has freed what it can.
 */
async function memoryOf({ bidi }: FirefoxSession): Promise<number> {
  await inBrowserWindow(
    bidi,
    `await new Promise((done) => Cc["@mozilla.org/memory-reporter-manager;1"].getService(Ci.nsIMemoryReporterManager).minimizeMemoryUsage(done));
    Services.obs.notifyObservers(null, "child-mmu-request");`,
  );
  await new Promise((done) => setTimeout(done, FREED));
  const process = (await processesOf(bidi)).find(({ type }) => type === "extension");
  return (process?.memory ?? Number.NaN) / MB;
}

/** Memory of an extension's own documents, in MB: objects in use, without what Firefox keeps for later. */
const heldBy = async ({ bidi }: FirefoxSession, id: string): Promise<number> =>
  z.number().parse(
    await inBrowserWindow(
      bidi,
      `const manager = Cc["@mozilla.org/memory-reporter-manager;1"].getService(Ci.nsIMemoryReporterManager);
      const host = WebExtensionPolicy.getByID(args.id).mozExtensionHostname;
      let bytes = 0;
      const add = (process, path, kind, units, amount) => {
        if (path.startsWith("explicit/window-objects/") && path.includes(host)) bytes += amount;
      };
      await new Promise((done) => manager.getReports(add, null, done, null, false));
      return bytes;`,
      { id },
    ),
  ) / MB;

/** Pause for a child process to free its memory, in ms: it doesn't report when it has. */
const FREED = 2000;

/** @param loads - number of page loads @param idle - minutes without any */
export async function measureMemory(lab: Lab, report: Report, loads: number, idle: number): Promise<void> {
  const instance = await lab.instance();
  const least = await makeLeast();
  report.title("Memory of the extension process, which Firefox's own extensions share");
  for (const [name, extension] of [
    ["Latchkey", undefined],
    ["least", least],
  ] as const) {
    const firefox = await startFirefox(lab, extension === undefined ? {} : { extension });
    const isOurs = extension === undefined;
    if (isOurs) await typePin(firefox, instance);
    const page = await firefox.context.newPage();
    const load = (): Promise<number> => loadTime(page, `${instance.url}${PAGE}`);
    const read = async (when: string): Promise<void> => {
      report.add(`${name}, after ${when}`, "MB", [await memoryOf(firefox)]);
      report.add("… held by its own documents", "MB", [await heldBy(firefox, isOurs ? EXTENSION_ID : LEAST_ID)]);
    };
    await load();
    await read("the first page load");
    for (const part of [0.5, 1]) {
      for (let count = 0; count < loads / 2; count++) await load();
      await read(`${String(loads * part)} page loads`);
    }
    if (isOurs) {
      await page.goto("about:blank");
      await new Promise((done) => setTimeout(done, idle * 60_000));
      const background = String(await backgroundState(firefox.bidi, EXTENSION_ID));
      report.add(
        `${name}, after ${String(idle)} minutes idle`,
        "MB",
        [await memoryOf(firefox)],
        ` (background ${background})`,
      );
      await measureState(firefox, page, instance.url, report);
    }
    await firefox.close();
  }
  await rm(least, { recursive: true });
}

const SIZES = z.record(z.string(), z.number());

async function measureState(firefox: FirefoxSession, page: Page, url: string, report: Report): Promise<void> {
  const book = crowdedState(INSTANCES, WARNINGS);
  const what = `${String(book.pins.length)} instances and ${String(book.incidents.length)} warnings`;
  await suspendBackground(firefox.bidi, EXTENSION_ID); // it would write what it has in memory
  await insiderDo(firefox, `browser.storage.local.set({ book: ${JSON.stringify(book)} })`);
  await loadTime(page, url); // the background reads it
  report.title(`Stored with ${what}`);
  const keys = `(area) => area.get(null).then((all) => Object.fromEntries(Object.entries(all).map(([key, value]) => [key, JSON.stringify(value).length])))`;
  for (const area of ["local", "session"]) {
    const sizes = SIZES.parse(await insiderDo(firefox, `(${keys})(browser.storage.${area})`));
    for (const [key, size] of Object.entries(sizes)) report.add(`${area}, ${key}`, "KB", [size / 1024]);
  }
  report.add("the extension's folder in the profile", "KB", [(await folderSize(firefox.profile)) / 1024]);
  report.add(`memory of the extension process`, "MB", [await memoryOf(firefox)]);
}

/** All files in which Firefox keeps what extensions store, in bytes. */
async function folderSize(profile: string): Promise<number> {
  const folder = join(profile, "storage/default");
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const own = files.filter((file) => file.isFile() && file.parentPath.includes("moz-extension+++"));
  const sizes = await Promise.all(own.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((total, size) => total + size, 0);
}
