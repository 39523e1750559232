// Every place where a choice lowers the protection, and how to reach it.
import type { Locator, Page } from "playwright";
import { z } from "zod";
import type { ChoiceKind } from "../../src/core/view/choices";
import { version } from "../lab/announcements";
import { attack } from "../lab/attacker";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { NAIVE } from "../lab/strategies";
import { until } from "../lab/until";
import { firefox, lab, popupOf } from "./browser";
import { incidents, openInstance, type OpenInstance, switchGuardOn, untilArrived } from "./guarded";
import { insiderDo } from "./insider";
import { wordOf } from "./question";
import { bookOf, pin } from "./user";

export interface Situation {
  readonly page: Page;
  /** Where its first step is, if the page has several of the kind. */
  readonly part?: Locator;
  /** Whether the choice was carried out. */
  readonly happened: () => Promise<boolean> | boolean;
}

const closed = async (instance: Instance): Promise<boolean> =>
  (await incidents(firefox, instance)).some((incident) => incident.closed !== undefined);
export const pinned = async (instance: Instance): Promise<boolean> =>
  (await bookOf(await firefox.insider())).pins.some(({ hosts }) => hosts.some((host) => host === instance.host));
export const kept = (key: string): Promise<unknown> =>
  insiderDo(firefox, `browser.storage.local.get('${key}').then((all) => JSON.stringify(all['${key}'] ?? ''))`);

/** The page that replaced a guarded instance's page during an attack, which is over. */
async function blocked(): Promise<OpenInstance> {
  const { instance, page } = await openInstance(lab, firefox, true);
  await attack(lab, instance, NAIVE);
  await page.goto(instance.url).catch(() => undefined);
  await page.getByRole("heading", { name: "Latchkey blocked this page before anything secret was sent" }).waitFor();
  instance.attacker = undefined;
  instance.dropConnections();
  return { instance, page };
}

/** A warning, and the page that shows it. */
export async function warned(isPlain: boolean): Promise<OpenInstance> {
  const { instance, page } = await openInstance(lab, firefox, false);
  if (isPlain) {
    instance.plain = true;
    await page.goto(`http://${instance.host}/`);
  } else {
    instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
    await page.reload();
  }
  await until(
    () => incidents(firefox, instance),
    ({ length }) => length > 0,
  );
  instance.restore();
  instance.plain = false;
  const list = await firefox.extensionPage("incidents.html");
  await list.locator("section.verdict", { hasText: instance.host }).getByRole("link").click();
  await list.getByText("Recorded evidence").waitFor();
  return { instance, page: list };
}

export const SITUATIONS: [what: string, kind: ChoiceKind, reach: () => Promise<Situation>][] = [
  [
    "a blocked page, opened without protection",
    "bypass",
    async () => {
      const { page } = await blocked();
      return { page, happened: () => !/blocked\.html/u.test(page.url()) };
    },
  ],
  [
    "the warning on a blocked page",
    "done",
    async () => {
      const { instance, page } = await blocked();
      return { page, happened: () => closed(instance) };
    },
  ],
  [
    "a warning on its own page",
    "done",
    async () => {
      const { instance, page } = await warned(false);
      return { page, happened: () => closed(instance) };
    },
  ],
  [
    "a warning of an answer without encryption",
    "understood",
    async () => {
      const { instance, page } = await warned(true);
      return { page, happened: () => closed(instance) };
    },
  ],
  [
    "a warning in the popup",
    "done",
    async () => {
      const { instance } = await warned(false);
      return { page: await popupOf(instance), happened: () => closed(instance) };
    },
  ],
  [
    "an insecure version",
    "override",
    async () => {
      const instance = await lab.instance();
      instance.announce = version("2021.1.5");
      await pin(firefox, instance);
      await until(
        () => kept("versions"),
        (versions) => String(versions).includes(instance.host),
      );
      await switchGuardOn(firefox, instance);
      const page = await firefox.context.newPage();
      await page.goto(instance.url).catch(() => undefined);
      await untilArrived(page, /blocked\.html/u);
      return { page, happened: () => !/blocked\.html/u.test(page.url()) };
    },
  ],
  [
    "a pin on the options page",
    "remove",
    async () => {
      const instance = await lab.instance();
      await pin(firefox, instance);
      const page = await firefox.extensionPage("options.html");
      const part = page.locator("section", { hasText: instance.host }).first();
      return { page, part, happened: async () => !(await pinned(instance)) };
    },
  ],
  [
    "a pin in the popup",
    "remove",
    async () => {
      const instance = await lab.instance();
      await pin(firefox, instance);
      return { page: await popupOf(instance), happened: async () => !(await pinned(instance)) };
    },
  ],
  [
    "an address that is watched",
    "unwatch",
    async () => {
      const instance = await lab.instance();
      await pin(firefox, instance);
      const unwatched = async (): Promise<boolean> =>
        (await bookOf(await firefox.insider())).unwatched.some((host) => host === instance.host);
      return { page: await popupOf(instance), happened: unwatched };
    },
  ],
  [
    "Guard",
    "guard-off",
    async () => {
      const { instance } = await openInstance(lab, firefox, true);
      return {
        page: await popupOf(instance),
        happened: async () => !String(await kept("guarded")).includes(instance.host),
      };
    },
  ],
  [
    "less of Guard's checking",
    "guard-quick",
    async () => {
      const { instance } = await openInstance(lab, firefox, true);
      const isQuick = async (): Promise<boolean> => {
        const part = String(await kept("guarded")).split('"levels":')[1] ?? "";
        return part.includes(instance.host);
      };
      return { page: await popupOf(instance), happened: isQuick };
    },
  ],
  [
    "a certificate that was never compared",
    "trust",
    async () => {
      const instance = await lab.instance(lab.publicAuthority);
      const page = await firefox.context.newPage();
      await page.goto(instance.url);
      await firefox.buttonShows("Latchkey: not pinned");
      return { page: await popupOf(instance), happened: () => pinned(instance) };
    },
  ],
  [
    "a certificate that a warning shows",
    "compared",
    async () => {
      const { instance } = await openInstance(lab, firefox, false);
      const other = await lab.authority.issue({ names: [instance.host] });
      instance.answerWith(other);
      const page = await popupOf(instance);
      await page.getByRole("button", { name: "Check now" }).click();
      await page.getByRole("button", { name: wordOf("buttonNewAdded"), exact: true }).click();
      await page.getByLabel("Fingerprint").fill(other.sha256);
      await page.getByRole("button", { name: "Pin", exact: true }).click();
      await page.getByRole("alert").getByText(wordOf("errorOnWarning")).waitFor();
      const isPinned = async (): Promise<boolean> =>
        (await bookOf(await firefox.insider())).pins.some(({ fingerprint }) => fingerprint === other.sha256);
      return { page, happened: isPinned };
    },
  ],
  [
    "damaged data",
    "start-again",
    async () => {
      const insider = await firefox.insider();
      const before = z
        .string()
        .parse(await insider.evaluate("browser.storage.local.get('book').then(({ book }) => JSON.stringify(book))"));
      await insider.evaluate("browser.storage.local.set({ book: 'torn' }).then(() => 1)");
      await suspendBackground(firefox.bidi, EXTENSION_ID);
      const page = await firefox.extensionPage("popup.html");
      return { page, happened: async () => (await kept("book")) !== '"torn"' && before !== "" };
    },
  ],
];
