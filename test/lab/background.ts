// The life of the extension's event page, which Firefox ends when it is idle.
import { inBrowserWindow, setPreference, type Bidi } from "./browser-chrome";
import { until } from "./until";

/** Ends the extension's event page at once, even if it is busy. */
export const suspendBackground = (bidi: Bidi, id: string): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `await WebExtensionPolicy.getByID(args.id).extension.terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true });`,
    { id },
  );

/** `running`, `stopped`, … */
export const backgroundState = (bidi: Bidi, id: string): Promise<unknown> =>
  inBrowserWindow(bidi, `return WebExtensionPolicy.getByID(args.id).extension.backgroundState;`, { id });

/** Restarts the event page. Firefox ends it after this time without an event, in ms (30,000 by default). */
export async function setIdleTime(bidi: Bidi, id: string, time: number): Promise<void> {
  await setPreference(bidi, "extensions.background.idle.timeout", time);
  await suspendBackground(bidi, id); // Firefox reads the time when the page starts
}

/** Waits until Firefox itself has ended the event page for being idle. */
export const untilIdle = (bidi: Bidi, id: string): Promise<unknown> =>
  until(
    () => backgroundState(bidi, id),
    (state) => state === "stopped",
  );
