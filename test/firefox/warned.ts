// An instance with a warning, and the page that shows it.
import type { Page } from "playwright";
import { afterEach } from "vitest";
import type { Incident } from "../../src/core/incident/incident";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import type { OpenInstance } from "./guarded";
import { incidentsAt, openVerified, useInsider } from "./verified";

/** The pages that a test has opened. */
let opened: Page[] = [];

/** Starts a browser before the file's tests. Each test's tabs are closed after it: Firefox 159 gets slow with many. */
export function useWarnings(): void {
  useBrowser();
  useInsider();
  afterEach(async () => {
    for (const page of opened) await page.close();
    opened = [];
  });
}

export async function verified(): Promise<OpenInstance> {
  const verifiedInstance = await openVerified();
  opened.push(verifiedInstance.page);
  return verifiedInstance;
}

export const untilIncident = (instance: Instance, fits: (incident: Incident) => boolean): Promise<Incident[]> =>
  until(
    () => incidentsAt(instance),
    ([incident]) => incident !== undefined && fits(incident),
  );

/** An instance in a tab, for which an attacker answers from now on, and its warning on the page of warnings. */
export async function attacked(): Promise<{ instance: Instance; page: Page; incident: Page; fingerprint: string }> {
  const { instance, page } = await verified();
  const certificate = await lab.authority.issue({ names: [instance.host] });
  instance.answerWith(certificate);
  await page.reload();
  await firefox.buttonShows("Latchkey: WARNING");
  await untilIncident(instance, () => true);
  return { instance, page, incident: await openIncident(instance), fingerprint: certificate.sha1 };
}

export async function openIncident({ host }: Instance): Promise<Page> {
  const page = await firefox.extensionPage("incidents.html");
  opened.push(page);
  await page
    .getByRole("region")
    .or(page.locator("section.verdict", { hasText: host }))
    .getByRole("link")
    .first()
    .click();
  await page.getByText("Recorded evidence").waitFor();
  return page;
}

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole("button", { name, exact: true }).click();
