// An attacker who controls the domain has a certificate from an authority that is built into Firefox.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createAuthority } from "../lab/authority";
import { inBrowserWindow, trustRoot } from "../lab/browser-chrome";
import { EXTENSION_ID, type FirefoxSession, type Session, startFirefox } from "../lab/firefox-session";
import { type Instance, type Lab, startLab } from "../lab/lab";
import { until } from "../lab/until";
import { bookOf, choose, pin } from "./user";

let lab: Lab;
let firefox: FirefoxSession | undefined;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.close();
});
afterEach(async () => {
  await firefox?.close();
  firefox = undefined;
});

/** How Firefox treats certificates without SCTs, such as the ones in these tests. */
const TRANSPARENCY = { ignored: 0, reported: 1, enforced: 2 } as const;

const start = async (transparency: keyof typeof TRANSPARENCY, options: Session = {}): Promise<FirefoxSession> => {
  const prefs = { "security.pki.certificate_transparency.mode": TRANSPARENCY[transparency] };
  firefox = await startFirefox(lab, { ...options, prefs });
  return firefox;
};
const open = async (session: FirefoxSession, { url }: Instance): Promise<void> => {
  const page = await session.context.newPage();
  await page.goto(url);
};

it("says that an instance is not pinned, and nothing more, while nothing is wrong", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("ignored");
  await open(session, instance);
  await session.buttonShows("Latchkey: not pinned");
  const insider = await session.extensionPage("popup.html");
  expect((await bookOf(insider)).incidents).toEqual([]);
});

it("spots an attacker whose certificate is as good as the instance's to Firefox", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("ignored");
  await pin(session, instance);
  await open(session, instance);
  await session.buttonShows("Latchkey: verified");
  instance.answerWith(await lab.publicAuthority.issue({ names: [instance.host] }));
  await open(session, instance);
  await session.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
});

it("says which pin was never confirmed if the server presents another leaf, even a renewal", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("ignored");
  const { sha1 } = instance.certificate;
  await instance.renew("same-key");
  await pin(session, instance, sha1);
  await open(session, instance);
  await session.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
  const insider = await session.extensionPage("popup.html");
  const { incidents } = await until(
    () => bookOf(insider),
    (stored) => stored.incidents.length > 0,
  );
  expect(incidents[0]?.verdict).toMatchObject({ kind: "mismatch", cause: "never-confirmed" });
});

it("says in its warning that you pinned the serial number, and stays red", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const serialNumber = "5f2e91c044d17ab3e0c91f6602d8b7aa63e10c4d";
  instance.answerWith(await lab.publicAuthority.issue({ names: [instance.host], serialNumber }));
  const session = await start("ignored");
  await pin(session, instance, serialNumber);
  await open(session, instance);
  await session.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
  const popup = await session.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("You pinned the serial number of the certificate that the server presented").waitFor();
});

it("pins the certificate of the server if you trust it on first use, calls it unchanged, and reports a change", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("ignored");
  await open(session, instance);
  await session.buttonShows("Latchkey: not pinned");
  const popup = await session.extensionPage(`popup.html?address=${instance.host}`);
  await choose(popup, "Trust the current certificate", "Trust it");
  await until(
    () => bookOf(popup),
    ({ pins }) => pins[0]?.source === "first-use",
  );
  await popup.close();
  await open(session, instance);
  await session.buttonShows(
    `Latchkey: unchanged since ${new Intl.DateTimeFormat("en-US", { dateStyle: "long" }).format()}`,
  );
  await instance.renew("new-key");
  await open(session, instance);
  await session.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
});

it("uses no script that was stored from an attacker before the pin", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  instance.answerWith(await lab.publicAuthority.issue({ names: [instance.host] }));
  const session = await start("ignored");
  const page = await session.context.newPage();
  await page.goto(`${instance.url}cached`);
  await session.buttonShows("Latchkey: not pinned");
  instance.restore();
  await pin(session, instance);
  await page.bringToFront();
  instance.received.length = 0;
  await page.goto(`${instance.url}cached`);
  await session.buttonShows("Latchkey: verified");
  expect(instance.received.map(({ path }) => path)).toContain("/static/app.js");
});

/** What about:addons does when the user takes the permission back, or gives it. */
const permission = (session: FirefoxSession, how: "add" | "remove"): Promise<unknown> =>
  inBrowserWindow(
    session.bidi,
    `const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
    const { extension } = WebExtensionPolicy.getByID(args.id);
    await ExtensionPermissions[args.how](args.id, { permissions: [], origins: ['*://*.ui.nabu.casa/*'] }, extension);`,
    { id: EXTENSION_ID, how },
  );

it("warns about a script that was stored from an attacker while the permission was gone", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("ignored");
  await pin(session, instance);
  const page = await session.context.newPage();
  await page.goto(instance.url);
  await session.buttonShows("Latchkey: verified");
  await permission(session, "remove");
  await session.buttonShows("Latchkey: not checked, permission removed");
  instance.answerWith(await lab.publicAuthority.issue({ names: [instance.host] }));
  await page.goto(`${instance.url}cached`);
  instance.restore();
  await permission(session, "add");
  await page.goto(`${instance.url}cached`);
  await session.buttonShows("Latchkey: WARNING, a stored file came with another certificate");
});

it("is not deceived by a root that is only named like a public one", async () => {
  const named = await createAuthority("ISRG Root X1");
  const instance = await lab.instance(named);
  const session = await start("ignored");
  await trustRoot(session.bidi, named.root);
  await open(session, instance);
  await session.buttonShows("Latchkey: WARNING, intercepted by ISRG Root X1");
});

it("warns about a certificate that no public log lists", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("reported");
  await open(session, instance);
  await session.buttonShows("Latchkey: WARNING, certificate not in the public logs");
});

it("recognizes the instance by its own key, logged or not", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("reported");
  await pin(session, instance);
  await open(session, instance);
  await session.buttonShows("Latchkey: verified");
});

it("warns if Firefox refused an unlogged certificate and you clicked through", async () => {
  const instance = await lab.instance(lab.publicAuthority);
  const session = await start("enforced", { ignoreHTTPSErrors: true });
  await open(session, instance);
  await session.buttonShows("Latchkey: WARNING, a certificate error was skipped");
});
