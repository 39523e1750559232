// A version of Firefox on which no test shows that Guard holds. It only runs in the newest release (vitest.config.ts).
import { expect, it } from "vitest";
import { firefox, lab, useBrowser } from "./browser";
import { openInstance, post } from "./guarded";

useBrowser();

it("sends no secret until you accept the version, which a double click doesn't do", async () => {
  const { instance, page } = await openInstance(lab, firefox, false);
  let popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByRole("switch", { name: "Guard" }).check();
  await popup.getByText("Guard can’t work in this browser").waitFor();
  await popup.close();
  await page.bringToFront();
  await firefox.buttonShows("Latchkey: not checked, Guard can’t work in this browser");
  instance.received.length = 0;
  expect(await post(page)).toBe("stopped");
  popup = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  await popup.getByRole("button", { name: "Use Guard with this version…" }).dblclick();
  const question = popup.getByRole("alertdialog");
  await question.waitFor();
  expect(await post(page)).toBe("stopped");
  expect(instance.received.filter(({ path }) => path === "/auth/token")).toEqual([]);
  await question.getByRole("button", { name: "Use Guard", exact: true }).click();
  await popup.getByText("Guard can’t work in this browser").waitFor({ state: "detached" });
  await popup.close();
  await page.bringToFront();
  expect(await post(page)).toBe(200);
});
