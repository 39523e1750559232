import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Incident } from "../../src/core/incident/incident";
import type { Issuance } from "../../src/core/ct/issuance";
import type { Pin } from "../../src/core/pin/pin";
import { startAcmeAuthority } from "../lab/acme";
import { newKeys } from "../lab/authority";
import { trustRoot, untilDownloaded } from "../lab/browser-chrome";
import type { Instance } from "../lab/lab";
import type { LogService } from "../lab/log-service";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { untilVersionKnown } from "./guarded";
import {
  agree,
  ALARMS,
  keptOf,
  press,
  type PublicRecord,
  startPublicRecord,
  untilHeading,
  untilSettled,
} from "./log-monitoring";
import { bookOf, pin } from "./user";

const DAY = 24 * 60 * 60 * 1000;
let service: PublicRecord;
let logs: LogService;

useBrowser();
beforeAll(async () => {
  service = await startPublicRecord(lab);
  ({ logs } = service);
});
afterAll(async () => {
  await logs.close();
});
beforeEach(() => {
  service.reset();
});
/** The consent is the user's for all instances: each test begins without it. */
afterEach(async () => {
  const page = await firefox.extensionPage("popup.html");
  for (const other of firefox.context.pages().slice(1)) if (other !== page) await other.close();
  await page.evaluate(`browser.storage.local.get("records").then(({ records }) => Promise.all((records?.records ?? [])
    .map(({ address }) => browser.runtime.sendMessage({ type: "ct.set", request: { address, on: false } }))))`);
  await page.close();
});

const incidentsAt = async (page: Page, { host }: Instance): Promise<Incident[]> =>
  (await bookOf(page)).incidents.filter(({ address }) => address === host);
/** The part of the file of evidence that is looked at; `docs/evidence.md` describes it. */
interface EvidenceFile {
  readonly pins: readonly Pin[];
  readonly samples: readonly { readonly chain: readonly string[]; readonly logged: Issuance }[];
}
const hosts = (): string[] => logs.received.map(({ host }) => host);
const permissions = (page: Page): Promise<{ origins: string[]; data_collection: string[] }> =>
  page.evaluate("browser.permissions.getAll()");

/** An instance of several years: renewals by its key, another key before the pin, and precertificates of what is yet to come. */
async function renewals({ host, certificate }: Instance): Promise<void> {
  const ago = (days: number): Date => new Date(Date.now() - days * DAY);
  for (const days of [80, 60, 40, 20])
    await logs.issue(lab.publicAuthority, { names: [host], keys: certificate.keys, from: ago(days) });
  const announced = await logs.issue(lab.publicAuthority, { names: [host], keys: certificate.keys });
  announced.has = "precertificate";
}

it("asks nobody before the consent, and nobody after it was taken back", async () => {
  const { instance, record } = await service.watched(firefox);
  await untilHeading(record, "Log monitoring is off");
  await record.getByText(`sends the host name ${instance.host} to api.certspotter.com once a day`).waitFor();
  await until(
    () => keptOf(record, instance.host),
    (kept) => kept === undefined,
  );
  expect(logs.received).toEqual([]);
  expect((await permissions(record)).data_collection).toEqual([]);

  await agree(record);
  await untilHeading(record, "No other certificate found");
  const given = await permissions(record);
  expect(given.origins).toContain("https://api.certspotter.com/*");
  expect(given.origins.filter((origin) => !origin.includes("ui.nabu.casa"))).toHaveLength(1);
  expect(given.data_collection).toEqual(["browsingActivity"]);

  await record.getByRole("switch", { name: "Search the logs once a day" }).uncheck();
  await untilHeading(record, "Log monitoring is off");
  await until(
    () => permissions(record),
    ({ origins, data_collection: data }) => data.length === 0 && !origins.some((one) => one.includes("certspotter")),
  );
  const sent = logs.received.length;
  await until(
    () => record.evaluate<unknown[]>(ALARMS),
    (alarms) => alarms.length === 0,
  );
  await record.evaluate(`browser.runtime.sendMessage({ type: "ct.check", request: { address: "${instance.host}" } })`);
  await record.reload();
  await untilHeading(record, "Log monitoring is off");
  expect(logs.received).toHaveLength(sent);
});

