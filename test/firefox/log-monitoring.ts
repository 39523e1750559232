import type { Page } from "playwright";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { Incident } from "../../src/core/incident/incident";
import type { Issuance } from "../../src/core/ct/issuance";
import type { CtState as Kept } from "../../src/core/ct/ct-state";
import type { FirefoxSession } from "../lab/firefox-session";
import type { Instance, Lab } from "../lab/lab";
import { type LogService, startLogService } from "../lab/log-service";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { bookOf, pin } from "./user";

/** The stand-in for the log services, and an instance whose logs will be monitored. */
export interface LogMonitoring {
  readonly logs: LogService;
  /** Empties the logs, and ends all failures. */
  readonly reset: () => void;
  /** An instance that is pinned and verified, with its certificate logged, and its page of log monitoring. */
  readonly watched: (firefox: FirefoxSession) => Promise<{ instance: Instance; record: Page }>;
}

export async function startLogMonitoring(lab: Lab): Promise<LogMonitoring> {
  const logs = await startLogService(lab);
  return {
    logs,
    reset: () => {
      for (const list of [logs.received, logs.known, logs.issued]) list.length = 0;
      Object.assign(logs, { failure: undefined, repeats: false, pageSize: 100 });
    },
    watched: async (firefox) => {
      const instance = await lab.instance();
      await pin(firefox, instance);
      const page = await firefox.context.newPage();
      await page.goto(instance.url);
      await firefox.buttonShows("Latchkey: verified");
      await logs.issue(lab.publicAuthority, { names: [instance.host], keys: instance.certificate.keys });
      return { instance, record: await firefox.extensionPage(`ct.html?address=${instance.host}`) };
    },
  };
}

export let service: LogMonitoring;
export let logs: LogService;

/** Starts a browser and the log services before the file's tests. At the beginning of each test, the logs are empty. */
export function useLogMonitoring(): void {
  useBrowser();
  beforeAll(async () => {
    service = await startLogMonitoring(lab);
    ({ logs } = service);
  });
  afterAll(() => logs.close());
  beforeEach(() => {
    service.reset();
  });
}

/** Withdraws the consent, which covers all instances: each test begins without it. */
export async function endMonitoring(): Promise<void> {
  const page = await firefox.extensionPage("popup.html");
  for (const other of firefox.context.pages().slice(1)) if (other !== page) await other.close();
  await page.evaluate(`browser.storage.local.get("records").then(({ records }) => Promise.all((records?.records ?? [])
    .map(({ address }) => browser.runtime.sendMessage({ type: "ct.set", request: { address, on: false } }))))`);
  await page.close();
}

export const agree = (record: Page): Promise<void> =>
  record.getByRole("switch", { name: "Search the logs once a day" }).check();

export const untilHeading = (record: Page, text: string): Promise<void> =>
  record.getByRole("heading", { name: text, level: 1, exact: true }).waitFor();

export const press = (record: Page, name: string): Promise<void> =>
  record.getByRole("button", { name, exact: true }).first().click();

/** The data on disk of an instance's log monitoring. */
export const keptOf = (page: Page, host: string): Promise<Kept | undefined> =>
  page.evaluate<Kept | undefined>(
    `browser.storage.local.get("records").then(({ records }) => records?.records.find((one) => one.address === "${host}"))`,
  );
export const issuancesOf = (page: Page, host: string): Promise<Issuance[]> =>
  page.evaluate<Issuance[]>(
    `browser.storage.local.get("record ${host}").then((all) => all["record ${host}"]?.issuances ?? [])`,
  );

export const incidentsOf = async (page: Page, { host }: Instance): Promise<Incident[]> =>
  (await bookOf(page)).incidents.filter(({ address }) => address === host);

/** Waits until the last query has succeeded or failed. */
export const untilSettled = (page: Page, host: string, isSo: (record: Kept) => boolean): Promise<Kept | undefined> =>
  until(
    () => keptOf(page, host),
    (ctState) => ctState !== undefined && isSo(ctState),
  );

/** The alarms of log monitoring, read in a page of the extension. */
export const ALARMS = "browser.alarms.getAll().then((all) => all.filter(({ name }) => name === 'log-monitoring'))";
