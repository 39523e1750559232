// Uses what only the browser's own window knows: installed extensions, the real toolbar button with its badge,
// preferences and downloads. Works on the raw BiDi session from stock-firefox.ts.
import { z } from "zod";

/** A raw WebDriver BiDi session. */
export interface Bidi {
  send(method: string, params: object): Promise<unknown>;
}

/** Installs an unpacked extension (a folder) or a zip until Firefox closes. @returns its id */
export async function installExtension(bidi: Bidi, path: string, privateBrowsing = true): Promise<string> {
  const type = /\.(?:xpi|zip)$/u.test(path) ? "archivePath" : "path";
  const reply = await bidi.send("webExtension.install", {
    extensionData: { type, path },
    "moz:permanent": false,
    "moz:allowPrivateBrowsing": privateBrowsing,
  });
  return z.object({ extension: z.string() }).parse(reply).extension;
}

const TREE = z.object({ contexts: z.array(z.object({ context: z.string(), url: z.string() })) });
const REPLY = z.discriminatedUnion("type", [
  z.object({ type: z.literal("success"), result: z.object({ value: z.string() }) }),
  z.object({ type: z.literal("exception"), exceptionDetails: z.object({ text: z.string() }) }),
]);

/** Runs `body` (the text of an async function, with `args` in scope) in the document of the browser window in use. */
export async function inBrowserWindow(bidi: Bidi, body: string, args: object = {}): Promise<unknown> {
  const tree = TREE.parse(await bidi.send("browsingContext.getTree", { "moz:scope": "chrome" }));
  const window = tree.contexts.find(({ url }) => url === "chrome://browser/content/browser.xhtml");
  const expression = `(async () => {
    const window = Services.wm.getMostRecentWindow("navigator:browser"), document = window.document;
    const args = ${JSON.stringify(args)};
    const result = await (async () => { ${body} })();
    return JSON.stringify(result === undefined ? null : result);
  })()`;
  const target = { context: window?.context };
  const reply = REPLY.parse(await bidi.send("script.evaluate", { expression, target, awaitPromise: true }));
  if (reply.type === "exception") throw new Error(`in the browser window: ${reply.exceptionDetails.text}`);
  return JSON.parse(reply.result.value);
}

export const BUTTON = `const button = document.querySelector('toolbaritem[data-extensionid="' + args.id + '"] .unified-extensions-item-action-button') ?? document.querySelector('[data-extensionid="' + args.id + '"]');`;
const FACE = z.object({ badge: z.string(), colour: z.string(), title: z.string(), image: z.string() });
export type ButtonFace = z.infer<typeof FACE>;

/** The toolbar button as the user of the window in use sees it. */
export const toolbarButton = async (bidi: Bidi, id: string): Promise<ButtonFace> =>
  FACE.parse(
    await inBrowserWindow(
      bidi,
      `${BUTTON}
      return { badge: button.getAttribute('badge') ?? '', colour: button.getAttribute('badgeStyle') ?? '',
        title: button.getAttribute('tooltiptext') ?? button.getAttribute('label') ?? '', image: button.getAttribute('style') ?? '' };`,
      { id },
    ),
  );

/**
 * Waits for Firefox's own prompt for a permission and allows it by a real click of the mouse, which closes any other
 * open panel. Needs a screen.
 */
export const allowInPrompt = (bidi: Bidi): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const prompt = () => document.querySelector('#notification-popup popupnotification');
    const { PopupNotifications, windowUtils } = window;
    const shown = new Promise((done) => PopupNotifications.panel.addEventListener('popupshown', done, { once: true }));
    if (PopupNotifications.panel.state !== 'open') await shown;
    if (prompt().id !== 'addon-webext-permissions-notification') throw new Error('another prompt: ' + prompt().id);
    const { button } = prompt();
    await window.promiseDocumentFlushed(() => {});
    const { NATIVE_MOUSE_MESSAGE_MOVE, NATIVE_MOUSE_MESSAGE_BUTTON_DOWN, NATIVE_MOUSE_MESSAGE_BUTTON_UP } = windowUtils;
    // A first click may only close another panel that is open, as a user's click does.
    const isOpen = () => PopupNotifications.panel.state === 'open' && prompt() !== null;
    for (const end = Date.now() + 10_000; isOpen() && Date.now() < end;) {
      const { width, height } = button.getBoundingClientRect();
      for (const message of [NATIVE_MOUSE_MESSAGE_MOVE, NATIVE_MOUSE_MESSAGE_BUTTON_DOWN, NATIVE_MOUSE_MESSAGE_BUTTON_UP])
        await new Promise((sent) => windowUtils.sendNativeMouseEvent(
          button.screenX + width / 2, button.screenY + height / 2, message, 0, 0, document.documentElement, sent));
      const hidden = new Promise((done) => PopupNotifications.panel.addEventListener('popuphidden', done, { once: true }));
      await Promise.race([hidden, new Promise((done) => setTimeout(done, 700))]);
    }
    if (isOpen()) throw new Error('the prompt stays');`,
  );

/**
 * Makes a PEM certificate a trusted root of the running profile, as a user or a company does. So it isn't a built-in
 * root.
 */
export const trustRoot = (bidi: Bidi, pem: string): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB)
      .addCertFromBase64(args.pem.replace(/-----[^-]+-----|\\s/g, ''), 'CT,,');`,
    { pem },
  );