it("sends the host name and nothing that tells who asks", async () => {
  const { instance, record } = await service.watched(firefox);
  await agree(record);
  await untilHeading(record, "No other certificate found");
  expect(new Set(hosts())).toEqual(new Set(["api.certspotter.com"]));
  for (const { url, headers } of logs.received) {
    expect(url.searchParams.get("domain")).toBe(instance.host);
    expect(headers).not.toHaveProperty("cookie");
    expect(headers).not.toHaveProperty("referer");
    expect(headers).not.toHaveProperty("origin");
    expect(JSON.stringify(headers)).not.toContain("moz-extension");
  }
});

it("tells how far it has come while it looks, and that it is over", async () => {
  const { instance, record } = await service.watched(firefox);
  const { host, certificate } = instance;
  await agree(record);
  await untilHeading(record, "No other certificate found");
  for (let more = 0; more < 2; more++) await logs.issue(lab.publicAuthority, { names: [host], keys: certificate.keys });
  Object.assign(logs, { pageSize: 1, failure: { kind: "hang", fromPage: 3 } });
  await press(record, "Check now");
  await record.getByText("Reading page 3, 3 certificates so far").waitFor();
  logs.failure = undefined;
  await record.getByText("didn’t answer in time").waitFor();
  expect(await record.getByText("Reading page").count()).toBe(0);
  await press(record, "Check now");
  await record.getByText("didn’t answer in time").waitFor({ state: "detached" });
  await record.getByText("Next query").waitFor();
  expect(await record.getByText("Reading page").count()).toBe(0);
});

it("reads an instance’s renewals and precertificates as its own, and on the next day asks once", async () => {
  const { instance, record } = await service.watched(firefox);
  await renewals(instance);
  Object.assign(logs, { pageSize: 2, repeats: true });
  await agree(record);
  await untilHeading(record, "No other certificate found");
  expect(await keptOf(record, instance.host)).toMatchObject({ counts: { ours: 6, notOurs: 0, before: 0 } });
  expect(logs.received).toHaveLength(4);

  logs.received.length = 0;
  await press(record, "Check now");
  await until(
    () => logs.received.length,
    (count) => count === 1,
  );
  await untilSettled(record, instance.host, ({ answeredAt = 0, dueAt }) => dueAt - answeredAt >= DAY);
  expect(logs.received.map(({ url }) => url.searchParams.get("after"))).toEqual([logs.known.at(-1)?.id]);
  expect(await incidentsAt(record, instance)).toEqual([]);
});

it("knows an instance’s ACME renewals by its key, and another key as not its own", async () => {
  const authority = await startAcmeAuthority(lab.authority);
  try {
    await trustRoot(firefox.bidi, authority.root);
    const instance = await lab.instance();
    const { issued, precertificate } = await authority.order([instance.host]);
    instance.answerWith(issued);
    await pin(firefox, instance, issued.sha1);
    const page = await firefox.context.newPage();
    const began = Date.now();
    await page.goto(instance.url);
    await firefox.buttonShows("Latchkey: verified");
    // What was asked before the renewal and is answered after it says nothing of it.
    await untilVersionKnown(firefox, instance, began);
    logs.log(authority.name, issued, precertificate);
    for (let renewal = 0; renewal < 3; renewal++) {
      const renewed = await authority.order([instance.host], issued.keys);
      instance.answerWith(renewed.issued);
      logs.log(authority.name, renewed.issued, renewed.precertificate).has = "precertificate";
    }
    await page.reload();
    await firefox.buttonShows("Latchkey: renewed");
    const record = await firefox.extensionPage(`record.html?address=${instance.host}`);
    await agree(record);
    await untilHeading(record, "No other certificate found");
    expect(await keptOf(record, instance.host)).toMatchObject({ counts: { ours: 4, notOurs: 0, before: 0 } });

    const other = await authority.order([instance.host]);
    logs.log(authority.name, other.issued, other.precertificate);
    await press(record, "Check now");
    await untilHeading(record, "The logs list a certificate that is not yours");
    expect(await keptOf(record, instance.host)).toMatchObject({ counts: { ours: 4, notOurs: 1, before: 0 } });
  } finally {
    await authority.close();
  }
});

