// After an alarm: what is said of it, what is done about it, and how it ends.
import { spawnSync } from "node:child_process";
import { createServer } from "node:https";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Incident } from "../../src/core/incident/incident";
import { violationsIn } from "../lab/accessibility";
import { attack } from "../lab/attacker";
import { newRsaKeys } from "../lab/authority";
import { NAIVE, SILENT } from "../lab/strategies";
import { closeWindow, untilDownloaded, openPrivately, setPreference, tabText } from "../lab/browser-chrome";
import { instancePage } from "../lab/instance-pages";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { incidents, switchGuardOn, turnOn } from "./guarded";
import { bookOf, choose, pin } from "./user";

/** A page of the extension that reads what is on disk. */
let insider: Page;

useBrowser();
beforeAll(async () => {
  insider = await firefox.extensionPage("popup.html");
});

/** Firefox 159 gets slow with many tabs. */
let opened: Page[] = [];
afterEach(async () => {
  for (const page of opened) await page.close();
  opened = [];
});

async function verified(): Promise<{ instance: Instance; page: Page }> {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const page = await firefox.context.newPage();
  opened.push(page);
  await page.goto(instance.url);
  await firefox.buttonShows("Latchkey: verified");
  return { instance, page };
}

const incidentsOf = async ({ host }: Instance): Promise<Incident[]> =>
  (await bookOf(insider)).incidents.filter(({ address }) => address === host);
const untilIncident = (instance: Instance, fits: (incident: Incident) => boolean): Promise<Incident[]> =>
  until(
    () => incidentsOf(instance),
    ([incident]) => incident !== undefined && fits(incident),
  );

/** An instance that somebody else answers for from now on, shown in a tab, and its warning on the page of warnings. */
async function attacked(): Promise<{ instance: Instance; page: Page; incident: Page; his: string }> {
  const { instance, page } = await verified();
  const his = await lab.authority.issue({ names: [instance.host] });
  instance.answerWith(his);
  await page.reload();
  await firefox.buttonShows("Latchkey: WARNING");
  await untilIncident(instance, () => true);
  return { instance, page, incident: await openIncident(instance), his: his.sha1 };
}

async function openIncident({ host }: Instance): Promise<Page> {
  const page = await firefox.extensionPage("incidents.html");
  opened.push(page);
  await page
    .getByRole("region")
    .or(page.locator("section.verdict", { hasText: host }))
    .getByRole("link")
    .first()
    .click();
  await page.getByText("Recorded evidence").waitFor();
  return page;
}

