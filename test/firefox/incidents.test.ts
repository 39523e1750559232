// After a warning: what it says, what you can do, and how it ends.
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { violationsIn } from "../lab/accessibility";
import { attack } from "../lab/attacker";
import { NAIVE, SILENT } from "../lab/strategies";
import { setPreference, tabText, untilDownloaded } from "../lab/browser-chrome";
import { closeWindow, openPrivately } from "../lab/windows";
import { until } from "../lab/until";
import { firefox, lab } from "./browser";
import { incidents, switchGuardOn, turnOn } from "./guarded";
import { choose, pin } from "./user";
import { incidentsAt, insider } from "./verified";
import { attacked, openIncident, press, untilIncident, useWarnings, verified } from "./warned";

useWarnings();

it("says what left, and no more, until a page of the attacker's was let in", async () => {
  const { instance, page } = await verified();
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  await page.evaluate("fetch('/image.svg').then((answer) => answer.text())");
  await untilIncident(instance, () => true);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("Latchkey saw no secret leave this browser, such as a password or token.").waitFor();

  await page.evaluate("fetch('/auth/token', { method: 'POST', body: 'secret' }).then((answer) => answer.text())");
  await popup.getByText("These were sent to the server that answered: a login (password, code or token).").waitFor();

  await page.evaluate(
    "fetch('/api/states', { headers: { Authorization: 'Bearer x' } }).then((answer) => answer.text())",
  );
  await popup.getByText("answered: a login (password, code or token) and a token in a header.").waitFor();

  await page.evaluate(
    "new Promise((done) => { new WebSocket('wss://' + location.host + '/api/websocket').onmessage = done; })",
  );
  await popup.getByText("the page’s messages, which begin with its token").waitFor();

  await page.reload();
  await popup.getByText("Assume that an attacker has the tokens that this browser stored").waitFor();
  const [incident] = await incidentsAt(instance);
  expect(JSON.stringify(incident)).not.toMatch(/secret|Bearer/u);

  await popup.getByRole("link", { name: "Show all steps" }).click();
  await until(
    () => tabText(firefox.bidi),
    (text) => text.includes("Recorded evidence") && text.includes(instance.host),
  );
});

it("keeps evidence that openssl verifies, of the chain that Firefox saw", async () => {
  const { instance, incident, fingerprint } = await attacked();
  await press(incident, "Save evidence");
  const path = await untilDownloaded(firefox.bidi, ".json");
  const { address, samples } = z
    .object({
      address: z.string(),
      samples: z.array(z.object({ at: z.string(), chain: z.array(z.string()) })),
    })
    .parse(JSON.parse(await readFile(path, "utf8")));
  const folder = await mkdtemp(join(tmpdir(), "latchkey-evidence-"));
  const [sample] = samples;
  await writeFile(join(folder, "leaf.pem"), sample?.chain[0] ?? "");
  await writeFile(join(folder, "root.pem"), sample?.chain.at(-1) ?? "");
  const openssl = (...args: string[]): string =>
    spawnSync("openssl", args, { cwd: folder, encoding: "utf8" }).stdout.trim();
  const at = String(Math.floor(Date.parse(sample?.at ?? "") / 1000));
  expect(openssl("verify", "-attime", at, "-verify_hostname", address, "-CAfile", "root.pem", "leaf.pem")).toBe(
    "leaf.pem: OK",
  );
  const digest = openssl("x509", "-in", "leaf.pem", "-noout", "-fingerprint", "-sha1");
  expect(digest.split("=")[1]?.replaceAll(":", "").toLowerCase()).toBe(fingerprint);
  expect(address).toBe(instance.host);
  await rm(folder, { recursive: true, force: true });
});

it("leads to a complete sign-out, by the labels of today's Home Assistant", async () => {
  const { incident } = await attacked();
  const step = incident.locator("ol.steps > li", { hasText: "sign out everywhere" });
  await step.getByRole("button", { name: "Show me how" }).click();
  const steps = await step.locator("ol > li").allTextContents();
  // The labels of the front end of 2026.11. A later step removes what an earlier one leaves.
  const labels: RegExp[] = [
    /name at the bottom left.*Security/u,
    /“Refresh tokens”.*“Delete all tokens”.*keeps this session and the long-lived access tokens/u,
    /“Long-lived access tokens”.*each/u,
    /“Change password”.*“Yes”.*“Do you want to log out from all devices\?”.*this session/u,
    /“Log out”/u,
    /everyone who used this address/u,
    /Settings → People → Users/u,
  ];
  expect(steps).toHaveLength(labels.length);
  for (const [index, label] of labels.entries()) expect(steps[index]).toMatch(label);
});

it("closes as an attack, is listed among the closed ones, and opens again when the same certificate is seen", async () => {
  const { instance, page, incident } = await attacked();
  await choose(incident, "It was an attack or a proxy; I am done", "Close the warning");
  // The attacker still answers, and Latchkey checks at once: closing a warning doesn't end an attack.
  await untilIncident(instance, ({ closed, count }) => closed === undefined && count > 1);
  instance.restore();
  await choose(incident, "It was an attack or a proxy; I am done", "Close the warning");
  await incident.getByText("it was an attack or a proxy.").waitFor();
  await incident.getByRole("link", { name: "All warnings" }).click();
  await incident.locator("section.closed", { hasText: instance.host }).waitFor();
  await page.bringToFront();
  await page.reload();
  await firefox.buttonShows("Latchkey: verified");
});

