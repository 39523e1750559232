// Files that an attacker served before the pin, and that Firefox stored. The server's later responses can activate
// them: "not modified" (304) runs what is stored, and a part (206) completes it. Both come under the server's own
// certificate.
import type { Page } from "playwright";
import { afterEach, expect, it } from "vitest";
import { attack, type Loot, SECRET } from "../lab/attacker";
import { THEFT } from "../lab/attacker-answers";
import { reachesCollector } from "../lab/collector";
import { lengthOf } from "../lab/instance-pages";
import type { Instance } from "../lab/lab";
import { NAIVE } from "../lab/strategies";
import { until } from "../lab/until";
import { closeBrowser, firefox, lab } from "./browser";
import { incidents, switchGuardOn } from "./guarded";
import { insiderDo } from "./insider";
import { startUnpinned } from "./unpinned";
import { pin } from "./user";

afterEach(closeBrowser);

/** Firefox stores a page's icon despite its headers. A careful attacker's page has none, which leaves no trace. */
const WITHOUT_ICONS = { "browser.chrome.site_icons": false };

/**
 * The files that an attacker left. For whole files, the server sends 304; for the beginning of a file, it adds the
 * rest.
 */
const LEFT = {
  "304": { path: "checked", file: "/static/checked.js", script: THEFT },
  "206": { path: "long", file: "/static/long.js", script: `${THEFT}\n/*` },
  /** The server sent 304 before the pin, so the stored file has the server's own certificate since then. */
  laundered: { path: "checked", file: "/static/checked.js", script: THEFT },
} as const;
type Way = keyof typeof LEFT;

/** The attacker answers before the pin, and before there is anything to steal, and is then gone for good. */
async function leaveScript(way: Way, instance: Instance, page: Page): Promise<Loot> {
  const { path, file, script } = LEFT[way];
  const loot = await attack(lab, instance, NAIVE, {
    authority: lab.publicAuthority,
    scripts: { [file]: script },
    headers: { "Cache-Control": "no-cache", ETag: '"1"', "Accept-Ranges": "bytes" },
    ...(way === "206" ? { cutAt: { [file]: lengthOf(file) } } : {}),
  });
  await page.goto(instance.url + path);
  expect(loot.requests()).toBeGreaterThan(0);
  instance.attacker = undefined;
  instance.dropConnections();
  if (way === "laundered") {
    instance.respond = freshly(instance.respond);
    await page.goto(instance.url + path);
  }
  await page.evaluate(`localStorage.hassTokens = JSON.stringify({ refresh_token: '${SECRET}' })`);
  await page.goto("about:blank");
  return loot;
}

/** Makes the instance's files usable for a day without asking again. */
const freshly =
  (respond: Instance["respond"]): Instance["respond"] =>
  (request, response) => {
    const writeHead = response.writeHead.bind(response) as (status: number, headers: object) => typeof response;
    response.writeHead = ((status: number, headers: object) =>
      writeHead(status, { ...headers, "Cache-Control": "max-age=86400" })) as typeof response.writeHead;
    respond(request, response);
  };

const ROWS = (Object.keys(LEFT) as Way[]).flatMap((way) =>
  [false, true].map((guarded): [Way, boolean] => [way, guarded]),
);
it.each(ROWS)("runs no script that was stored before the pin (%s, guarded: %s)", async (way, guarded) => {
  const { instance, page } = await startUnpinned({ prefs: WITHOUT_ICONS });
  const loot = await leaveScript(way, instance, page);
  await pin(firefox, instance);
  if (guarded) {
    const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
    await popup.getByText("This is your Home Assistant").waitFor();
    await popup.close();
    await switchGuardOn(firefox, instance);
  }
  await page.bringToFront();
  instance.received.length = 0;
  for (let visit = 0; visit < 2; visit++) {
    await page.goto(instance.url + LEFT[way].path);
    await firefox.buttonShows("Latchkey: verified");
  }
  await reachesCollector(firefox, lab);
  expect(loot.secrets()).toBe(0);
  // The file itself was requested as a whole, and the login is still there.
  expect(instance.received.some(({ path }) => path === LEFT[way].file)).toBe(true);
  expect(String(await page.evaluate("localStorage.hassTokens"))).toContain(SECRET);
  expect(await incidents(firefox, instance)).toEqual([]);
});

it("stores files again once the stored ones are cleared, and clears once a session", async () => {
  const { instance, page } = await startUnpinned({ prefs: WITHOUT_ICONS });
  await pin(firefox, instance);
  await page.bringToFront();
  await page.goto(`${instance.url}cached`);
  await firefox.buttonShows("Latchkey: verified");
  await until(
    () => insiderDo(firefox, "browser.storage.session.get('session').then(({ session }) => session.cleared ?? [])"),
    (cleared) => JSON.stringify(cleared).includes(instance.host),
  );
  instance.received.length = 0;
  await page.goto(`${instance.url}cached`);
  const asked = instance.received.filter(({ headers }) => headers["sec-fetch-mode"] !== "websocket");
  expect(asked.map(({ path }) => path)).not.toContain("/static/app.js");
  expect(asked.filter(({ headers }) => headers["cache-control"] === "no-store")).toEqual([]);
});
