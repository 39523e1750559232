import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { closePopup, fillInPopup, openPopup, popupText, pressInPopup, snapshot } from "../test/lab/popup-panel";
import { EXTENSION_ID, type FirefoxSession } from "../test/lab/firefox-session";
import type { Instance, Lab } from "../test/lab/lab";
import { until } from "../test/lab/until";
import { root } from "./build";

const pictures = join(root, "pictures");

/** Takes the tour without a user, prints the toolbar button's title at each step, and saves a picture of each. */
export async function walkTour(lab: Lab, instance: Instance, firefox: FirefoxSession): Promise<void> {
  await mkdir(pictures, { recursive: true });
  const page = await firefox.context.newPage();
  let count = 0;

  /** Takes one step, waits for the toolbar button's title, and shows the popup. */
  const step = async (what: string, act: () => Promise<unknown>, title: string): Promise<void> => {
    await act();
    const button = await firefox.buttonShows(title);
    console.log(`${what}\n    ${button.title}${button.badge === "" ? "" : `   [${button.badge}]`}`);
    await openPopup(firefox.bidi, EXTENSION_ID);
    await until(
      () => popupText(firefox.bidi),
      (text) => text.trim() !== "",
    );
    const name = `${String(++count)}-${what.toLowerCase().replaceAll(/[^a-z]+/gu, "-")}.png`;
    await writeFile(join(pictures, name), await snapshot(firefox.bidi));
    await closePopup(firefox.bidi);
  };

  await openPopup(firefox.bidi, EXTENSION_ID);
  await until(
    () => popupText(firefox.bidi),
    (text) => text.includes("Remote address"),
  );
  await fillInPopup(firefox.bidi, "Remote address", instance.url);
  await fillInPopup(firefox.bidi, "Fingerprint", instance.certificate.sha1);
  await pressInPopup(firefox.bidi, "Pin");
  await closePopup(firefox.bidi);
  await step("The instance, once pinned, is opened", () => page.goto(instance.url), "Latchkey: verified");
  await step(
    "The instance renews its certificate with the same key",
    async () => {
      await instance.renew("same-key");
      await page.reload();
    },
    "Latchkey: renewed",
  );
  await step(
    "An attacker answers",
    async () => {
      instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
      await page.reload();
    },
    "Latchkey: WARNING",
  );
  await step(
    "The attack is over and the warning stays",
    async () => {
      instance.restore();
      await page.reload();
    },
    "Latchkey: WARNING",
  );
  console.log(`Pictures: ${pictures.slice(root.length)}/`);
}
