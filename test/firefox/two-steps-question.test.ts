// The question before a choice that lowers the protection: when it is locked, when it closes, and in the real popup.
import { afterEach, expect, it } from "vitest";
import { closePopup, inPopup, openPopup, pressInPopup } from "../lab/popup-panel";
import { EXTENSION_ID } from "../lab/firefox-session";
import { openInFront } from "../lab/tabs";
import { until } from "../lab/until";
import { closeTabs, firefox, lab, popupOf, useBrowser } from "./browser";
import { openInstance } from "./guarded";
import { firstOf, untilEnabled, wordOf } from "./question";
import { kept, pinned, warned } from "./situations";
import { choose, pin } from "./user";

// With this preference, Firefox doesn't require logs, so the user can trust a certificate that isn't pinned.
useBrowser({ prefs: { "security.pki.certificate_transparency.mode": 0 } });
afterEach(closeTabs);

it("is locked again in a tab that was hidden, until it has been visible for a second", async () => {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const page = await popupOf(instance);
  await firstOf(page, "remove").click();
  await untilEnabled(page, "remove");
  // Records whether it could be chosen while it was hidden, and how long after that it could.
  await page.evaluate(`window.lockedFor = new Promise((done) => {
    const second = document.querySelector('dialog .choose');
    let since;
    document.addEventListener('visibilitychange', () => { since = document.hidden ? undefined : performance.now(); });
    new MutationObserver(() => {
      if (!second.disabled) done(since === undefined ? 0 : performance.now() - since);
    }).observe(second, { attributes: true });
  }); 1`);
  await openInFront(firefox.bidi);
  await until(
    () => page.evaluate("document.hidden && document.querySelector('dialog .choose').disabled"),
    (is) => is === true,
  );
  // After its lock has ended.
  await page.evaluate("new Promise((done) => setTimeout(done, 1500))");
  await page.bringToFront();
  expect(await page.evaluate("window.lockedFor")).toBeGreaterThanOrEqual(999);
  expect(await pinned(instance)).toBe(true);
});

it("closes the question when its subject has changed", async () => {
  const { instance, page } = await warned(false);
  await firstOf(page, "done").click();
  await page.getByRole("alertdialog").waitFor();
  const popup = await popupOf(instance);
  await choose(popup, wordOf("buttonDone"), wordOf("buttonCloseWarning"));
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
});

it("appears after a double click in the real popup, which grows to show it", async () => {
  const { page, instance } = await openInstance(lab, firefox, true);
  await page.bringToFront();
  await openPopup(firefox.bidi, EXTENSION_ID);
  const open = await until(
    () =>
      inPopup(
        firefox.bidi,
        `const first = content.document.querySelector('[role=switch]');
        if (first === null) return;
        // The panel grows until the popup is drawn. A click must go to the switch's last position.
        const placeOf = () => JSON.stringify(first.getBoundingClientRect());
        for (let last = ''; last !== placeOf();) {
          last = placeOf();
          await new Promise((done) => content.setTimeout(done, 100));
        }
        const { left, right, top, bottom } = first.getBoundingClientRect();
        for (const clickCount of [1, 2]) {
          for (const type of ['mousedown', 'mouseup'])
            content.synthesizeMouseEvent(type, (left + right) / 2, (top + bottom) / 2, { button: 0, clickCount }, {});
          await new Promise((done) => content.setTimeout(done, 60));
        }
        const ask = () => content.document.querySelector('dialog[open]');
        for (const end = Date.now() + 5000; ask() === null && Date.now() < end;)
          await new Promise((done) => content.setTimeout(done, 10));
        const dialog = ask();
        const second = dialog?.querySelector('.choose');
        const box = dialog?.getBoundingClientRect();
        const isApart = box?.bottom < top || box?.top > bottom;
        return { checked: first.checked, isOpen: dialog?.open, isLocked: second?.disabled, isApart };`,
      ),
    (is) => is !== null,
  );
  expect(open).toEqual({ checked: true, isOpen: true, isLocked: true, isApart: true });
  // It is neither partly hidden in the panel, nor scrolled away.
  await until(
    () =>
      inPopup(
        firefox.bidi,
        `const second = content.document.querySelector('dialog .choose');
        const { top, bottom } = second.getBoundingClientRect();
        return !second.disabled && top >= 0 && bottom <= content.innerHeight;`,
      ),
    (is) => is === true,
  );
  expect(String(await kept("guarded"))).toContain(instance.host);
  await pressInPopup(firefox.bidi, wordOf("buttonGuardOff"));
  await until(
    () => kept("guarded"),
    (guarded) => !String(guarded).includes(instance.host),
  );
  await closePopup(firefox.bidi);
});
