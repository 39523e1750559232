import type { Page } from "playwright";
import type { Issuance } from "../../src/core/ct/issuance";
import type { Record as Kept } from "../../src/core/ct/record";
import type { FirefoxSession } from "../lab/firefox-session";
import type { House, Lab } from "../lab/lab";
import { startLogService, type LogService } from "../lab/log-service";
import { until } from "../lab/until";
import { pin } from "./user";

/** The stand-in for the log services, and what a user does on the page of the public record. */
export interface PublicRecord {
  readonly logs: LogService;
  /** Nothing is in the logs, and nothing fails. */
  readonly reset: () => void;
  /** A house that was pinned and seen, its certificate logged, and its page of the public record. */
  readonly watched: (firefox: FirefoxSession) => Promise<{ house: House; record: Page }>;
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
      const house = await lab.house();
      await pin(firefox, house);
      const page = await firefox.context.newPage();
      await page.goto(house.url);
      await firefox.buttonShows("Latchkey: verified");
      await logs.issue(lab.publicAuthority, { names: [house.host], keys: house.certificate.keys });
      return { house, record: await firefox.extensionPage(`record.html?address=${house.host}`) };
    },
  };
}

export const agree = (record: Page): Promise<void> =>
  record.getByRole("switch", { name: "Search the logs once a day" }).check();

export const heading = (record: Page, text: string): Promise<void> =>
  record.getByRole("heading", { name: text, level: 1, exact: true }).waitFor();

export const press = (record: Page, name: string): Promise<void> =>
  record.getByRole("button", { name, exact: true }).first().click();

/** What is on disk of a house's record. */
export const keptOf = (page: Page, host: string): Promise<Kept | undefined> =>
  page.evaluate<Kept | undefined>(
    `browser.storage.local.get("records").then(({ records }) => records?.records.find((one) => one.address === "${host}"))`,
  );
export const issuancesOf = (page: Page, host: string): Promise<Issuance[]> =>
  page.evaluate<Issuance[]>(
    `browser.storage.local.get("record ${host}").then((all) => all["record ${host}"]?.issuances ?? [])`,
  );

/** Waits until the last run has come to its end, this way or that. */
export const settled = (page: Page, host: string, isSo: (record: Kept) => boolean): Promise<Kept | undefined> =>
  until(
    () => keptOf(page, host),
    (record) => record !== undefined && isSo(record),
  );

/** The record's own alarms, read in a page of the extension. */
export const ALARMS = "browser.alarms.getAll().then((all) => all.filter(({ name }) => name === 'record'))";
