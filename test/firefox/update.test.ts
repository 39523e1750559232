// Firefox closes the pages of an extension when it updates it: a page that was blocked comes back blocked.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { extensionFolder, zipFolder } from "../../scripts/build";
import { attack, SECRET } from "../lab/attacker";
import { inBrowserWindow, tabText } from "../lab/browser-chrome";
import { openInWindow, openPrivately } from "../lab/windows";
import { type FirefoxSession, type Session, startFirefox } from "../lab/firefox-session";
import { type Instance, type Lab, startLab } from "../lab/lab";
import { NAIVE } from "../lab/strategies";
import { until } from "../lab/until";
import { openInstance, untilArrived } from "./guarded";
import { insiderDo } from "./insider";

const NEXT = "0.9.0";
let lab: Lab;
let firefox: FirefoxSession | undefined;
/** A folder with the next version, and its zip. */
let folder: string;
let next: { readonly unpacked: string; readonly zip: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-update-"));
  const unpacked = join(folder, "next");
  const zip = join(folder, "next.xpi");
  await cp(extensionFolder, unpacked, { recursive: true });
  const manifest = z.looseObject({ version: z.string() });
  const file = join(unpacked, "manifest.json");
  const read = manifest.parse(JSON.parse(await readFile(file, "utf8")));
  await writeFile(file, JSON.stringify({ ...read, version: NEXT }));
  await writeFile(zip, await zipFolder(unpacked));
  next = { unpacked, zip };
  lab = await startLab();
});
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  if (firefox === undefined) return;
  await firefox.close();
  await rm(firefox.profile, { recursive: true, force: true });
  firefox = undefined;
});

const start = async (options: Session): Promise<FirefoxSession> => {
  firefox = await startFirefox(lab, options);
  return firefox;
};

/** Replaces the running version with the next one, as Firefox does by itself, and waits until it runs. */
const update = ({ bidi }: FirefoxSession, how: "permanent" | "temporary"): Promise<unknown> =>
  inBrowserWindow(
    bidi,
    `const { AddonManager } = ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs');
    const { FileUtils } = ChromeUtils.importESModule('resource://gre/modules/FileUtils.sys.mjs');
    const file = new FileUtils.File(args.path);
    if (args.how === 'temporary') await AddonManager.installTemporaryAddon(file);
    else await (await AddonManager.getInstallForFile(file)).install();
    const policy = WebExtensionPolicy.getByID('latchkey@pinned.home');
    if (policy.extension.version !== args.version) throw new Error('not updated: ' + policy.extension.version);
    await policy.readyPromise;`,
    { path: how === "permanent" ? next.zip : next.unpacked, how, version: NEXT },
  );

const WINDOWS = z.array(
  z.object({
    isPrivate: z.boolean(),
    tabs: z.array(z.object({ url: z.string(), selected: z.boolean() })),
  }),
);
/** The tabs of each window, in their order. */
const windows = async ({ bidi }: FirefoxSession): Promise<z.infer<typeof WINDOWS>> =>
  WINDOWS.parse(
    await inBrowserWindow(
      bidi,
      `const { PrivateBrowsingUtils } = ChromeUtils.importESModule('resource://gre/modules/PrivateBrowsingUtils.sys.mjs');
      return [...Services.wm.getEnumerator('navigator:browser')].filter(({ closed }) => !closed).map((window) => ({
        isPrivate: PrivateBrowsingUtils.isWindowPrivate(window),
        tabs: [...window.gBrowser.tabs].map((tab) => ({ url: tab.linkedBrowser.currentURI.spec, selected: tab.selected })),
      }));`,
    ),
  );
const BLOCKED = /blocked\.html/u;
const blockedIn = async (session: FirefoxSession): Promise<string[]> =>
  (await windows(session)).flatMap(({ tabs }) => tabs.map(({ url }) => url).filter((url) => BLOCKED.test(url)));

/** A guarded instance, and its page blocked in a tab, whose address holds a secret. `isBetween` puts tabs on both sides. */
async function blocked(session: FirefoxSession, isBetween = false): Promise<{ instance: Instance; page: Page }> {
  const { instance, page } = await openInstance(lab, session, true);
  if (isBetween) {
    await inBrowserWindow(
      session.bidi,
      `const { gBrowser } = [...Services.wm.getEnumerator('navigator:browser')]
        .find(({ gBrowser }) => gBrowser.currentURI.spec === args.url);
      gBrowser.addTrustedTab('about:license');
      gBrowser.moveTabToStart(gBrowser.addTrustedTab('about:robots'));`,
      { url: page.url() },
    );
  }
  await attack(lab, instance, NAIVE);
  await page.goto(`${instance.url}lovelace/0?code=${SECRET}`).catch(() => undefined);
  await untilArrived(page, BLOCKED);
  await until(
    () => onDisk(session),
    (text) => text.includes(instance.host),
  );
  return { instance, page };
}
const onDisk = async (session: FirefoxSession): Promise<string> =>
  z
    .string()
    .parse(await insiderDo(session, "browser.storage.local.get('blocked').then((kept) => JSON.stringify(kept))"));

