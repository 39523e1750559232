// A second certificate that is the user's own, pinned in addition to the first.
import { createServer } from "node:https";
import type { Page } from "playwright";
import { describe, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { newRsaKeys } from "../lab/authority";
import { instancePage } from "../lab/instance-pages";
import type { Instance } from "../lab/lab";
import { firefox, lab } from "./browser";
import { bookOf } from "./user";
import { incidentsAt, insider } from "./verified";
import { openIncident, press, untilIncident, useWarnings, verified } from "./warned";

useWarnings();

const COMPARE = "It is also mine, I compared it: add it…";
/** Opens the form on a warning's page, and pins a fingerprint that was read elsewhere. */
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
  // Only the list of instances says which pin it would remove.
  expect(await popup.getByRole("button", { name: "Remove pin" }).count()).toBe(0);
  await popup.close();
};

/** Pins in addition to the existing pin, with the form in the popup. */
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

describe("a certificate that is the user's own", () => {
  it("is pinned in addition to the other, if the server at home has a certificate of its own", async () => {
    const { instance, page } = await verified();
    const nginx = await lab.authority.issue({ names: [instance.host] });
    instance.answerWith(nginx);
    await page.reload();
    await firefox.buttonShows("Latchkey: WARNING");
    const incident = await openIncident(instance);
    await incident.getByText("The answer came from 127.0.0.1, an address of a private network.").waitFor();
    await incident.getByText("Home Assistant sometimes makes a new key without you doing anything.").waitFor();

    // The warning's own fingerprint is no comparison: the field is empty, and another fingerprint is refused.
    await press(incident, COMPARE);
    expect(await incident.getByLabel("Fingerprint read at home").inputValue()).toBe("");
    expect(await incident.getByRole("radio", { name: "Keep them: this one is also valid" }).isChecked()).toBe(true);
    expect(await violationsIn(incident)).toEqual([]);
    await press(incident, "Pin certificate");
    await incident.getByRole("alert").getByText("Paste the fingerprint").waitFor();
    await press(incident, "Back");
    await pinBeside(incident, instance.certificate.sha1, "NGINX at home");
    await incident.getByRole("alert").getByText("it was not your Home Assistant").waitFor();
    expect((await incidentsAt(instance))[0]?.closed).toBeUndefined();

    await incident.getByLabel("Fingerprint read at home").fill(nginx.sha256);
    await press(incident, "Pin certificate");
    await untilIncident(instance, ({ closed }) => closed?.how === "new-certificate");
    const { pins, history } = await bookOf(insider);
    expect(pins.filter(({ hosts }) => hosts.includes(instance.host as never)).map(({ note }) => note)).toEqual([
      "",
      "NGINX at home",
    ]);
    expect(history.at(-1)?.event).toBe("beside");

    // The user leaves home and comes back: both certificates are verified, and no others.
    await verifiedBy(instance, page, "NGINX at home");
    instance.restore();
    await verifiedBy(instance, page, "Pinned by hand");
    instance.answerWith(nginx);
    await verifiedBy(instance, page, "NGINX at home");
    instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
    await page.reload();
    await firefox.buttonShows("Latchkey: WARNING");
  });

  it("is one of two that a server has at once, ECDSA and RSA", async () => {
    const { instance, page } = await verified();
    const rsa = await lab.authority.issue({ names: [instance.host], keys: await newRsaKeys() });
    await pinInForm(instance, rsa.sha1, "RSA");
    // Node sends a name's certificate in addition to that of the whole server, and Firefox prefers ECDSA. So RSA needs
    // its own server.
    const rsaServer = createServer(rsa, instancePage);
    instance.attacker = { onConnection: (socket) => rsaServer.emit("connection", socket) };
    instance.dropConnections();
    await verifiedBy(instance, page, "RSA");
    instance.attacker = undefined;
    instance.dropConnections();
    await verifiedBy(instance, page, "Pinned by hand");
    expect(await incidentsAt(instance)).toEqual([]);
  });
});
