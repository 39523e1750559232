// What a test asks the extension itself, from a page of it that the user doesn't see.
import type { Calls } from "../../src/shell/messages/calls";
import type { FirefoxSession } from "../lab/firefox-session";

/** The result of a script in a page of the extension. */
export const insiderDo = async (firefox: FirefoxSession, script: string): Promise<unknown> => {
  const insider = await firefox.insider();
  return insider.evaluate(script);
};

/** Calls the background as the extension's own pages do. @returns its reply */
export const call = <K extends keyof Calls>(
  firefox: FirefoxSession,
  type: K,
  request: Calls[K]["request"],
): Promise<unknown> => insiderDo(firefox, `browser.runtime.sendMessage(${JSON.stringify({ type, request })})`);