/**
 * The places where the extension's content scripts run. Its own pages are gone after an update, so this asks Firefox.
 */
const registered = async ({ bidi }: FirefoxSession): Promise<string[]> =>
  z.array(z.string()).parse(
    await inBrowserWindow(
      bidi,
      `const { extension } = WebExtensionPolicy.getByID('latchkey@pinned.home');
      return [...extension.registeredContentScripts.values()].flatMap(({ matches }) => matches);`,
    ),
  );

it.each(["permanent", "temporary"] as const)(
  "comes back blocked in its window, at its position, without a secret: %s installation",
  async (how) => {
    const session = await start({ keep: how === "permanent" });
    const { instance } = await blocked(session, true);
    expect(await onDisk(session)).not.toContain(SECRET);
    await update(session, how);
    const all = await until(
      () => windows(session),
      (now) => now.some(({ tabs }) => tabs.some(({ url }) => BLOCKED.test(url) && !url.includes(SECRET))),
    );
    const own = all.find(({ tabs }) => tabs.some(({ url }) => BLOCKED.test(url)))?.tabs ?? [];
    expect(own.map(({ url }) => (BLOCKED.test(url) ? "blocked" : url))).toEqual([
      "about:robots",
      "blocked",
      "about:license",
    ]);
    const back = own[1];
    expect(back?.selected).toBe(true);
    const { searchParams } = new URL(back?.url ?? "");
    expect(searchParams.get("url")).toBe(`${instance.url}lovelace/0`);
    expect(searchParams.get("address")).toBe(instance.host);
    expect(await blockedIn(session)).toHaveLength(1);
  },
);

it("comes back in a window of its own if its window closed with it", async () => {
  const session = await start({ keep: true });
  const { instance, page } = await blocked(session);
  await openInWindow(session.bidi, "about:license");
  await update(session, "permanent");
  const [url] = await until(
    () => blockedIn(session),
    ([first, ...others]) => first !== undefined && first !== page.url() && others.length === 0,
  );
  expect(url).toContain(instance.host);
});

it("keeps a blocked page closed that you closed", async () => {
  const session = await start({ keep: true });
  const { instance, page } = await blocked(session);
  await page.close();
  await until(
    () => onDisk(session),
    (text) => !text.includes(instance.host),
  );
  const { page: other } = await blocked(session);
  await update(session, "permanent");
  const all = await until(
    () => blockedIn(session),
    ([first]) => first !== undefined && first !== other.url() && !first.includes(SECRET),
  );
  expect(all.filter((each) => each.includes(instance.host))).toEqual([]);
});

it("saves nothing of a blocked page in a private window", async () => {
  const session = await start({});
  const { instance: ordinary } = await blocked(session);
  const { instance, page } = await openInstance(lab, session, true);
  await page.close();
  await attack(lab, instance, NAIVE);
  await openPrivately(session.bidi, `${instance.url}?code=${SECRET}`);
  await until(
    () => tabText(session.bidi),
    (text) => text.includes(instance.host),
  );
  expect(await blockedIn(session)).toHaveLength(2);
  const saved = await onDisk(session);
  expect(saved).toContain(ordinary.host);
  expect(saved).not.toContain(instance.host);
  await update(session, "temporary");
  const all = await until(
    () => blockedIn(session),
    (urls) => urls.some((url) => url.includes(ordinary.host) && !url.includes(SECRET)),
  );
  expect(all.filter((url) => url.includes(instance.host))).toEqual([]);
});

/** Checks that the instance's page gets its code after a login, and the instance doesn't. */
async function codeArrives(session: FirefoxSession, instance: Instance): Promise<void> {
  instance.received.length = 0;
  const page = await session.context.newPage();
  const query = `?auth_callback=1&code=${SECRET}`;
  // Guard redirects it while it loads, which Playwright may treat as a failure.
  await page.goto(instance.url + query).catch(() => undefined);
  await until(
    () => page.evaluate("location.search").catch(String),
    (search) => search === query,
  );
  expect(instance.received.filter(({ path }) => path.includes(SECRET))).toEqual([]);
  await page.close();
}

it.each(["permanent", "temporary"] as const)("still lets you log in under Guard: %s installation", async (how) => {
  const session = await start({ keep: how === "permanent" });
  const { instance, page } = await openInstance(lab, session, true);
  await page.close();
  await codeArrives(session, instance);
  await update(session, how);
  await until(
    () => registered(session),
    (matches) => matches.includes(`https://${instance.host}/*`),
  );
  await codeArrives(session, instance);
  if (how === "temporary") return; // gone with the browser
  await session.close();
  await codeArrives(await start({ keep: true, profile: session.profile }), instance);
});

it("lets you log in under Guard after a start if an earlier version left nothing registered", async () => {
  const session = await start({ keep: true });
  const { instance, page } = await openInstance(lab, session, true);
  await page.close();
  await insiderDo(session, "browser.scripting.unregisterContentScripts()");
  await session.close();
  const again = await start({ keep: true, profile: session.profile });
  await until(
    () => registered(again),
    (matches) => matches.includes(`https://${instance.host}/*`),
  );
  await codeArrives(again, instance);
});
