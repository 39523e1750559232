// `npm run bench -- --profile`: how a page load uses time in the extension's process and in Firefox's parent process,
// by Firefox's own profiler. It also profiles the least extension, and a Firefox without any.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright";
import { z } from "zod";
import { insiderDo } from "../test/firefox/insider";
import { typePin } from "../test/firefox/user";
import { inBrowserWindow } from "../test/lab/browser-chrome";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import type { Lab } from "../test/lab/lab";
import { sum, type Report } from "./bench-figures";
import { readProfile } from "./bench-gecko-profile";
import { inTurn, LEAST_ID, loadTime, makeLeast, PAGE, pause } from "./bench-loads";
import { processesOf, type Process } from "./bench-processes";
import { buildForProfile } from "./bench-profile-build";
import type { Profiled, Write } from "./bench-profile-sums";
import { printProfile } from "./bench-profile-table";

const WARM_UP = 10;
const LOADS = 20;
/** Time between two samples of each thread, in ms. */
const INTERVAL = 0.5;
/** Entries that the profiler keeps in each process, of 8 bytes. */
const ENTRIES = 32 * 1024 * 1024;

interface Subject {
  readonly name: string;
  readonly firefox: FirefoxSession;
  readonly page: Page;
  readonly id: string | undefined;
}

/** @param file - path to keep Latchkey's profile at, for Firefox's own reader; if left out, it isn't kept */
export async function profile(lab: Lab, report: Report, file: string | undefined): Promise<void> {
  const { folder, sources } = await buildForProfile();
  const least = await makeLeast();
  const instance = await lab.instance();
  const url = `${instance.url}${PAGE}`;
  const subjects: Subject[] = [];
  for (const [name, extension, id] of [
    ["without", false, undefined],
    ["least", least, LEAST_ID],
    ["Latchkey", folder, EXTENSION_ID],
  ] as const) {
    const firefox = await startFirefox(lab, { extension });
    if (id === EXTENSION_ID) await typePin(firefox, instance);
    subjects.push({ name, id, firefox, page: await firefox.context.newPage() });
  }
  await measureCosts(subjects, url, report);
  const profiled: Profiled[] = [];
  const writes: Write[] = [];
  for (const subject of subjects) {
    const { firefox, id } = subject;
    const isOurs = id === EXTENSION_ID;
    if (isOurs) writes.push(...(await writesOf(subject, url)));
    const threads = await profileOf(subject, url, isOurs ? file : undefined);
    const pid = (await processesOf(firefox.bidi)).find(({ type }) => type === "extension")?.pid;
    profiled.push({ threads, loads: LOADS, id, pid, sources: isOurs ? sources : undefined });
    await firefox.close();
  }
  printProfile(profiled, writes);
  for (const made of [folder, least]) await rm(made, { recursive: true });
}

/** The processes of Firefox that work on a page load. */
const KINDS = [
  ["parent process", /^browser$/u],
  ["extension process", /^extension$/u],
  ["page's process", /^web/u],
] as const;

/**
 * The cost of a load and the pause after it in each browser, without the profiler: the load's time, and processor time.
 */
async function measureCosts(subjects: readonly Subject[], url: string, report: Report): Promise<void> {
  await inTurn(subjects, WARM_UP, ({ page }) => loadTime(page, url));
  const readAll = (): Promise<Process[][]> => Promise.all(subjects.map(({ firefox }) => processesOf(firefox.bidi)));
  const before = await readAll();
  const times = await inTurn(subjects, LOADS, ({ page }) => loadTime(page, url));
  await pause();
  const after = await readAll();
  report.title(`Page with 40 images on the watched instance, ${String(LOADS)} loads, without the profiler`);
  for (const [index, { name }] of subjects.entries()) report.add(`load, ${name}`, "ms", times[index] ?? []);
  for (const [kind, type] of KINDS)
    for (const part of ["time", "mainTime"] as const)
      for (const [index, { name }] of subjects.entries()) {
        const total = (processes: readonly Process[] = []): number =>
          sum(processes.filter((process) => type.test(process.type)).map((process) => process[part]));
        const what = part === "time" ? "all threads" : "main thread";
        report.add(`${kind}, ${what}, ${name}`, "ms", [(total(after[index]) - total(before[index])) / LOADS]);
      }
}

/** Loads the page with the profiler on. @returns what it wrote */
async function profileOf({ firefox, page }: Subject, url: string, kept: string | undefined) {
  const file = kept ?? join(firefox.profile, "profile.json");
  await inTurn([page], WARM_UP, (tab) => loadTime(tab, url)); // its background may have ended meanwhile
  await inBrowserWindow(
    firefox.bidi,
    `await Services.profiler.StartProfiler(args.entries, args.interval, ["js", "cpu", "nomarkerstacks"], ["GeckoMain"]);`,
    { entries: ENTRIES, interval: INTERVAL },
  );
  await inTurn([page], LOADS, (tab) => loadTime(tab, url));
  await pause();
  await inBrowserWindow(
    firefox.bidi,
    `await Services.profiler.dumpProfileToFileAsync(args.file); await Services.profiler.StopProfiler();`,
    { file },
  );
  return readProfile(file);
}

const WRITES = z.array(z.object({ area: z.string(), key: z.string(), bytes: z.number() }));

/** What the extension stores in one page load. */
async function writesOf({ firefox, page }: Subject, url: string): Promise<Write[]> {
  await insiderDo(
    firefox,
    `globalThis.latchkeyWrites = []; browser.storage.onChanged.addListener((changes, area) => {
      for (const [key, { newValue }] of Object.entries(changes))
        globalThis.latchkeyWrites.push({ area, key, bytes: JSON.stringify(newValue ?? null).length });
    })`,
  );
  await loadTime(page, url);
  await pause();
  return WRITES.parse(await insiderDo(firefox, "globalThis.latchkeyWrites"));
}
