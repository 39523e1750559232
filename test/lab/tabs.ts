// Tabs as their page sees them, in private windows and containers too, which Playwright does not know.
import { type Bidi, inBrowserWindow, inDocument } from "./browser-chrome";
import { openInContainer, openPrivately } from "./windows";

export interface Tab {
  /** Runs a script as the page's own. @returns the result of its promise */
  readonly evaluate: (script: string) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

const SHOWN = "window.gBrowser.selectedBrowser";

/** Opens an address in a private window or a container, and waits for its page. */
export async function openIn(bidi: Bidi, where: "private" | "container", url: string): Promise<Tab> {
  await (where === "private" ? openPrivately(bidi, url) : openInContainer(bidi, url));
  await inBrowserWindow(
    bidi,
    `const browser = ${SHOWN};
    while (browser.currentURI.spec !== args.url || browser.webProgress.isLoadingDocument)
      await new Promise((done) => setTimeout(done, 50));`,
    { url },
  );
  return {
    evaluate: (script) =>
      inDocument(bidi, SHOWN, "return await content.wrappedJSObject.eval(args.script);", { script }),
    close: () =>
      inBrowserWindow(
        bidi,
        where === "private" ? "window.close();" : "window.gBrowser.removeTab(window.gBrowser.selectedTab);",
      ),
  };
}

/** Opens another tab in the window in use, which hides the page there. */
export const openInFront = (bidi: Bidi): Promise<unknown> =>
  inBrowserWindow(bidi, "window.gBrowser.selectedTab = window.gBrowser.addTrustedTab('about:blank');");
