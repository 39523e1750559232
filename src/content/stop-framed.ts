// Runs in every document of a guarded instance, in frames too, before the document's own scripts. Firefox doesn't tell an
// extension what another site's page loads, so a document in its frame may be the attacker's, and nobody has checked it.
// From there one click opens a window at the true address, whose stored tokens it could read. So it is stopped.
import type { Browser } from "webextension-polyfill";
import { isFramedByAnother } from "../core/request/framed";

/** Firefox's own: the polyfill would be loaded into every document. */
declare const browser: Pick<Browser, "i18n">;

// A document of no origin (a frame with `sandbox`) can't reach the instance's windows, and its parent isn't its own either.
if (window.origin !== "null" && isFramedByAnother(window)) {
  window.stop();
  document.documentElement.replaceChildren(browser.i18n.getMessage("framedStopped"));
}
