// A new certificate that is the user's own: how it replaces the pinned one.
import { describe, expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { firefox, lab } from "./browser";
import { bookOf, pin } from "./user";
import { incidentsAt, insider } from "./verified";
import { attacked, openIncident, press, untilIncident, useWarnings, verified } from "./warned";

useWarnings();

it("accepts the server's certificate as the instance's new one only with the fingerprint read at home", async () => {
  const { instance, page, incident, fingerprint } = await attacked();
  await press(incident, "It is my new certificate, I compared it…");
  await incident.getByLabel("Fingerprint read at home").fill(instance.certificate.sha1);
  await press(incident, "Pin certificate");
  await incident.getByRole("alert").getByText("it was not your Home Assistant").waitFor();
  expect((await incidentsAt(instance))[0]?.closed).toBeUndefined();
  await incident.getByLabel("Fingerprint read at home").fill(fingerprint);
  await press(incident, "Pin certificate");
  await incident.getByText("it was a new certificate of your Home Assistant").waitFor();
  expect((await incidentsAt(instance))[0]?.closed?.how).toBe("new-certificate");
  await page.bringToFront();
  await firefox.buttonShows("Latchkey: verified");
});

describe("a certificate that is the user's own", () => {
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
    expect((await incidentsAt(instance))[0]?.closed).toBeUndefined();
  });
});
