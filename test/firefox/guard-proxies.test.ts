// Instances behind a server that wants a client certificate, or a name and a password, before Home Assistant's own login.
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attack, SECRET } from "../lab/attacker";
import { type Authority, createAuthority } from "../lab/authority";
import { type Caddy, type CaddySettings, LOGIN, startCaddy } from "../lab/caddy";
import { importClientCertificate } from "../lab/client-certificate";
import { agree, dialogs } from "../lab/dialogs";
import type { Instance } from "../lab/lab";
import { firstPasses, NAIVE } from "../lab/strategies";
import { until } from "../lab/until";
import { closeBrowser, firefox, lab, startBrowser } from "./browser";
import { failures, incidents, post, switchGuardOn, untilAtRest, untilChecked } from "./guarded";
import { pin } from "./user";

const VERIFIED = "Latchkey: verified";
const CODE = Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString("base64");

let clients: Authority;
const proxies: Caddy[] = [];

const start = (choice: string) => async (): Promise<void> => {
  clients = await createAuthority("Clients of my server");
  await startBrowser({ prefs: { "security.default_personal_cert": choice } });
  await importClientCertificate(firefox.bidi, await clients.issue({ names: ["me"] }));
};
const stop = async (): Promise<void> => {
  for (const { close } of proxies.splice(0)) await close();
  await closeBrowser();
};

/** An unused instance behind its own server, pinned. */
async function behind(settings: CaddySettings): Promise<Instance> {
  const instance = await lab.instance();
  const proxy = await startCaddy(instance.host, instance.certificate, lab.directPort, settings);
  proxies.push(proxy);
  instance.proxy = proxy.port;
  await pin(firefox, instance);
  return instance;
}

/** Reloads a page and waits for its connection check. @returns the verdict */
async function checked(page: Page, instance: Instance): Promise<unknown> {
  const began = Date.now();
  await page.reload();
  await untilChecked(firefox, instance, began);
  // Firefox forgets a tab’s title at each load, so for a moment it shows none of the extension’s.
  await firefox.buttonShows(VERIFIED);
  return [await failures(firefox, instance), await dialogs(firefox.bidi)];
}
const GOOD = [[], []];

const guarded = async (page: Page, instance: Instance): Promise<void> => {
  await switchGuardOn(firefox, instance);
  await page.bringToFront();
};

describe.each(["Select Automatically", "Ask Every Time"])(
  "behind a server that wants a client certificate, Firefox set to “%s”",
  (choice) => {
    beforeAll(start(choice));
    afterAll(stop);

    const open = async (
      protocols: CaddySettings["protocols"] = ["h1"],
    ): Promise<{ instance: Instance; page: Page }> => {
      const instance = await behind({ protocols, clients: clients.root });
      const page = await firefox.context.newPage();
      const began = Date.now();
      const opened = page.goto(instance.url);
      // Chosen once, for the page. Any later dialog would ask for something else.
      if (choice === "Ask Every Time") await agree(firefox.bidi);
      await opened;
      await untilChecked(firefox, instance, began);
      return { instance, page };
    };

    it.each([[["h1"]], [["h1", "h2"]]] as const)(
      "checks the instance, over %j, without any further dialog",
      async (protocols) => {
        const { instance, page } = await open(protocols);
        await firefox.buttonShows(VERIFIED);
        expect(await checked(page, instance)).toEqual(GOOD);
        expect(await checked(page, instance)).toEqual(GOOD);
        expect(await incidents(firefox, instance)).toEqual([]);
        await page.close();
      },
    );

    const openGuarded = async (): Promise<{ instance: Instance; page: Page }> => {
      const opened = await open();
      await guarded(opened.page, opened.instance);
      const began = Date.now();
      await opened.page.reload();
      await untilChecked(firefox, opened.instance, began);
      return opened;
    };

    it("sends a secret under Guard", async () => {
      const { instance, page } = await openGuarded();
      expect(await checked(page, instance)).toEqual(GOOD);
      expect([await post(page), await post(page), await post(page, "/api/services")]).toEqual([200, 200, 204]);
      expect([
        await dialogs(firefox.bidi),
        await failures(firefox, instance),
        await incidents(firefox, instance),
      ]).toEqual([[], [], []]);
      await page.close();
    });

    it("warns about an attacker who answers instead of it", async () => {
      const { instance, page } = await open();
      await attack(lab, instance, NAIVE);
      await page.reload();
      await firefox.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
      await page.close();
    });

    it.each([
      ["answers instead of it", NAIVE],
      ["lets one round pass and takes the next group", firstPasses("close")],
    ])("gives no secret under Guard to an attacker who %s, or reports it", async (_, strategy) => {
      const { instance, page } = await openGuarded();
      const loot = await attack(lab, instance, strategy);
      expect(await post(page)).toBe("stopped");
      if (strategy === NAIVE) expect(loot.secrets()).toBe(0);
      await until(
        () => incidents(firefox, instance),
        (all) => all.length > 0,
      );
      await page.close();
    });
  },
);

