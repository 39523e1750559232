import { closeIncidents, openInstance } from "../test/firefox/guarded";
import { suspendBackground } from "../test/lab/background";
import { untilBadgeTurned, watchBadge } from "../test/lab/browser-chrome";
import { EXTENSION_ID, startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import type { Lab } from "../test/lab/lab";
import type { Measured } from "./bench-lines";

/** The time until the button turns red when an attacker answers. */
export async function measureBadge({ lab, report, rounds }: Measured): Promise<void> {
  const firefox = await startFirefox(lab);
  report.title(`From an attacker's answer to the red badge, ${String(rounds)} rounds`);
  for (const isSuspended of [false, true]) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await timeToBadge(lab, firefox, isSuspended));
    report.add(isSuspended ? "from a suspended background" : "background running", "ms", times);
  }
  await firefox.close();
}

/** The time from an attacker's server getting the request to the red badge, in ms. */
async function timeToBadge(lab: Lab, firefox: FirefoxSession, isSuspended: boolean): Promise<number> {
  const { instance, page } = await openInstance(lab, firefox, false);
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  const before = instance.received.length;
  if (isSuspended) await suspendBackground(firefox.bidi, EXTENSION_ID);
  await watchBadge(firefox.bidi, EXTENSION_ID, "!");
  await page.reload();
  const turned = await untilBadgeTurned(firefox.bidi);
  const asked = instance.received.slice(before).find(({ method, path }) => method === "GET" && path === "/");
  if (asked === undefined) throw new Error("the page was not asked for");
  instance.restore();
  // An open warning shows in every tab, so the next one could not be distinguished from it.
  await closeIncidents(firefox, instance);
  await page.close();
  return turned - asked.at;
}