/**
 * Runs `body` in the document that a `browser` element shows (an expression in the browser window). In scope are
 * `content`, which is its window, `args`, and `press(element)`, a trusted mouse click.
 */
export const inDocument = async (bidi: Bidi, shownIn: string, body: string, args: object): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const browser = ${shownIn};
    const script = "(async () => { const args = " + JSON.stringify(args.args) + ";" +
      "const press = (e) => { e.scrollIntoView(); const r = e.getBoundingClientRect(); for (const t of ['mousedown', 'mouseup']) content.synthesizeMouseEvent(t, r.left + r.width / 2, r.top + r.height / 2, { button: 0, clickCount: 1 }, {}); };" +
      "return await (async () => {" + args.body + "})(); })().then((v) => sendAsyncMessage('latchkey-test:done', { value: v ?? null }), (e) => sendAsyncMessage('latchkey-test:done', { error: String(e) }))";
    const reply = await new Promise((resolve) => {
      const done = ({ data }) => { browser.messageManager.removeMessageListener('latchkey-test:done', done); resolve(data); };
      browser.messageManager.addMessageListener('latchkey-test:done', done);
      // A document in another process replaces it, and the script is gone.
      const moved = () => done({ data: { error: 'the tab has moved on' } });
      browser.addEventListener('DidChangeBrowserRemoteness', moved, { once: true });
      browser.messageManager.loadFrameScript('data:,' + encodeURIComponent(script), false);
    });
    if (reply.error) throw new Error(reply.error);
    return reply.value;`,
    { body, args },
  );

/** The visible text of the tab in use, which may be in a private window; empty while it navigates. */
export const tabText = async (bidi: Bidi): Promise<string> => {
  const body = "return content.document.body?.innerText ?? '';";
  return z.string().parse(await inDocument(bidi, "window.gBrowser.selectedBrowser", body, {}).catch(() => ""));
};

/** Sets one of the running profile's preferences. */
export const setPreference = (bidi: Bidi, name: string, value: number | string): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `Services.prefs.set${typeof value === "number" ? "Int" : "String"}Pref(args.name, args.value);`,
    {
      name,
      value,
    },
  );

/** Waits until Firefox has saved a file of this name. @returns its path */
export const untilDownloaded = async (bidi: Bidi, name: string): Promise<string> =>
  z.string().parse(
    await inBrowserWindow(
      bidi,
      `const { Downloads } = ChromeUtils.importESModule('resource://gre/modules/Downloads.sys.mjs');
      const list = await Downloads.getList(Downloads.ALL);
      const isIt = (download) => download.succeeded && download.target.path.endsWith(args.name);
      return await new Promise((done) => {
        const check = (download) => { if (isIt(download)) done(download.target.path); };
        void list.addView({ onDownloadAdded: check, onDownloadChanged: check });
      });`,
      { name },
    ),
  );

/** Records the moment at which the button of the window in use first shows `badge`. */
export const watchBadge = (bidi: Bidi, id: string, badge: string): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `${BUTTON}
    window.latchkeyBadge = new Promise((done) => {
      const watcher = new window.MutationObserver(() => {
        if (button.getAttribute('badge') !== args.badge) return;
        watcher.disconnect();
        done(Date.now());
      });
      watcher.observe(button, { attributes: true, attributeFilter: ['badge'] });
    });`,
    { id, badge },
  );

/** When the button first showed the badge, in milliseconds since 1970. */
export const untilBadgeTurned = async (bidi: Bidi): Promise<number> =>
  z.number().parse(await inBrowserWindow(bidi, "return await window.latchkeyBadge;"));