describe("behind HTTP basic authentication", () => {
  beforeAll(start("Ask Every Time"));
  afterAll(stop);

  /** Logs in as a user does who has the login in a bookmark. */
  const open = async (path = ""): Promise<{ instance: Instance; page: Page }> => {
    const instance = await behind({ protocols: ["h1"], login: LOGIN });
    const page = await firefox.context.newPage();
    await page.goto(instance.url.replace("//", `//${LOGIN.user}:${LOGIN.password}@`));
    // Firefox has the login now. A page with the login in its own address can't fetch anything.
    const began = Date.now();
    await page.goto(instance.url + path);
    await untilChecked(firefox, instance, began);
    return { instance, page };
  };

  it("checks the instance without any further dialog", async () => {
    const { instance, page } = await open();
    await firefox.buttonShows(VERIFIED);
    expect(await checked(page, instance)).toEqual(GOOD);
    expect(await post(page)).toBe(200);
    expect(await incidents(firefox, instance)).toEqual([]);
    await page.close();
  });

  it("keeps the page’s login under Guard", async () => {
    const { instance, page } = await open();
    await guarded(page, instance);
    expect(await checked(page, instance)).toEqual(GOOD);
    expect([await post(page), await post(page), await post(page, "/api/services")]).toEqual([200, 200, 204]);
    expect(await page.evaluate("fetch('/image.svg').then(({ status }) => status)")).toBe(200);
    expect(
      await page.evaluate(
        "new Promise((done) => { const socket = new WebSocket('wss://' + location.host + '/api/websocket'); socket.onmessage = () => done('told'); socket.onerror = () => done('failed'); })",
      ),
    ).toBe("told");
    expect([await dialogs(firefox.bidi), await incidents(firefox, instance)]).toEqual([[], []]);
    // A probe must not have it. Otherwise, an attacker would get it with the probe.
    const probes = instance.received.filter(({ path }) => path.includes("latchkey="));
    expect(probes.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    await page.close();
  });

  it("loads a page of forty pictures under Guard, each of them with the login", async () => {
    const { instance, page } = await open("forty");
    await guarded(page, instance);
    expect(await checked(page, instance)).toEqual(GOOD);
    expect(await page.evaluate("[...document.images].filter(({ naturalWidth }) => naturalWidth > 0).length")).toBe(40);
    expect(await incidents(firefox, instance)).toEqual([]);
    await page.close();
  });

  it("gives neither login nor token to an attacker who answers instead of it", async () => {
    const { instance, page } = await open();
    await guarded(page, instance);
    expect(await checked(page, instance)).toEqual(GOOD);
    // The page's icon carries the login as well. Sent just before the attacker comes, it would go to the attacker.
    await untilAtRest(firefox, instance);
    const loot = await attack(lab, instance, NAIVE, { wanted: [SECRET, CODE] });
    expect(await post(page)).toBe("stopped");
    await page.evaluate("fetch('/image.svg').catch(() => undefined)");
    expect(loot.secrets()).toBe(0);
    await until(
      () => incidents(firefox, instance),
      (all) => all.some(({ verdict }) => verdict.kind === "mismatch"),
    );
    await page.close();
  });
});
