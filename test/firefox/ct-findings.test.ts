// How Latchkey classifies logged certificates: the instance's own, someone else's, or for you to review.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterEach, expect, it } from "vitest";
import type { Issuance } from "../../src/core/ct/issuance";
import type { Pin } from "../../src/core/pin/pin";
import { startAcmeAuthority } from "../lab/acme";
import { newKeys } from "../lab/authority";
import { trustRoot, untilDownloaded } from "../lab/browser-chrome";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab } from "./browser";
import { untilVersionKnown } from "./guarded";
import {
  agree,
  endMonitoring,
  incidentsOf,
  keptOf,
  logs,
  press,
  service,
  untilHeading,
  untilSettled,
  useLogMonitoring,
} from "./log-monitoring";
import { pin } from "./user";

useLogMonitoring();
afterEach(endMonitoring);

const DAY = 24 * 60 * 60 * 1000;

/** The part of the evidence file that the test checks; `docs/evidence.md` describes the file. */
interface EvidenceFile {
  readonly pins: readonly Pin[];
  readonly samples: readonly { readonly chain: readonly string[]; readonly logged: Issuance }[];
}

/** An instance of several years: renewals by its key, another key before the pin, and precertificates of future certificates. */
async function renewals({ host, certificate }: Instance): Promise<void> {
  const ago = (days: number): Date => new Date(Date.now() - days * DAY);
  for (const days of [80, 60, 40, 20])
    await logs.issue(lab.publicAuthority, { names: [host], keys: certificate.keys, from: ago(days) });
  const announced = await logs.issue(lab.publicAuthority, { names: [host], keys: certificate.keys });
  announced.has = "precertificate";
}

it("reads an instance’s renewals and precertificates as its own, and on the next day asks once", async () => {
  const { instance, record } = await service.watched(firefox);
  await renewals(instance);
  Object.assign(logs, { pageSize: 2, repeats: true });
  await agree(record);
  await untilHeading(record, "No other certificate found");
  const kept = await untilSettled(record, instance.host, ({ answeredAt }) => answeredAt !== undefined);
  expect(kept).toMatchObject({ counts: { ours: 6, notOurs: 0, before: 0 } });
  expect(logs.received).toHaveLength(4);

  logs.received.length = 0;
  await press(record, "Check now");
  await until(
    () => logs.received.length,
    (count) => count === 1,
  );
  await untilSettled(record, instance.host, ({ answeredAt = 0, dueAt }) => dueAt - answeredAt >= DAY);
  expect(logs.received.map(({ url }) => url.searchParams.get("after"))).toEqual([logs.known.at(-1)?.id]);
  expect(await incidentsOf(record, instance)).toEqual([]);
});

it("recognizes an instance’s ACME renewals by its key, and warns about another key", async () => {
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
    // An answer to a query from before the renewal doesn't show it.
    await untilVersionKnown(firefox, instance, began);
    logs.log(authority.name, issued, precertificate);
    for (let renewal = 0; renewal < 3; renewal++) {
      const renewed = await authority.order([instance.host], issued.keys);
      instance.answerWith(renewed.issued);
      logs.log(authority.name, renewed.issued, renewed.precertificate).has = "precertificate";
    }
    await page.reload();
    await firefox.buttonShows("Latchkey: renewed");
    const record = await firefox.extensionPage(`ct.html?address=${instance.host}`);
    await agree(record);
    await untilHeading(record, "No other certificate found");
    const kept = await untilSettled(record, instance.host, ({ answeredAt }) => answeredAt !== undefined);
    expect(kept).toMatchObject({ counts: { ours: 4, notOurs: 0, before: 0 } });

    const other = await authority.order([instance.host]);
    logs.log(authority.name, other.issued, other.precertificate);
    await press(record, "Check now");
    await untilHeading(record, "The logs list a certificate that is not yours");
    const after = await untilSettled(record, instance.host, ({ counts }) => counts.notOurs > 0);
    expect(after).toMatchObject({ counts: { ours: 4, notOurs: 1, before: 0 } });
  } finally {
    await authority.close();
  }
});

it("finds an impostor among 300, opens a warning, and gives evidence that openssl reads", async () => {
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

  const incidents = await incidentsOf(record, instance);
  expect(incidents).toMatchObject([{ address: host, verdict: { kind: "logged" }, count: 1 }]);
  expect(incidents[0]?.samples[0]?.chain).toEqual([impostor.certificate]);
  await firefox.context.pages().at(-2)?.bringToFront();
  await firefox.buttonShows("Latchkey: WARNING, someone else has a certificate for your address");

  await press(record, "Details");
  await record.getByText(impostor.serial.toLowerCase().replace(/^0+/u, "")).waitFor();
  await press(record, "Save as PEM");
  const path = await untilDownloaded(firefox.bidi, `${impostor.issued.sha256.slice(0, 16)}.pem`);
  const printed = execFileSync("openssl", [
    "x509",
    "-in",
    path,
    "-noout",
    "-fingerprint",
    "-sha256",
    "-ext",
    "subjectAltName",
  ]);
  expect(printed.toString().replaceAll(":", "").toLowerCase()).toContain(impostor.issued.sha256);
  expect(printed.toString()).toContain(instance.host);
  expect(await readFile(path, "utf8")).toContain("BEGIN CERTIFICATE");

  // The whole warning, as someone without the extension gets it.
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

  // You confirm at home that the certificate is the instance's own: the new pin ends the warning.
  instance.answerWith(impostor.issued);
  const popup = await firefox.extensionPage(`popup.html?address=${host}`);
  await press(popup, "It is my new certificate…");
  await popup.getByLabel("Fingerprint").fill(impostor.issued.sha1);
  await press(popup, "Pin");
  await untilSettled(record, host, ({ counts }) => counts.notOurs === 0);
  await until(
    () => incidentsOf(record, instance),
    (all) => all.length === 1 && all[0]?.closed?.how === "new-certificate",
  );
});

it("counts the certificates of a second pin as the user's own, and the renewals of its key, too", async () => {
  const { instance, record } = await service.watched(firefox);
  const { host } = instance;
  const keys = await newKeys();
  // A certificate that was issued in the second of the pin, or before it, opens no warning.
  const after = (): Date => new Date(Date.now() + 1000);
  const nginx = await logs.issue(lab.authority, { names: [host], keys, from: after() });
  await agree(record);
  await untilSettled(record, host, ({ counts }) => counts.notOurs === 1);

  instance.answerWith(nginx.issued);
  const popup = await firefox.extensionPage(`popup.html?address=${host}`);
  await press(popup, "It is also mine, add it…");
  await popup.getByLabel("Fingerprint").fill(nginx.issued.sha1);
  await popup.getByLabel("Note, for example").fill("NGINX at home");
  await press(popup, "Pin");
  await untilSettled(record, host, ({ counts }) => counts.notOurs === 0 && counts.ours === 2);
  await until(
    () => incidentsOf(record, instance),
    (all) => all.length > 0 && all.every(({ closed }) => closed?.how === "new-certificate"),
  );

  await logs.issue(lab.authority, { names: [host], keys, from: after() });
  await logs.issue(lab.authority, { names: [host], keys: instance.certificate.keys, from: after() });
  await press(record, "Check now");
  await untilSettled(record, host, ({ counts }) => counts.ours === 4 && counts.notOurs === 0);
  expect((await incidentsOf(record, instance)).every(({ closed }) => closed !== undefined)).toBe(true);
});

it("asks once to review certificates from before the pin, and explains a wildcard once", async () => {
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
  expect(await incidentsOf(record, instance)).toEqual([]);
});