it("closes a warning of an answer without encryption as understood, because no certificate can be new", async () => {
  const { instance, page } = await verified();
  instance.plain = true;
  await page.goto(`http://${instance.host}/`);
  await untilIncident(instance, ({ verdict }) => verdict.kind === "plaintext");
  const plain = await openIncident(instance);
  // Most often it is the network's own login page. The second step says so, right after the step that protects the
  // password.
  await plain.getByText("login page of a hotel").waitFor();
  const steps = await plain.locator("ol.steps > li strong").allTextContents();
  expect(steps.slice(0, 2)).toEqual([
    "Do not log in",
    "In a hotel or guest network: log in to the network first, then close this",
  ]);
  expect(await plain.getByRole("button", { name: "new certificate" }).count()).toBe(0);
  await choose(plain, "Understood", "Close the warning");
  await untilIncident(instance, ({ closed }) => closed?.how === "understood");
});

it("keeps a private window's warning in memory, and shows it there alone", async () => {
  // No ordinary tab shows the instance: its favicon could still be on its way.
  const instance = await lab.instance();
  await pin(firefox, instance);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("This is your Home Assistant").waitFor();
  await popup.close();
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  // The page with the question opens here, in the ordinary window.
  expect(await incidents(firefox, instance)).toEqual([]);
  await openPrivately(firefox.bidi, instance.url);
  // The button may still be red from an earlier row's warning.
  await until(
    () => incidents(firefox, instance),
    (all) => all.length > 0,
  );
  await closeWindow(firefox.bidi);
  await openPrivately(firefox.bidi, new URL("incidents.html", insider.url()).href);
  const text = await until(
    () => tabText(firefox.bidi),
    (shown) => shown.includes(instance.host),
  );
  expect(text).toContain("forgets what happened in private windows when Firefox closes");
  await closeWindow(firefox.bidi);
  const ordinary = await firefox.extensionPage("incidents.html");
  await ordinary.getByRole("heading", { name: "Warnings" }).waitFor();
  expect(await ordinary.getByText(instance.host).count()).toBe(0);
  expect(
    await insider.evaluate("browser.storage.local.get().then((kept) => JSON.stringify(kept.book.incidents))"),
  ).not.toContain(instance.host);
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  beforeAll(async () => {
    await setPreference(firefox.bidi, "layout.css.prefers-color-scheme.content-override", theme === "dark" ? 0 : 1);
  });

  it("is accessible: the list, a warning with everything unfolded, a closed one, and one that is gone", async () => {
    const { instance, incident } = await attacked();
    for (let folded = 2; folded > 0; folded--)
      await incident.getByRole("button", { name: "Show me how" }).first().click();
    await press(incident, "It is my new certificate, I compared it…");
    await press(incident, "Pin certificate");
    await incident.getByRole("alert").getByText("Paste the fingerprint").waitFor();
    expect(await violationsIn(incident)).toEqual([]);
    await press(incident, "Back");
    instance.restore();
    await choose(incident, "It was an attack or a proxy; I am done", "Close the warning");
    await incident.getByText("it was an attack or a proxy.").waitFor();
    expect(await violationsIn(incident)).toEqual([]);
    await incident.getByRole("link", { name: "All warnings" }).click();
    await incident.getByRole("heading", { name: "Closed" }).waitFor();
    expect(await violationsIn(incident)).toEqual([]);
    await incident.goto(new URL("incidents.html?key=none", incident.url()).href);
    await incident.getByText("This warning is no longer here.").waitFor();
    expect(await violationsIn(incident)).toEqual([]);
  });

  it("is accessible: the page that replaces a blocked one", async () => {
    const { instance, page } = await verified();
    await switchGuardOn(firefox, instance);
    await attack(lab, instance, NAIVE);
    await page.goto(instance.url).catch(() => undefined);
    await page.getByRole("heading", { name: "Latchkey blocked this page before anything secret was sent" }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await press(page, "Open anyway, this once…");
    expect(await violationsIn(page)).toEqual([]);
    await press(page, "Keep it closed");
    await page.getByText("No page or script from it ran here").waitFor();
  });
});

it("says on the blocked page that a probe was taken, and closes that warning as understood", async () => {
  const { instance, page } = await verified();
  await firefox.context.addCookies([{ name: "ingress", value: "x", url: instance.url }]);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await turnOn(firefox, popup);
  const loot = await attack(lab, instance, SILENT, { wanted: ["ingress"] });
  await page.goto(instance.url).catch(() => undefined);
  await page.getByText("A request was accepted but not answered").waitFor();
  expect(loot.secrets()).toBe(0);
  expect(await violationsIn(page)).toEqual([]);
  instance.attacker = undefined;
  await choose(page, "Understood", "Close the warning");
  await page.getByRole("heading", { name: "A request was accepted but not answered" }).waitFor();
  await press(page, "Try again");
  await page.getByRole("heading", { name: "Instance" }).waitFor();
});