const press = (page: Page, name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();

it("says what left, and no more, until a page of his was let in", async () => {
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
  const [incident] = await incidentsOf(instance);
  expect(JSON.stringify(incident)).not.toMatch(/secret|Bearer/u);

  await popup.getByRole("link", { name: "Show all steps" }).click();
  await until(
    () => tabText(firefox.bidi),
    (text) => text.includes("Recorded evidence") && text.includes(instance.host),
  );
});

it("keeps evidence that openssl verifies, of the chain that Firefox saw", async () => {
  const { instance, incident, his } = await attacked();
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
  expect(digest.split("=")[1]?.replaceAll(":", "").toLowerCase()).toBe(his);
  expect(address).toBe(instance.host);
  await rm(folder, { recursive: true, force: true });
});

it("takes what answered for the instance's new certificate only with the fingerprint read at home", async () => {
  const { instance, page, incident, his } = await attacked();
  await press(incident, "It is my new certificate, I compared it…");
  await incident.getByLabel("Fingerprint read at home").fill(instance.certificate.sha1);
  await press(incident, "Pin certificate");
  await incident.getByRole("alert").getByText("it was not your Home Assistant").waitFor();
  expect((await incidentsOf(instance))[0]?.closed).toBeUndefined();
  await incident.getByLabel("Fingerprint read at home").fill(his);
  await press(incident, "Pin certificate");
  await incident.getByText("it was a new certificate of your Home Assistant").waitFor();
  expect((await incidentsOf(instance))[0]?.closed?.how).toBe("new-certificate");
  await page.bringToFront();
  await firefox.buttonShows("Latchkey: verified");
});

describe("a certificate that is the user's own", () => {
  const COMPARE = "It is also mine, I compared it: pin it beside…";
  /** Opens the form on a warning's page, and pins what was read elsewhere. */
  const pinBeside = async (incident: Page, fingerprint: string, note: string): Promise<void> => {
    await press(incident, COMPARE);
    await incident.getByLabel("Fingerprint read at home").fill(fingerprint);
    await incident.getByLabel("Note, for example").fill(note);
    await press(incident, "Pin certificate");
  };
  const verifiedBy = async (instance: Instance, page: Page, note: string): Promise<void> => {
    await page.bringToFront();
    await page.reload();
    await firefox.buttonShows("Latchkey: verified");
    const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
    await popup.getByText(new RegExp(`${note}.*presented by the server now`, "u")).waitFor();
    // Which of them it would remove, only the list of instances can say.
    expect(await popup.getByRole("button", { name: "Remove pin" }).count()).toBe(0);
    await popup.close();
  };

  it("is pinned beside the other, if the server at home has a certificate of its own", async () => {
    const { instance, page } = await verified();
    const nginx = await lab.authority.issue({ names: [instance.host] });
    instance.answerWith(nginx);
    await page.reload();
    await firefox.buttonShows("Latchkey: WARNING");
    const incident = await openIncident(instance);
    await incident.getByText("The answer came from 127.0.0.1, an address of a private network.").waitFor();
    await incident.getByText("Home Assistant sometimes makes a new key without you doing anything.").waitFor();

    // What the warning itself shows is no comparison: the field is empty, and another fingerprint is refused.
    await press(incident, COMPARE);
    expect(await incident.getByLabel("Fingerprint read at home").inputValue()).toBe("");
    expect(await incident.getByRole("radio", { name: "Keep them: this one is also valid" }).isChecked()).toBe(true);
    expect(await violationsIn(incident)).toEqual([]);
    await press(incident, "Pin certificate");
    await incident.getByRole("alert").getByText("Paste the fingerprint").waitFor();
    await press(incident, "Back");
    await pinBeside(incident, instance.certificate.sha1, "NGINX at home");
    await incident.getByRole("alert").getByText("it was not your Home Assistant").waitFor();
    expect((await incidentsOf(instance))[0]?.closed).toBeUndefined();

    await incident.getByLabel("Fingerprint read at home").fill(nginx.sha256);
    await press(incident, "Pin certificate");
    await untilIncident(instance, ({ closed }) => closed?.how === "new-certificate");
    const { pins, history } = await bookOf(insider);
    expect(pins.filter(({ hosts }) => hosts.includes(instance.host as never)).map(({ note }) => note)).toEqual([
      "",
      "NGINX at home",
    ]);
    expect(history.at(-1)?.event).toBe("beside");

    // Leaving home and coming back: each is verified, and anyone else is not.
    await verifiedBy(instance, page, "NGINX at home");
    instance.restore();
    await verifiedBy(instance, page, "Pinned by hand");
    instance.answerWith(nginx);
    await verifiedBy(instance, page, "NGINX at home");
    instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
    await page.reload();
    await firefox.buttonShows("Latchkey: WARNING");
  });

  it("is replaced at each renewal of a proxy that makes a new key, and each warning ends", async () => {
    const { instance, page } = await verified();
    for (const renewal of ["first", "second"]) {
      await instance.renew("new-key");
      await page.reload();
      await firefox.buttonShows("Latchkey: WARNING");
      await untilIncident(instance, ({ closed }) => closed === undefined);
      const incident = await openIncident(instance);
      await press(incident, "It is my new certificate, I compared it…");
      await incident.getByLabel("Fingerprint read at home").fill(instance.certificate.sha1);
      await incident.getByLabel("Note, for example").fill(renewal);
      await press(incident, "Pin certificate");
      await untilIncident(instance, ({ closed }) => closed?.how === "new-certificate");
      await incident.close();
      await page.bringToFront();
      await firefox.buttonShows("Latchkey: verified");
    }
    const { pins } = await bookOf(insider);
    expect(pins.filter(({ hosts }) => hosts.includes(instance.host as never)).map(({ note }) => note)).toEqual([
      "second",
    ]);
  });

  it("is one of two that a server holds at once, ECDSA and RSA", async () => {
    const { instance, page } = await verified();
    const rsa = await lab.authority.issue({ names: [instance.host], keys: await newRsaKeys() });
    await pinInForm(instance, rsa.sha1, "RSA");
    // Node gives a name's certificate beside that of the whole server, and Firefox prefers ECDSA: RSA needs its own.
    const rsaServer = createServer(rsa, instancePage);
    instance.attacker = { onConnection: (socket) => rsaServer.emit("connection", socket) };
    instance.dropConnections();
    await verifiedBy(instance, page, "RSA");
    instance.attacker = undefined;
    instance.dropConnections();
    await verifiedBy(instance, page, "Pinned by hand");
    expect(await incidentsOf(instance)).toEqual([]);
  });

  /** Beside the pin that is there, by the form in the popup. */
  const pinInForm = async (instance: Instance, fingerprint: string, note: string): Promise<void> => {
    const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
    await popup.getByLabel("Remote address").fill(instance.host);
    await popup.getByRole("radio", { name: "Keep them: this one is also valid" }).check();
    await popup.getByLabel("Fingerprint").fill(fingerprint);
    await popup.getByLabel("Note, for example").fill(note);
    await popup.getByRole("button", { name: "Pin", exact: true }).click();
    await popup.getByText(note).waitFor();
    await popup.close();
  };

  it("may look like a renewal with a new key, and stays red until it is confirmed", async () => {
    const instance = await lab.instance();
    const days = (count: number): Date => new Date(Date.now() + count * 24 * 60 * 60 * 1000);
    const old = await lab.authority.issue({
      names: [instance.host],
      validity: { notBefore: days(-65), notAfter: days(25) },
    });
    instance.answerWith(old);
    await pin(firefox, instance, old.sha1);
    const page = await firefox.context.newPage();
    await page.goto(instance.url);
    await firefox.buttonShows("Latchkey: verified");
    const next = await lab.authority.issue({
      names: [instance.host],
      validity: { notBefore: days(-0.1), notAfter: days(90) },
    });
    instance.answerWith(next);
    await page.reload();
    await firefox.buttonShows("Latchkey: WARNING");
    const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
    await popup.getByText("This looks like a renewal with a new key. It is not confirmed.").waitFor();
    await popup.getByText("was due for renewal.").waitFor();
    await popup.getByText("Against it: anyone who controls the domain or its DNS").waitFor();
    await popup.getByText("Against it: Home Assistant keeps its key when it renews.").waitFor();
    expect(await violationsIn(popup)).toEqual([]);
    await page.bringToFront();
    await page.reload();
    await firefox.buttonShows("Latchkey: WARNING");
    expect((await incidentsOf(instance))[0]?.closed).toBeUndefined();
  });
});

it("leads to a complete sign-out, by the labels of today's Home Assistant", async () => {
  const { incident } = await attacked();
  const step = incident.locator("ol.steps > li", { hasText: "sign out everywhere" });
  await step.getByRole("button", { name: "Show me how" }).click();
  const steps = await step.locator("ol > li").allTextContents();
  // As the front end of 2026.11 has them; what one of them spares, a later one takes.
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

it("ends as an attack, is listed among the closed ones, and opens again when the same is seen", async () => {
  const { instance, page, incident } = await attacked();
  await choose(incident, "It was an attack or a proxy; I am done", "Close the warning");
  // The same still answers, and is looked for at once: closed is what has been dealt with, not what goes on.
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

it("ends an answer in the clear as understood, for which no certificate can be new", async () => {
  const { instance, page } = await verified();
  instance.plain = true;
  await page.goto(`http://${instance.host}/`);
  await untilIncident(instance, ({ verdict }) => verdict.kind === "plaintext");
  const plain = await openIncident(instance);
  // Most often it is the network's own login page; the second step says so, right after what keeps the password safe.
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

it("keeps what happened in a private window in memory, and shows it there alone", async () => {
  // Without an ordinary tab at the instance, whose favicon could still be on its way.
  const instance = await lab.instance();
  await pin(firefox, instance);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByText("This is your Home Assistant").waitFor();
  await popup.close();
  instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
  // The page that is asked opens here, in the ordinary window.
  expect(await incidents(firefox, instance)).toEqual([]);
  await openPrivately(firefox.bidi, instance.url);
  // The button may be red for a warning of an earlier row.
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

  it("is within reach of everybody: the list, a warning with all unfolded, a closed one, and one that is gone", async () => {
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

  it("is within reach of everybody: the page in place of one that was stopped", async () => {
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

it("tells in place of a page that the look before it was taken, and ends that as understood", async () => {
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
