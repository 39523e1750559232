// The real popup panel below the toolbar button, in which activeTab and user activation are real.
import { z } from "zod";
import { type Bidi, BUTTON, inBrowserWindow, inDocument } from "./browser-chrome";
import { until } from "./until";

/** Clicks the toolbar button and waits for the real popup panel to show something. */
export const openPopup = (bidi: Bidi, id: string): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `${BUTTON}
    window.focus();
    button.click();
    for (let i = 0; i < 100; i++) {
      const browser = document.querySelector('browser.webextension-popup-browser');
      if (browser?.currentURI?.spec.startsWith('moz-extension:') && !browser.webProgress?.isLoadingDocument) return;
      await new Promise((r) => setTimeout(r, 100));
    }
    throw new Error('the popup did not open');`,
    { id },
  );

/** Closes the popup and waits until it is gone. Before that, a click on the button would only close it. */
export const closePopup = (bidi: Bidi): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const popup = () => document.querySelector('browser.webextension-popup-browser');
    const panel = popup()?.closest('panel');
    if (!panel) return;
    const hidden = new Promise((done) => panel.addEventListener('popuphidden', done, { once: true }));
    panel.hidePopup();
    await hidden;`,
  );

export const isPopupOpen = async (bidi: Bidi): Promise<boolean> =>
  z
    .boolean()
    .parse(
      await inBrowserWindow(bidi, "return document.querySelector('browser.webextension-popup-browser') !== null;"),
    );

/** Runs `body` in the open popup: the real panel, so activeTab and user activation are real. */
export const inPopup = (bidi: Bidi, body: string, args: object = {}): Promise<unknown> =>
  inDocument(bidi, "document.querySelector('browser.webextension-popup-browser')", body, args);

/** The visible text of the open popup. */
export const popupText = async (bidi: Bidi): Promise<string> =>
  z.string().parse(await inPopup(bidi, "return content.document.body.innerText;"));

/** Clicks the button called `name` in the open popup as soon as it appears, as a person does. */
export const pressInPopup = (bidi: Bidi, name: string): Promise<unknown> =>
  until(
    () =>
      inPopup(
        bidi,
        `const button = [...content.document.querySelectorAll('button, a')].find((e) => e.textContent.trim() === args.name);
    if (!button) return 'no button called ' + args.name;
    press(button);
    return 'pressed';`,
        { name },
      ),
    (answer) => answer === "pressed",
  );

/** Puts `text` into the popup's field called `label`, with the event that typing causes. */
export const fillInPopup = (bidi: Bidi, label: string, text: string): Promise<unknown> =>
  inPopup(
    bidi,
    `const found = [...content.document.querySelectorAll('label')].find((e) => e.textContent.trim() === args.label);
    if (!found) throw new Error('no field called ' + args.label);
    const field = found.control;
    field.focus();
    field.value = args.text;
    field.dispatchEvent(new content.Event('input', { bubbles: true }));`,
    { label, text },
  );

/** A picture of the browser window's toolbar with the open popup below it, as PNG. */
export const snapshot = async (bidi: Bidi): Promise<Buffer> => {
  const draw = (): Promise<unknown> =>
    inBrowserWindow(
      bidi,
      `const draw = async (context) => context.currentWindowGlobal.drawSnapshot(null, 1, 'white', true);
    const popup = document.querySelector('browser.webextension-popup-browser');
    const bar = await draw(window.browsingContext);
    const panel = popup ? await draw(popup.browsingContext) : undefined;
    const height = document.getElementById('navigator-toolbox').getBoundingClientRect().bottom;
    const canvas = document.createElementNS('http://www.w3.org/1999/xhtml', 'canvas');
    canvas.width = bar.width;
    canvas.height = height + 16 + (panel?.height ?? 0);
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#888';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bar, 0, 0, bar.width, height, 0, 0, bar.width, height);
    if (panel) pen.drawImage(panel, canvas.width - panel.width - 16, height + 8);
    return canvas.toDataURL('image/png');`,
    );
  // Firefox draws nothing of a popup that has no size yet.
  const url = await until(
    () => draw().catch(() => undefined),
    (drawn) => drawn !== undefined,
  );
  return Buffer.from(
    z
      .string()
      .parse(url)
      .replace(/^data:image\/png;base64,/u, ""),
    "base64",
  );
};
