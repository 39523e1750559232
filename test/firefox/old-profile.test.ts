// A profile that version 0.1 wrote, with its old names: it must keep everything, and open or close no warning.
import { beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import { until } from "../lab/until";
import { firefox, useBrowser } from "./browser";
import { call, insiderDo } from "./insider";
import { addressOf } from "./user";
import profile from "./profile-of-0.1.json";

// The stock extension of 27 November 2026 wrote it, format 1, in Firefox ESR 153. One instance is guarded and under
// attack, one has a check that Firefox retried (closed), one has an override. One has its logs monitored, and one was
// closed as done.
const { local, session, hosts } = profile;
const all = Object.values(hosts);

useBrowser();
beforeAll(async () => {
  await insiderDo(
    firefox,
    `browser.storage.local.set(${JSON.stringify(local)}).then(() => browser.storage.session.set(${JSON.stringify(session)}))`,
  );
  await suspendBackground(firefox.bidi, EXTENSION_ID);
});

it("shows all pins and warnings, and closes none", async () => {
  const options = await firefox.extensionPage("options.html");
  for (const host of all) await options.getByText(host, { exact: true }).first().waitFor();
  const warnings = await firefox.extensionPage("incidents.html");
  for (const host of [hosts.a, hosts.b, hosts.e]) await warnings.getByText(host, { exact: true }).first().waitFor();
  const popup = await firefox.extensionPage(`popup.html?address=${hosts.a}`);
  await popup.getByRole("heading", { name: "This is not your Home Assistant’s certificate" }).waitFor();
  expect(await popup.getByRole("switch", { name: "Guard" }).isChecked()).toBe(true);
  for (const host of [hosts.b, hosts.e]) {
    const other = await firefox.extensionPage(`popup.html?address=${host}`);
    await other.getByLabel("Remote address").or(other.getByText(host)).first().waitFor();
    expect(await other.getByRole("button", { name: "Save evidence" }).count()).toBe(0);
  }
});

it("still blocks what it blocked, and still lets through what you allowed", async () => {
  const insecure = await firefox.extensionPage(`popup.html?address=${hosts.c}`);
  await insecure.getByText("2021.1.4").first().waitFor();
  await insecure.getByRole("button", { name: "Protect again" }).waitFor();
  const page = await firefox.context.newPage();
  await page.goto(`https://${hosts.a}/`).catch(() => undefined);
  await until(
    () => page.url(),
    (url) => url.includes("blocked.html"),
  );
});

/** The text of the old profile with today's names. */
const renamed = (saved: object): object =>
  z
    .looseObject({})
    .parse(
      JSON.parse(
        JSON.stringify(saved)
          .replaceAll('"toldAt":', '"pinnedAt":')
          .replaceAll('"voucher":', '"trustAnchor":')
          .replaceAll('"homes":', '"localOrigins":')
          .replaceAll('"resent-probe"', '"restarted-probe"')
          .replaceAll('"version":1', '"version":2'),
      ),
    );
const SAVED = z.object({ book: z.looseObject({ version: z.number() }) });

it("is written in today's format, with everything that was in it, once something changes", async () => {
  await call(firefox, "watch.set", { address: addressOf({ host: hosts.d }), watched: false, private: false });
  const { book } = await until(
    async () => SAVED.parse(await insiderDo(firefox, "browser.storage.local.get('book')")),
    (saved) => saved.book.version === 2,
  );
  expect(book).toEqual({ ...renamed(local.book), unwatched: [hosts.d] });
});
