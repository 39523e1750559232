// The common start of every page.
import {
  attributesModule,
  eventListenersModule,
  init,
  jsx,
  propsModule,
  type JsxVNodeChildren,
  type VNode,
} from "snabbdom";
import browser from "webextension-polyfill";
import type { PlainKey } from "../../core/message-key";
import { direction, locale, translate } from "../../shell/ui/translate";

/** Replaces the drawn elements, and changes only what differs. */
export const patch = init([propsModule, attributesModule, eventListenersModule]);

/** Whether the page is in a private window. */
export const isPrivate = browser.extension.inIncognitoContext === true;

let main: Element | VNode | null = document.querySelector("main");

/** Draws the page: all that its main element holds. */
export function drawPage(body: JsxVNodeChildren): void {
  if (main !== null) main = patch(main, jsx("main", null, body));
}

/**
 * Reads the state and draws it, one run at a time. After any number of changes during a run, it runs once more.
 * @returns resolves once everything that was saved before the call is drawn
 */
export function oneAtATime(read: () => Promise<void>): () => Promise<void> {
  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    if (reading === undefined) {
      reading = read().finally(() => (reading = undefined));
      return reading;
    }
    next ??= reading.then(() => {
      next = undefined;
      return refresh();
    });
    return next;
  };
  return refresh;
}

/**
 * Sets what a page's HTML can't know: its title, and the language and direction of its texts. Then draws it, now and at
 * each change of the saved data.
 * @param refresh - reads the state and draws it
 */
export function beginPage(title: PlainKey, refresh: () => Promise<void>): Promise<void> {
  const { documentElement } = document;
  document.title = translate(title);
  documentElement.lang = locale();
  documentElement.dir = direction();
  // See `shell/ui/redraw-signal.ts`.
  browser.storage.session.onChanged.addListener(() => void refresh());
  return refresh();
}
