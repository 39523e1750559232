// Every choice that lowers the protection takes two steps. A double click, or Enter pressed twice, only asks.
import type { Locator, Page } from "playwright";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type ChoiceKind, CHOICES } from "../../src/core/view/choices";
import { violationsIn } from "../lab/accessibility";
import { until } from "../lab/until";
import { closeTabs, firefox, useBrowser } from "./browser";
import { firstOf, safeOf, secondOf, untilEnabled } from "./question";
import { type Situation, SITUATIONS } from "./situations";

// With this preference, Firefox doesn't require logs, so the user can trust a certificate that isn't pinned.
useBrowser({ prefs: { "security.pki.certificate_transparency.mode": 0 } });
afterEach(closeTabs);

const TREE = z.object({ contexts: z.array(z.object({ context: z.string(), url: z.string() })) });

/** Presses the mouse at `place`, once for each of the `pauses` that follow a press (in ms), as the system does. */
async function press(page: Page, place: { x: number; y: number }, pauses: readonly number[]): Promise<void> {
  const { contexts } = TREE.parse(await firefox.bidi.send("browsingContext.getTree", {}));
  const context = contexts.find(({ url }) => url === page.url())?.context;
  const actions = pauses.flatMap((duration) => [
    { type: "pointerDown", button: 0 },
    { type: "pointerUp", button: 0 },
    { type: "pause", duration },
  ]);
  const move = { type: "pointerMove", x: Math.round(place.x), y: Math.round(place.y), duration: 0 };
  const mouse = { type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions: [move, ...actions] };
  await firefox.bidi.send("input.performActions", { context, actions: [mouse] });
}

async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  if (box === null) throw new Error("it is not shown");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Waits until the question is open, or the action has already happened. */
const untilAsked = (page: Page, kind: ChoiceKind, happened: Situation["happened"]): Promise<unknown> =>
  until(
    async () =>
      (await happened()) ||
      (await secondOf(page, kind)
        .isVisible()
        .catch(() => false)),
    (is) => is,
  );

const agree = async (page: Page): Promise<void> => {
  const box = page.getByRole("alertdialog").getByRole("checkbox");
  if ((await box.count()) > 0) await box.check();
};

const SIZES = [
  { width: 1280, height: 800 },
  { width: 800, height: 400 },
  { width: 360, height: 640 },
];

/** A double click, and two clicks that Firefox counts separately: pauses between two presses, in ms. */
const PAUSES = { together: 60, apart: 240 };

/** Makes the page record for each second step when it first appeared, and when the user could first choose it. */
const WATCH = `new MutationObserver(() => {
  const second = document.querySelector('dialog .choose');
  if (second === null) return;
  second.since ??= performance.now();
  if (!second.disabled) second.until ??= performance.now();
}).observe(document.body, { subtree: true, childList: true, attributes: true })`;

/** How long the second step that is open was locked, in ms. */
const LOCKED = "(({ since, until }) => until - since)(document.querySelector('dialog .choose'))";

describe.each(SITUATIONS)("%s", (_, kind, reach) => {
  it("only asks after a double click, in any window, and acts after a deliberate second step", async () => {
    const { page, part = page, happened } = await reach();
    const first = firstOf(part, kind);
    await first.waitFor();
    await page.evaluate(WATCH);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const pause of Object.values(PAUSES)) {
        const place = await middleOf(first);
        if (pause === PAUSES.together) await press(page, place, [pause, 0]);
        else for (const wait of [pause, 0]) await press(page, place, [wait]);
        await untilAsked(page, kind, happened);
        expect(await happened()).toBe(false);
        const question = await page.getByRole("alertdialog").boundingBox();
        if (question === null) throw new Error("no question is shown");
        expect(question.y > place.y || question.y + question.height < place.y).toBe(true);
        await secondOf(page, kind).scrollIntoViewIfNeeded();
        await agree(page);
        await untilEnabled(page, kind);
        expect(await happened()).toBe(false);
        expect(await page.evaluate(LOCKED)).toBeGreaterThanOrEqual(999);
        await page.keyboard.press("Escape");
        await page.getByRole("alertdialog").waitFor({ state: "detached" });
      }
    }
    expect(await happened()).toBe(false);

    await press(page, await middleOf(first), [0]);
    await agree(page);
    await page.getByText("You can choose now.").waitFor();
    await press(page, await middleOf(secondOf(page, kind)), [0]);
    await until(happened, (is) => is);
  });

  it("only asks after Enter was pressed twice, has the safe answer first, and works with the keyboard", async () => {
    const { page, part = page, happened } = await reach();
    const first = firstOf(part, kind);
    const key = "label" in CHOICES[kind] ? "Enter" : "Space";
    await page.bringToFront(); // keys go to the window in front
    await first.focus();
    await page.keyboard.press(key);
    await page.keyboard.press(key);
    await untilAsked(page, kind, happened);
    expect(await happened()).toBe(false);
    expect(await violationsIn(page)).toEqual([]);
    await page.getByText("you can choose").waitFor();
    if ("consent" in CHOICES[kind]) {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
    }
    await untilEnabled(page, kind);
    expect(await happened()).toBe(false);
    await page.keyboard.press("Tab");
    expect(await safeOf(page, kind).evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    expect(await first.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await happened()).toBe(false);

    await page.keyboard.press(key);
    await agree(page);
    await untilEnabled(page, kind);
    await secondOf(page, kind).focus();
    await page.keyboard.press("Enter");
    await until(happened, (is) => is);
  });
});

it("has a row for every choice there is", () => {
  // This choice only exists on versions of Firefox newer than ESR: guard-version.test.ts.
  const kinds = [...SITUATIONS.map(([, kind]) => kind), "accept-firefox"];
  expect(new Set(kinds)).toEqual(new Set(Object.keys(CHOICES)));
});
