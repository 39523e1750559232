import { it } from "vitest";
import { inBrowserWindow } from "../lab/browser-chrome";
import { EXTENSION_ID } from "../lab/firefox-session";
import { UNRELATED } from "../lab/lab";
import { firefox, lab, useBrowser } from "./browser";
import { pin } from "./user";

useBrowser();

it("shows in every tab that the permission is gone", async () => {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");

  // What about:addons does when the user takes the permission back.
  await inBrowserWindow(
    firefox.bidi,
    `const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
    const { extension } = WebExtensionPolicy.getByID(args.id);
    await ExtensionPermissions.remove(args.id, { permissions: [], origins: ['*://*.ui.nabu.casa/*'] }, extension);`,
    { id: EXTENSION_ID },
  );
  await firefox.buttonShows("Latchkey: not checked, permission removed");
  await page.goto(`https://${UNRELATED}/`);
  await firefox.buttonShows("Latchkey: not checked, permission removed");
});
