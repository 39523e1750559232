// Attackers who needn't be on the path to the instance: they lead the browser to another place.
import { type AddressInfo, createServer } from "node:net";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { PROBE_PATH } from "../../src/core/probe/probe";
import { attack } from "../lab/attacker";
import { NAIVE } from "../lab/strategies";
import { setPreference } from "../lab/browser-chrome";
import { startHttp3 } from "../lab/http3";
import { type Instance, UNRELATED } from "../lab/lab";
import { instancePage } from "../lab/instance-pages";
import { until } from "../lab/until";
import { closeBrowser, firefox, lab } from "./browser";
import { post, untilChecked } from "./guarded";
import { leave, pinAndGuard, startUnpinned, WAYS } from "./unpinned";
import { pin } from "./user";

afterEach(closeBrowser);

/** A port of the attacker's. From `meets` on, the attacker takes the connections to it. */
async function startAttackerPort(wanted = 0, address = "127.0.0.1") {
  let taker: Instance["attacker"];
  const server = createServer((socket) => taker?.onConnection(socket, () => undefined));
  server.listen(wanted, address);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    meets: ({ attacker }: Instance): void => {
      taker = attacker;
    },
    close: (): void => {
      server.close();
    },
  };
}

/** Firefox speaks no HTTP/3 if a root was added, as in the lab. */
const HTTP3 = { "network.http.http3.disable_when_third_party_roots_found": false };

it.each(WAYS)("another host of the attacker's that shares its connection: %s", async (_, isGuarded) => {
  const { instance, page } = await startUnpinned({ isRealPort: true });
  if (isGuarded) await pinAndGuard(instance, page);
  else await pin(firefox, instance);
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  // The certificate names the instance and the attacker's own host. The attacker ignores the instance's connections.
  const loot = await attack(lab, instance, NAIVE, { authority: lab.publicAuthority, names: [UNRELATED], http2: true });
  leave(instance);
  await page.evaluate(`new Promise((done) => {
    const image = new Image();
    image.onload = image.onerror = done;
    image.src = 'https://${UNRELATED}/image.svg';
  })`);
  await post(page);
  expect(loot.secrets() > 0).toBe(!isGuarded);
});

it.each(WAYS)("a port of the attacker's that Firefox has learned from `Alt-Svc`: %s", async (_, isGuarded) => {
  const { instance, page } = await startUnpinned();
  const trap = await startAttackerPort();
  const loot = await attack(lab, instance, NAIVE, {
    authority: lab.publicAuthority,
    http2: true,
    headers: { "Alt-Svc": `h2=":${String(trap.port)}"; ma=86400` },
  });
  trap.meets(instance);
  const began = Date.now();
  await page.goto(instance.url); // before the pin
  await untilChecked(firefox, instance, began);
  leave(instance);
  await page.goto("about:blank"); // a probe from the page's tab would go there, too
  if (isGuarded) await pinAndGuard(instance, page);
  await page.goto(instance.url).catch(() => undefined); // the page that shows the reason may replace it
  const before = loot.requests();
  await until(
    async () => (await page.goto(instance.url).catch(() => undefined), loot.requests()),
    (requests) => requests > before || isGuarded,
  );
  if (page.url().startsWith(instance.url)) await post(page);
  expect(loot.secrets() > 0).toBe(!isGuarded);
  trap.close();
});

it.each(WAYS)(
  "HTTP/3 to a port of the attacker's, as answers of the name system may lead to it: %s",
  async (_, isGuarded) => {
    const { instance, page } = await startUnpinned({ prefs: HTTP3 });
    if (isGuarded) await pinAndGuard(instance, page);
    else await pin(firefox, instance);
    await page.goto(instance.url);
    await firefox.buttonShows("Latchkey: verified");
    const trap = await startAttackerPort();
    const certificate = await lab.publicAuthority.issue({ names: [instance.host] });
    const server = await startHttp3(instance.host, certificate, trap.port);
    const loot = await attack(lab, instance, NAIVE, { authority: lab.publicAuthority });
    trap.meets(instance);
    leave(instance);
    await setPreference(
      firefox.bidi,
      "network.http.http3.alt-svc-mapping-for-testing",
      `${instance.host};h3=:${String(server.port)}`,
    );
    // Until Firefox speaks HTTP/3, it uses the old connections.
    await until(
      async () => (await page.evaluate("fetch('/image.svg?' + Math.random()).catch(() => undefined)"), loot.requests()),
      (requests) => requests > 0,
    );
    expect(await post(page)).toBe(isGuarded ? "stopped" : 200);
    expect(loot.secrets() > 0).toBe(!isGuarded);
    await firefox.buttonShows("Latchkey: WARNING");
    await server.close();
    trap.close();
  },
);

it.each(WAYS)("another computer of the attacker's that the name suddenly leads to: %s", async (_, isGuarded) => {
  const { instance, page } = await startUnpinned({
    prefs: { "network.dns.localDomains": "", "network.dns.forceResolve": "127.0.0.1" },
  });
  if (isGuarded) await pinAndGuard(instance, page);
  else await pin(firefox, instance);
  const began = Date.now();
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  // A check that is still under way would leave a connection to the instance itself behind.
  await untilChecked(firefox, instance, began);
  const loot = await attack(lab, instance, NAIVE, { authority: lab.publicAuthority });
  const other = await startAttackerPort(lab.tlsPort, "127.0.0.2");
  other.meets(instance);
  leave(instance);
  await setPreference(firefox.bidi, "network.dns.forceResolve", "127.0.0.2");
  expect(await post(page)).toBe(isGuarded ? "stopped" : 200);
  expect(loot.secrets() > 0).toBe(!isGuarded);
  await firefox.buttonShows("Latchkey: WARNING");
  other.close();
});

it.each([
  ["HTTP/2", "h2"],
  ["HTTP/3", "h3"],
])("sends no secret to an instance that shares connections, as in %s, and says why", async (_, protocol) => {
  const { instance, page } = await startUnpinned({ prefs: HTTP3 });
  instance.http2 = true;
  const server = protocol === "h3" ? await startHttp3(instance.host, instance.certificate, lab.directPort) : undefined;
  instance.respond = (request, response) => {
    if (server !== undefined) response.setHeader("Alt-Svc", `h3=":${String(server.port)}"; ma=86400`);
    instancePage(request, response);
  };
  await until(
    async () => {
      await page.goto(instance.url);
      return page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol");
    },
    (spoken) => spoken === protocol,
  );
  await pinAndGuard(instance, page);
  await page.goto(instance.url);
  expect(await post(page)).toBe("stopped");
  expect(instance.received.filter(({ path }) => path === "/auth/token")).toEqual([]);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("Guard can’t check the connection that would carry a password or token").waitFor();
  await server?.close();
});

it("sends secrets to an instance that answers a probe late and in pieces", async () => {
  const { instance, page } = await startUnpinned();
  instance.respond = (request, response) => {
    if (request.url?.startsWith(PROBE_PATH) !== true) {
      instancePage(request, response);
      return;
    }
    request.resume();
    const later = (then: () => void): unknown => setTimeout(then, 30);
    later(() => {
      response.writeHead(404).write("4");
      later(() => response.end("04"));
    });
  };
  await page.goto(instance.url);
  await pinAndGuard(instance, page);
  await page.goto(instance.url);
  expect(await post(page)).toBe(200);
});
