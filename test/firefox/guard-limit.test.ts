// Browsers in which Guard can't check a connection: it sends nothing secret, says what to change, and accuses no one.
import { afterEach, expect, it } from "vitest";
import { until } from "../lab/until";
import { closeBrowser, firefox, lab, startBrowser } from "./browser";
import { incidents, openInstance, post, switchGuardOn } from "./guarded";

afterEach(closeBrowser);

const BROWSERS: [what: string, prefs: Record<string, boolean>, advice: string][] = [
  ["a coarse clock", { "privacy.resistFingerprinting": true }, "privacy.resistFingerprinting.exemptedDomains"],
  ["no times of requests", { "dom.enable_resource_timing": false }, "dom.enable_resource_timing"],
  ["no times at all", { "dom.enable_performance": false }, "dom.enable_performance"],
];
it.each(BROWSERS)("sends no secret in a browser with %s, and says what to change", async (_, prefs, advice) => {
  await startBrowser({ prefs });
  const { instance, page } = await openInstance(lab, firefox, false);
  // Watching needs none of it.
  expect(await post(page)).toBe(200);
  await switchGuardOn(firefox, instance); // on a version that has to be accepted, too
  await page.bringToFront();
  instance.received.length = 0;
  expect(await post(page)).toBe("stopped");
  await firefox.buttonShows("Latchkey: not checked, Guard can’t work in this browser");
  await page.reload();
  await firefox.buttonShows("Latchkey: not checked, Guard can’t work in this browser");
  expect(instance.received.filter(({ path }) => path === "/auth/token")).toEqual([]);
  expect(await incidents(firefox, instance)).toEqual([]);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("Guard can’t work in this browser").waitFor();
  await until(
    () => popup.locator("body").innerText(),
    (text) => text.includes(advice),
  );
  await popup.close();
  await page.close();
});