it("finds an impostor among 300, opens an incident, and gives evidence that openssl reads", async () => {
  const { instance, record } = await service.watched(firefox);
  const { host, certificate } = instance;
  for (let index = 0; index < 298; index++)
    await logs.issue(lab.publicAuthority, { names: [host], keys: certificate.keys });
  const impostor = await logs.issue(lab.authority, { names: [host], from: new Date(Date.now() + 1000) });
  logs.known.splice(170, 0, ...logs.known.splice(-1));
  logs.pageSize = 64;
  await agree(record);
  await untilHeading(record, "The logs list a certificate that is not yours");
  await untilSettled(record, host, ({ answeredAt }) => answeredAt !== undefined);
  expect(logs.received).toHaveLength(6);
  expect(await keptOf(record, host)).toMatchObject({ counts: { ours: 299, notOurs: 1 } });
  await record.getByText("Latchkey test authority issued it.").waitFor();
  await record.getByRole("link", { name: "Common CA Database: problem reporting" }).waitFor();

  const incidents = await incidentsAt(record, instance);
  expect(incidents).toMatchObject([{ address: host, verdict: { kind: "logged" }, count: 1 }]);
  expect(incidents[0]?.samples[0]?.chain).toEqual([impostor.certificate]);
  await firefox.context.pages().at(-2)?.bringToFront();
  await firefox.buttonShows("Latchkey: WARNING, someone else has a certificate for your address");

  await press(record, "Details");
  await record.getByText(impostor.serial.toLowerCase().replace(/^0+/u, "")).waitFor();
  await press(record, "Save as PEM");
  const path = await untilDownloaded(firefox.bidi, `${impostor.issued.sha256.slice(0, 16)}.pem`);
  const told = execFileSync("openssl", [
    "x509",
    "-in",
    path,
    "-noout",
    "-fingerprint",
    "-sha256",
    "-ext",
    "subjectAltName",
  ]);
  expect(told.toString().replaceAll(":", "").toLowerCase()).toContain(impostor.issued.sha256);
  expect(told.toString()).toContain(instance.host);
  expect(await readFile(path, "utf8")).toContain("BEGIN CERTIFICATE");

  // The whole of the warning, as an outsider is given it.
  const warning = await firefox.extensionPage("incidents.html");
  await warning.getByRole("link", { name: "Someone else has a certificate for your address" }).first().click();
  await warning.getByText("No connection that Latchkey checked has used this certificate").waitFor();
  await press(warning, "Save evidence");
  const file = JSON.parse(await readFile(await untilDownloaded(firefox.bidi, ".json"), "utf8")) as EvidenceFile;
  const [sample] = file.samples;
  const input = sample?.chain[0] ?? "";
  const key = execFileSync("openssl", ["x509", "-noout", "-pubkey"], { input });
  const der = execFileSync("openssl", ["pkey", "-pubin", "-outform", "der"], { input: key });
  expect(createHash("sha256").update(der).digest("base64")).toBe(sample?.logged.spki);
  expect(sample?.logged.spki).not.toBe(file.pins[0]?.confirmed?.spki);

  // The user says at home that it is the instance's own: the pin that takes its place ends the warning.
  instance.answerWith(impostor.issued);
  const popup = await firefox.extensionPage(`popup.html?address=${host}`);
  await press(popup, "It is my new certificate…");
  await popup.getByLabel("Fingerprint").fill(impostor.issued.sha1);
  await press(popup, "Pin");
  await untilSettled(record, host, ({ counts }) => counts.notOurs === 0);
  await until(
    () => incidentsAt(record, instance),
    (all) => all.length === 1 && all[0]?.closed?.how === "new-certificate",
  );
});

