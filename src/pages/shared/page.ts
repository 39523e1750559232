import type { PlainKey } from "../../core/message-key";
import { direction, locale, translate } from "../../shell/ui/translate";

/**
 * Sets what a page's HTML can't know: its title, and the language and direction of its texts.
 */
export function beginPage(title: PlainKey): void {
  const { documentElement } = document;
  document.title = translate(title);
  documentElement.lang = locale();
  documentElement.dir = direction();
}
