// After a warning, nothing leaves to a guarded instance. Latchkey listens to requests that begin only while something
// is guarded. So this test tries each way in which it may begin to listen.
import { expect, it } from "vitest";
import { isOpen } from "../../src/core/incident/incident";
import { attack, SECRET } from "../lab/attacker";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { NAIVE } from "../lab/strategies";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { incidents, openInstance, post, switchGuardOn, untilAtRest } from "./guarded";

useBrowser();

type Step = (instance: Instance) => Promise<unknown>;
const nothing: Step = () => Promise.resolve();
const suspend: Step = async (instance) => {
  await untilAtRest(firefox, instance);
  await suspendBackground(firefox.bidi, EXTENSION_ID);
};

it.each<[string, before: Step, after: Step]>([
  ["in one life of the background", nothing, nothing],
  ["if Guard was switched on in an earlier life of the background", nothing, suspend],
  ["if Guard was switched on after the background had been suspended", suspend, nothing],
  ["if the background was suspended before and after", suspend, suspend],
])("lets no request begin after a warning, %s", async (_, before, after) => {
  const { instance, page } = await openInstance(lab, firefox, false);
  await before(instance);
  await page.evaluate("fetch('/image.svg').then((answer) => answer.text())"); // nothing is guarded
  await switchGuardOn(firefox, instance);
  await attack(lab, instance, NAIVE);
  expect(await post(page)).toBe("stopped");
  await until(
    () => incidents(firefox, instance),
    (seen) => seen.some(isOpen),
  );
  instance.attacker = undefined;
  instance.dropConnections();
  await after(instance);
  instance.received.length = 0;
  const asked = await page.evaluate(`fetch('/image.svg?${SECRET}').then((answer) => answer.status, () => 'stopped')`);
  expect(asked).toBe("stopped");
  expect(instance.received.filter(({ path }) => !path.includes("latchkey="))).toEqual([]);
  await page.close();
});
