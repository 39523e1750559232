// An instance that was pinned and verified in a tab, and what Latchkey stores about it.
import type { Page } from "playwright";
import { beforeAll } from "vitest";
import type { StoredState } from "../../src/core/state/state";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { firefox, lab } from "./browser";
import type { OpenInstance } from "./guarded";
import { bookOf, pin } from "./user";

/** A page of the extension. A test can read what it can read. */
export let insider: Page;

/** Opens it before the file's tests. */
export function useInsider(): void {
  beforeAll(async () => {
    insider = await firefox.extensionPage("popup.html");
  });
}

/** Suspends the background, and leaves no page of the extension open that would wake it. */
export async function whileSuspended(act: () => Promise<unknown>): Promise<void> {
  await insider.goto("about:blank");
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await act();
  await insider.close();
  insider = await firefox.extensionPage("popup.html");
}

export const VERIFIED = "Latchkey: verified";
export const MISMATCH = "Latchkey: WARNING, not your Home Assistant’s certificate";

export const incidentsAt = async ({ host }: Instance): Promise<StoredState["incidents"]> =>
  (await bookOf(insider)).incidents.filter(({ address }) => address === host);
export const notifications = async ({ host }: Instance): Promise<number> =>
  insider.evaluate(
    `browser.notifications.getAll().then((all) => Object.keys(all).filter((id) => id === "${host}").length)`,
  );

export async function openVerified(path = ""): Promise<OpenInstance> {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const page = await firefox.context.newPage();
  await page.goto(instance.url + path);
  await firefox.buttonShows(VERIFIED);
  return { instance, page };
}

export const otherKey = (instance: Instance) => lab.authority.issue({ names: [instance.host] });
