import { afterAll, beforeAll, expect, it } from "vitest";
import { build } from "../../scripts/build";
import { startFirefox, type FirefoxSession } from "../lab/firefox-session";
import { startLab, type House, type Lab } from "../lab/lab";

let lab: Lab;
let firefox: FirefoxSession;

beforeAll(async () => {
  await build();
  lab = await startLab();
  firefox = await startFirefox(lab);
});
afterAll(async () => {
  await firefox.close();
  await lab.close();
});

/** Pins as a user does who opens the popup in a tab and types. */
async function pin(house: House, fingerprint = house.certificate.sha1): Promise<void> {
  const popup = await firefox.extensionPage("popup.html");
  await popup.getByLabel("Remote address").fill(house.url);
  await popup.getByLabel("Fingerprint").fill(fingerprint);
  await popup.getByRole("button", { name: "Pin", exact: true }).click();
  await popup.getByRole("region", { name: "Verdict" }).waitFor();
  await popup.close();
}

it("verifies the house and spots an attacker with another key under the same authority", async () => {
  const house = await lab.house();
  await pin(house);
  const page = await firefox.context.newPage();
  await page.goto(house.url);
  const good = await firefox.buttonShows("Latchkey: verified");
  expect(good.badge).toBe("");

  house.answerWith(await lab.authority.issue({ names: [house.host] }));
  await page.reload();
  const bad = await firefox.buttonShows("Latchkey: WARNING");
  expect(bad.badge).toBe("!");
  expect(bad.title).toBe("Latchkey: WARNING, not your house’s certificate");
});
