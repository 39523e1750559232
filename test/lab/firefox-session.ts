import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright";
import { extensionFolder, zipPath } from "../../scripts/build";
import { installExtension, toolbarButton, trustRoot, type Bidi, type ButtonFace } from "./browser-chrome";
import { countAsBuiltIn } from "./built-in-root";
import type { Lab } from "./lab";
import { launchStockFirefox, type Launch } from "./stock-firefox";
import { until } from "./until";

export const EXTENSION_ID = "latchkey@pinned.home";
const UUID = "9f2d7c1e-5b0a-4c3d-8e6f-1a2b3c4d5e6f";

/** A stock Firefox with the built extension, whose network leads to the lab. */
export interface FirefoxSession {
  readonly context: BrowserContext;
  readonly bidi: Bidi;
  readonly profile: string;
  /** Opens a page of the extension in a tab. */
  readonly extensionPage: (path: string) => Promise<Page>;
  /**
   * A page of the extension in the background, the same each time. It runs no script, and a test can read what it can
   * read.
   */
  readonly insider: () => Promise<Page>;
  readonly button: () => Promise<ButtonFace>;
  /** Waits until the button's title begins with `title`, and its badge fits. */
  readonly buttonShows: (title: string) => Promise<ButtonFace>;
  readonly close: () => Promise<void>;
}

export interface Session extends Partial<Launch> {
  /**
   * Installs the extension permanently, as a user does. The profile outlives `close`, and its next session uses it
   * again.
   */
  readonly keep?: boolean;
  readonly privateBrowsing?: boolean;
  /** The unpacked extension to install: the one just built, another, or none. */
  readonly extension?: string | false;
}

/** Whether badge and title fit together: Firefox sets one after the other. */
const isWhole = ({ title, badge, colour }: ButtonFace): boolean =>
  title.includes("WARNING")
    ? badge === "!" && colour.includes("rgba(179, 38, 30, 1)")
    : badge === (/not (?:checked|pinned)/u.test(title) ? "?" : "");

export async function startFirefox(lab: Lab, options: Session = {}): Promise<FirefoxSession> {
  const { keep = false, privateBrowsing = true, extension = extensionFolder, ...launch } = options;
  const profile = launch.profile ?? (await mkdtemp(join(tmpdir(), "latchkey-profile-")));
  if (keep && launch.profile === undefined) {
    await mkdir(join(profile, "extensions"));
    await copyFile(await zipPath(), join(profile, "extensions", `${EXTENSION_ID}.xpi`));
  }
  await countAsBuiltIn(profile, lab.publicAuthority.root);
  const { context, bidi } = await launchStockFirefox({
    ...launch,
    profile,
    prefs: {
      ...lab.prefs,
      "extensions.webextensions.uuids": JSON.stringify({ [EXTENSION_ID]: UUID }),
      "extensions.webextOptionalPermissionPrompts": false, // grants without the doorhanger
      "alerts.useSystemBackend": false, // Firefox's own notifications: a test machine has no others
      "extensions.autoDisableScopes": 0, // runs an extension of the profile without asking
      "extensions.startupScanScopes": 15,
      ...launch.prefs,
    },
  });
  await trustRoot(bidi, lab.authority.root);
  if (!keep && extension !== false) await installExtension(bidi, extension, privateBrowsing);
  const button = (): Promise<ButtonFace> => toolbarButton(bidi, EXTENSION_ID);
  const urlOf = (path: string): string => `moz-extension://${UUID}/${path}`;
  let insider: Page | undefined;
  return {
    context,
    bidi,
    button,
    profile,
    extensionPage: async (path) => {
      const page = await context.newPage();
      await page.goto(urlOf(path));
      return page;
    },
    insider: async () => {
      if (insider === undefined || insider.isClosed()) {
        insider = await openBehind(context, bidi);
        await insider.goto(urlOf("icons/warning.svg"));
      }
      return insider;
    },
    buttonShows: (title) => until(button, (face) => face.title.startsWith(title) && isWhole(face)),
    close: async () => {
      await context.close();
      if (!keep) await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Opens a tab behind the one in use, which Playwright can't do. */
async function openBehind(context: BrowserContext, bidi: Bidi): Promise<Page> {
  const opened = context.waitForEvent("page");
  await bidi.send("browsingContext.create", { type: "tab", background: true });
  return opened;
}
