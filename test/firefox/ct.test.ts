// Log monitoring: the consent, what is sent to whom, and what the page shows meanwhile.
import type { Page } from "playwright";
import { afterEach, expect, it } from "vitest";
import { until } from "../lab/until";
import { firefox, lab } from "./browser";
import {
  agree,
  ALARMS,
  endMonitoring,
  incidentsOf,
  keptOf,
  logs,
  press,
  service,
  untilHeading,
  useLogMonitoring,
} from "./log-monitoring";

useLogMonitoring();
afterEach(endMonitoring);

const hosts = (): string[] => logs.received.map(({ host }) => host);
const permissions = (page: Page): Promise<{ origins: string[]; data_collection: string[] }> =>
  page.evaluate("browser.permissions.getAll()");

it("asks no service before you consent, and none after you withdraw the consent", async () => {
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

it("sends the host name, and nothing that shows who asks", async () => {
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

it("shows its progress while it queries the logs, and says when it is done", async () => {
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

it("asks crt.sh only when you click, and adds certificates that the daily service doesn't list", async () => {
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
    names: [instance.host],
    from: new Date(Date.now() + 1000),
    known: false,
  });
  await press(record, "Ask crt.sh");
  await record.getByText("These were not in the list above").waitFor();
  await untilHeading(record, "The logs list a certificate that is not yours");
  const incidents = await incidentsOf(record, instance);
  expect(incidents[0]?.samples[0]?.logged?.spki).toBe(hidden.issued.spki);
});

it("appears in the popup, with Firefox's own statements about the logs and the root", async () => {
  const { instance, record } = await service.watched(firefox);
  const popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByRole("link", { name: "not monitored" }).waitFor();
  await agree(record);
  await popup.getByRole("link", { name: /^no other certificate found, / }).waitFor();
  await press(popup, "Details");
  await popup.getByText("not checked: Firefox checks this only for authorities that come with it").waitFor();
  await popup.getByText(/added to this browser/u).waitFor();
});
