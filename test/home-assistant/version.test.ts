// The version of a real Home Assistant, reported by its WebSocket and by its local page, without a trace in its log.
import { spawnSync } from "node:child_process";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { covering } from "../../src/core/version/advisory";
import { BUNDLED_ADVISORIES } from "../../src/core/version/bundled-advisories";
import { parseVersion } from "../../src/core/version/version";
import { suspendBackground } from "../lab/background";
import { closePopup, pressInPopup } from "../lab/popup-panel";
import { EXTENSION_ID } from "../lab/firefox-session";
import { until } from "../lab/until";
import { type AtHome, startAtHome } from "./at-home";
import { cloudStatus, IS_OLDEST, PROGRAM, RELEASE } from "./home-assistant";

let home: AtHome;
let popup: Page;
/** As the program itself reports it. */
const version = spawnSync(PROGRAM, ["--version"], { encoding: "utf8" }).stdout.trim();

beforeAll(async () => {
  home = await startAtHome({ logsSockets: true });
  const { core, firefox, instance } = home;
  await core.answer(await cloudStatus(instance.certificate, [instance.host]));
  await home.readAtHome("This page shows your Home Assistant’s certificate");
  await pressInPopup(firefox.bidi, "Pin");
  await home.untilPopupSays("This is your Home Assistant");
  await closePopup(firefox.bidi);
  popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
});
afterAll(async () => {
  await home.end();
});

/** What each release logs once for a silent WebSocket, next to other lines with the same words. */
const UNANSWERED = /Disconnected[^\n]*: Did not receive auth message within 10 seconds/gu;
const complaints = (log: string): number => log.match(UNANSWERED)?.length ?? 0;
const BANNED = /Login attempt or request with invalid authentication/u;

const OF_OLDEST = [
  "CVE-2025-65713",
  "CVE-2026-33044",
  "CVE-2026-54317",
  "CVE-2026-64825",
  "CVE-2026-64824",
  "CVE-2026-91129",
  "CVE-2026-91130",
];

it("is its true version with its true advisories, asked without a trace in its log", async () => {
  expect(version.startsWith(`${RELEASE}.`)).toBe(true);
  const parsed = parseVersion(version);
  const ids = parsed.ok ? covering(BUNDLED_ADVISORIES, parsed.value).map(({ id }) => id) : [];
  expect(ids).toEqual(IS_OLDEST ? OF_OLDEST : []);
  if (IS_OLDEST) {
    await popup.getByRole("definition").getByText(`${version}, 7 known vulnerabilities`, { exact: true }).waitFor();
    await popup.getByText("Show all 7 known vulnerabilities").click();
    for (const id of ids) await popup.getByRole("link", { name: id }).waitFor();
    await popup.getByText("Version 2026.7.0 fixes all of them.").waitFor();
  } else await popup.getByRole("definition").getByText(`${version}, no known vulnerability`, { exact: true }).waitFor();

  // A silent one, opened after ours: once Home Assistant complains about it, it would have complained about ours.
  const silent = new WebSocket(`ws://127.0.0.1:${String(home.core.port)}/api/websocket`);
  await until(home.core.log, (log) => complaints(log) > 0, 20_000);
  silent.terminate();
  expect(complaints(home.core.log())).toBe(1);
  expect(home.core.log()).not.toMatch(BANNED);
  // The question for the version and the connection check of the pin: neither was silent for long.
  const asked = home.instance.received.filter(({ path }) => decodeURI(path).startsWith("/api/websocket"));
  expect(asked).toHaveLength(2);
});

it("comes from the local page if the instance hasn't reported it outside", async () => {
  const { firefox, instance } = home;
  instance.goOffline();
  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await popup.evaluate("browser.storage.local.remove('versions')");
  await home.readAtHome("This page shows the certificate that is pinned.");
  await closePopup(firefox.bidi);
  const seen = "browser.storage.local.get('versions').then(({ versions }) => versions?.seen ?? [])";
  const kept = await until(
    () => popup.evaluate(seen),
    (all) => JSON.stringify(all).includes(version),
  );
  expect(kept).toMatchObject([{ address: instance.host, text: version, from: "home" }]);
});
