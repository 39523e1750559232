// Opens and closes the browser's windows, private ones and containers too, and uses their address bar.
import { type Bidi, inBrowserWindow } from "./browser-chrome";

/** Opens an address in a private window, which is then the window in use. */
export const openPrivately = (bidi: Bidi, url: string): Promise<unknown> => openInWindow(bidi, url, true);

/** Opens an address in a tab of a container, which is then the tab in use. */
export const openInContainer = (bidi: Bidi, url: string): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
    window.gBrowser.selectedTab = window.gBrowser.addTab(args.url, { userContextId: 2, triggeringPrincipal });`,
    { url },
  );

/** Opens an address in a second window, which is then the window in use. */
export const openInWindow = (bidi: Bidi, url: string, isPrivate = false): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const opened = window.OpenBrowserWindow({ private: args.isPrivate });
    await new Promise((done) => opened.addEventListener('load', done, { once: true }));
    await opened.delayedStartupPromise;
    while (Services.wm.getMostRecentWindow('navigator:browser') !== opened) {
      opened.focus();
      await new Promise((done) => opened.setTimeout(done, 20));
    }
    opened.openTrustedLinkIn(args.url, 'current');`,
    { url, isPrivate },
  );

/** Types into the address bar of the window in use and presses Enter; waits until the tab has loaded, or failed to. */
export const typeAddress = (bidi: Bidi, text: string): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const { gBrowser, gURLBar } = window;
    const stopped = new Promise((done) => {
      const listener = { onStateChange(tabBrowser, progress, request, flags) {
        const { STATE_STOP, STATE_IS_NETWORK } = Ci.nsIWebProgressListener;
        if (tabBrowser !== gBrowser.selectedBrowser || !progress.isTopLevel) return;
        if (!(flags & STATE_STOP) || !(flags & STATE_IS_NETWORK)) return;
        gBrowser.removeTabsProgressListener(listener);
        done();
      } };
      gBrowser.addTabsProgressListener(listener);
    });
    gURLBar.focus();
    gURLBar.value = args.text;
    gURLBar.handleCommand();
    await stopped;`,
    { text },
  );

/** Closes the window in use. Another one is in use then. */
export const closeWindow = (bidi: Bidi): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const closed = new Promise((done) => window.addEventListener('unload', done, { once: true }));
    window.close();
    await closed;`,
  );
