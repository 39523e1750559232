// Which connections and addresses Latchkey checks, and how.
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { attack } from "../lab/attacker";
import { rejects } from "../lab/strategies";
import { backgroundState } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import { UNRELATED } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { choose, pin } from "./user";
import { incidentsAt, MISMATCH, openVerified, otherKey, useInsider, VERIFIED, whileSuspended } from "./verified";

useBrowser();
useInsider();

it("spots an attacker behind a page from the service worker", async () => {
  const { instance, page } = await openVerified("with-worker");
  await page.evaluate("navigator.serviceWorker.ready.then(() => 1)");
  await until(
    () => page.evaluate("navigator.serviceWorker.controller !== null"),
    (controlled) => controlled === true,
  );
  instance.answerWith(await otherKey(instance));
  const before = instance.received.length;
  await page.goto(instance.url);
  await firefox.buttonShows(MISMATCH);
  expect(instance.received.slice(before).some(({ method, path }) => method === "GET" && path === "/")).toBe(false);
  await page.close();
});

it("keeps a connection check free of cookies", async () => {
  const { instance, page } = await openVerified();
  await page.evaluate("document.cookie = 'secret=1'");
  const before = instance.received.length;
  await page.reload();
  const probe = await until(
    () => instance.received.slice(before).find(({ path }) => path.includes("latchkey=")),
    (found) => found !== undefined,
  );
  expect(probe).toMatchObject({ method: "GET", headers: { upgrade: "websocket" } });
  expect(probe?.headers.cookie).toBeUndefined();
  await page.close();
});

it("isn't woken by an unrelated site", async () => {
  const page = await firefox.context.newPage();
  await whileSuspended(async () => {
    await page.goto(`https://${UNRELATED}/forty`);
    expect(await backgroundState(firefox.bidi, EXTENSION_ID)).toBe("stopped");
  });
  await page.close();
});

it("doesn't count a stored answer as a check while an attacker answers", async () => {
  const { instance, page } = await openVerified("cached");
  instance.answerWith(await otherKey(instance));
  await page.goto(`${instance.url}cached`);
  await firefox.buttonShows(MISMATCH);
  await page.close();
});

it("doesn't watch an address that you switched off, until you switch it on again", async () => {
  const { instance, page } = await openVerified();
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await choose(popup, "Stop watching this address", "Stop watching");
  await popup.getByText("Latchkey doesn’t watch this address").waitFor();
  await popup.close();
  instance.answerWith(await otherKey(instance));
  await page.bringToFront();
  await page.reload();
  await firefox.buttonShows("Latchkey: not watching this site");
  expect(await incidentsAt(instance)).toEqual([]);
  const again = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await again.getByRole("button", { name: "Watch this address" }).click();
  await page.bringToFront();
  await firefox.buttonShows(MISMATCH);
  await again.close();
  await page.close();
});

it("does not watch another service of the same name on another port", async () => {
  const { instance, page } = await openVerified();
  const { key, cert } = await otherKey(instance);
  const other = createServer({ key, cert }, (_, response) => response.end("another service"));
  await once(other.listen(0, "127.0.0.1"), "listening");
  await page.goto(`https://${instance.host}:${String((other.address() as AddressInfo).port)}/`);
  expect(await page.textContent("body")).toBe("another service");
  await page.goto(instance.url);
  await firefox.buttonShows(VERIFIED);
  expect(await incidentsAt(instance)).toEqual([]);
  await page.close();
  other.closeAllConnections();
  other.close();
});

it("sees an attacker who rejects its connection check so that it reaches the instance itself, without any page of the instance", async () => {
  const instance = await lab.instance();
  await attack(lab, instance, rejects("misdirected", { distance: 20 }));
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByLabel("Fingerprint").fill(instance.certificate.sha256);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await popup.getByText("This connection is intercepted by").first().waitFor();
  await popup.close();
});

it("isn't fooled by an HTTP/2 connection that stays open while the certificate is swapped", async () => {
  const instance = await lab.instance();
  instance.http2 = true;
  await pin(firefox, instance);
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  await firefox.buttonShows(VERIFIED);
  instance.answerWith(await otherKey(instance), "keep");
  await page.reload();
  await firefox.buttonShows(MISMATCH);
  await until(
    () => incidentsAt(instance),
    ([incident]) => incident?.samples.some(({ request }) => request.type === "websocket") === true,
  );
  await page.close();
});
