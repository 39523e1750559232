import type { Page } from "playwright";
import type { Issuance } from "../../src/core/ct/issuance";
import type { CtState as Kept } from "../../src/core/ct/ct-state";
import type { FirefoxSession } from "../lab/firefox-session";
import type { Instance, Lab } from "../lab/lab";
import { type LogService, startLogService } from "../lab/log-service";
import { until } from "../lab/until";
import { pin } from "./user";

/** The stand-in for the log services, and what a user does on the page of the public record. */
export interface PublicRecord {
  readonly logs: LogService;
  /** Nothing is in the logs, and nothing fails. */
  readonly reset: () => void;
  /** An instance that was pinned and seen, its certificate logged, and its page of the public record. */
  readonly watched: (firefox: FirefoxSession) => Promise<{ instance: Instance; record: Page }>;
}

export async function startPublicRecord(lab: Lab): Promise<PublicRecord> {
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
      return { instance, record: await firefox.extensionPage(`record.html?address=${instance.host}`) };
    },
  };
}

export const agree = (record: Page): Promise<void> =>
  record.getByRole("switch", { name: "Search the logs once a day" }).check();

export const untilHeading = (record: Page, text: string): Promise<void> =>
  record.getByRole("heading", { name: text, level: 1, exact: true }).waitFor();

export const press = (record: Page, name: string): Promise<void> =>
  record.getByRole("button", { name, exact: true }).first().click();

/** What is on disk of an instance's record. */
export const keptOf = (page: Page, host: string): Promise<Kept | undefined> =>
  page.evaluate<Kept | undefined>(
    `browser.storage.local.get("records").then(({ records }) => records?.records.find((one) => one.address === "${host}"))`,
  );
export const issuancesOf = (page: Page, host: string): Promise<Issuance[]> =>
  page.evaluate<Issuance[]>(
    `browser.storage.local.get("record ${host}").then((all) => all["record ${host}"]?.issuances ?? [])`,
  );

/** Waits until the last run has come to its end, this way or that. */
export const untilSettled = (page: Page, host: string, isSo: (record: Kept) => boolean): Promise<Kept | undefined> =>
  until(
    () => keptOf(page, host),
    (record) => record !== undefined && isSo(record),
  );

/** The record's own alarms, read in a page of the extension. */
export const ALARMS = "browser.alarms.getAll().then((all) => all.filter(({ name }) => name === 'record'))";