it("counts the certificates of a pin beside as the user's own, and the renewals of its key too", async () => {
  const { instance, record } = await service.watched(firefox);
  const { host } = instance;
  const keys = await newKeys();
  // What was issued in the very second of the pin, or before it, is no alarm.
  const after = (): Date => new Date(Date.now() + 1000);
  const nginx = await logs.issue(lab.authority, { names: [host], keys, from: after() });
  await agree(record);
  await untilSettled(record, host, ({ counts }) => counts.notOurs === 1);

  instance.answerWith(nginx.issued);
  const popup = await firefox.extensionPage(`popup.html?address=${host}`);
  await press(popup, "It is also mine, pin it beside…");
  await popup.getByLabel("Fingerprint").fill(nginx.issued.sha1);
  await popup.getByLabel("Note, for example").fill("NGINX at home");
  await press(popup, "Pin");
  await untilSettled(record, host, ({ counts }) => counts.notOurs === 0 && counts.ours === 2);
  await until(
    () => incidentsAt(record, instance),
    (all) => all.length > 0 && all.every(({ closed }) => closed?.how === "new-certificate"),
  );

  await logs.issue(lab.authority, { names: [host], keys, from: after() });
  await logs.issue(lab.authority, { names: [host], keys: instance.certificate.keys, from: after() });
  await press(record, "Check now");
  await untilSettled(record, host, ({ counts }) => counts.ours === 4 && counts.notOurs === 0);
  expect((await incidentsAt(record, instance)).every(({ closed }) => closed !== undefined)).toBe(true);
});

it("asks once to look through what is from before the pin, and explains a wildcard once", async () => {
  const { instance, record } = await service.watched(firefox);
  const from = new Date(Date.now() - 60 * DAY);
  await logs.issue(lab.publicAuthority, { names: [instance.host], keys: await newKeys(), from });
  await logs.issue(lab.publicAuthority, { names: ["*.ui.nabu.casa"] });
  await agree(record);
  await untilHeading(record, "The logs list certificates from before you pinned");
  await press(record, "I have reviewed these");
  await untilHeading(record, "A wildcard certificate covers your address");
  await press(record, "Understood");
  await untilHeading(record, "No other certificate found");
  await logs.issue(lab.publicAuthority, { names: ["*.ui.nabu.casa"] });
  await press(record, "Check now");
  await untilSettled(record, instance.host, ({ counts }) => counts.wildcard === 2);
  await untilHeading(record, "No other certificate found");
  expect(await incidentsAt(record, instance)).toEqual([]);
});

it("asks crt.sh at the click only, and takes in what the daily service does not tell", async () => {
  const { instance, record } = await service.watched(firefox);
  await agree(record);
  await untilHeading(record, "No other certificate found");
  expect(hosts()).not.toContain("crt.sh");
  await press(record, "Ask crt.sh");
  await record.getByText("It is in the list above").waitFor();
  expect(hosts().filter((host) => host === "crt.sh")).toHaveLength(1);
  await until(
    () => permissions(record),
    ({ origins }) => !origins.some((origin) => origin.includes("crt.sh")),
  );
  expect((await permissions(record)).origins).toContain("https://api.certspotter.com/*");

  const hidden = await logs.issue(lab.otherAuthority, {
    ...{ names: [instance.host], from: new Date(Date.now() + 1000), known: false },
  });
  await press(record, "Ask crt.sh");
  await record.getByText("These were not in the list above").waitFor();
  await untilHeading(record, "The logs list a certificate that is not yours");
  const incidents = await incidentsAt(record, instance);
  expect(incidents[0]?.samples[0]?.logged?.spki).toBe(hidden.issued.spki);
});

it("is told in the popup, with what Firefox itself says of the logs and of the root", async () => {
  const { instance, record } = await service.watched(firefox);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByRole("link", { name: "not monitored" }).waitFor();
  await agree(record);
  await popup.getByRole("link", { name: /^no other certificate found, / }).waitFor();
  await press(popup, "Details");
  await popup.getByText("not checked: Firefox checks this only for authorities that come with it").waitFor();
  await popup.getByText(/added to this browser/u).waitFor();
});
