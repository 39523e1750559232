// Firefox's own dialogs that a server can cause: which certificate to show, and which name and password.
import { z } from "zod";
import { inBrowserWindow, type Bidi } from "./browser-chrome";

/** The addresses of all open dialogs, both over tabs and in their own windows. */
export const dialogs = async (bidi: Bidi): Promise<string[]> =>
  z.array(z.string()).parse(
    await inBrowserWindow(
      bidi,
      `const found = [];
      for (const other of Services.wm.getEnumerator(null)) {
        found.push(other.location.href);
        for (const frame of other.document.querySelectorAll('browser.dialogFrame')) found.push(frame.currentURI.spec);
      }
      return found.filter((url) => /clientauthask|commonDialog/.test(url));`,
    ),
  );

/** Waits for the dialog and agrees: shows the offered certificate, and lets Firefox remember it for this session. */
export const agree = (bidi: Bidi): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const shown = () => [...document.querySelectorAll('browser.dialogFrame')].find(({ currentURI }) => /clientauthask/.test(currentURI.spec));
    const later = () => new Promise((done) => setTimeout(done, 100));
    const certificates = () => shown()?.contentDocument.getElementById('nicknames')?.itemCount ?? 0;
    while (certificates() === 0) await later();
    await later();
    const dialog = shown();
    dialog.contentDocument.querySelector('dialog').acceptDialog();
    while (dialog.isConnected && shown() === dialog) await later();`,
  );
