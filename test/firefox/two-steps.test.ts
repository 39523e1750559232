// Every choice that lowers the protection takes two steps. A double click, or Enter pressed twice, only asks.
import type { Locator, Page } from "playwright";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { CHOICES, type ChoiceKind } from "../../src/core/view/choices";
import messages from "../../_locales/en/messages.json";
import { violationsIn } from "../lab/accessibility";
import { version } from "../lab/announcements";
import { attack } from "../lab/attacker";
import { suspendBackground } from "../lab/background";
import { closePopup, inPopup, openPopup, pressInPopup } from "../lab/browser-chrome";
import { EXTENSION_ID } from "../lab/firefox-session";
import type { Instance } from "../lab/lab";
import { NAIVE } from "../lab/strategies";
import { openInFront } from "../lab/tabs";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { untilArrived, incidents, insiderDo, openInstance, switchGuardOn } from "./guarded";
import { bookOf, choose, pin } from "./user";

// As where no log lists the lab's certificates: one that nobody pinned can be trusted.
useBrowser({ prefs: { "security.pki.certificate_transparency.mode": 0 } });
afterEach(async () => {
  const insider = await firefox.insider();
  for (const page of firefox.context.pages().slice(1)) if (page !== insider) await page.close();
});

interface Situation {
  readonly page: Page;
  /** Where its first step is, if the page has several of the kind. */
  readonly part?: Locator;
  /** Whether the choice was carried out. */
  readonly happened: () => Promise<boolean> | boolean;
}

const popupOf = ({ host }: Instance): Promise<Page> => firefox.extensionPage(`popup.html?address=${host}`);
const closed = async (instance: Instance): Promise<boolean> =>
  (await incidents(firefox, instance)).some((incident) => incident.closed !== undefined);
const pinned = async (instance: Instance): Promise<boolean> =>
  (await bookOf(await firefox.insider())).pins.some(({ hosts }) => hosts.some((host) => host === instance.host));
const kept = (key: string): Promise<unknown> =>
  insiderDo(firefox, `browser.storage.local.get('${key}').then((all) => JSON.stringify(all['${key}'] ?? ''))`);

/** The page in place of a guarded instance's, whose attacker has gone since. */
async function blocked(): Promise<{ instance: Instance; page: Page }> {
  const { instance, page } = await openInstance(lab, firefox, true);
  await attack(lab, instance, NAIVE);
  await page.goto(instance.url).catch(() => undefined);
  await page.getByRole("heading", { name: "Latchkey blocked this page before anything secret was sent" }).waitFor();
  instance.attacker = undefined;
  instance.dropConnections();
  return { instance, page };
}

/** A warning, and the page that shows it. */
async function warned(isPlain: boolean): Promise<{ instance: Instance; page: Page }> {
  const { instance, page } = await openInstance(lab, firefox, false);
  if (isPlain) {
    instance.plain = true;
    await page.goto(`http://${instance.host}/`);
  } else {
    instance.answerWith(await lab.authority.issue({ names: [instance.host] }));
    await page.reload();
  }
  await until(
    () => incidents(firefox, instance),
    ({ length }) => length > 0,
  );
  instance.restore();
  instance.plain = false;
  const list = await firefox.extensionPage("incidents.html");
  await list.locator("section.verdict", { hasText: instance.host }).getByRole("link").click();
  await list.getByText("Recorded evidence").waitFor();
  return { instance, page: list };
}

const SITUATIONS: [what: string, kind: ChoiceKind, reach: () => Promise<Situation>][] = [
  [
    "a blocked page, opened without protection",
    "bypass",
    async () => {
      const { page } = await blocked();
      return { page, happened: () => !/blocked\.html/u.test(page.url()) };
    },
  ],
  [
    "the warning on a blocked page",
    "done",
    async () => {
      const { instance, page } = await blocked();
      return { page, happened: () => closed(instance) };
    },
  ],
  [
    "a warning on its own page",
    "done",
    async () => {
      const { instance, page } = await warned(false);
      return { page, happened: () => closed(instance) };
    },
  ],
  [
    "a warning of an answer in the clear",
    "understood",
    async () => {
      const { instance, page } = await warned(true);
      return { page, happened: () => closed(instance) };
    },
  ],
  [
    "a warning in the popup",
    "done",
    async () => {
      const { instance } = await warned(false);
      return { page: await popupOf(instance), happened: () => closed(instance) };
    },
  ],
  [
    "an insecure version",
    "override",
    async () => {
      const instance = await lab.instance();
      instance.announce = version("2021.1.5");
      await pin(firefox, instance);
      await until(
        () => kept("versions"),
        (versions) => String(versions).includes(instance.host),
      );
      await switchGuardOn(firefox, instance);
      const page = await firefox.context.newPage();
      await page.goto(instance.url).catch(() => undefined);
      await untilArrived(page, /blocked\.html/u);
      return { page, happened: () => !/blocked\.html/u.test(page.url()) };
    },
  ],
  [
    "a pin on the options page",
    "remove",
    async () => {
      const instance = await lab.instance();
      await pin(firefox, instance);
      const page = await firefox.extensionPage("options.html");
      const part = page.locator("section", { hasText: instance.host }).first();
      return { page, part, happened: async () => !(await pinned(instance)) };
    },
  ],
  [
    "a pin in the popup",
    "remove",
    async () => {
      const instance = await lab.instance();
      await pin(firefox, instance);
      return { page: await popupOf(instance), happened: async () => !(await pinned(instance)) };
    },
  ],
  [
    "an address that is watched",
    "unwatch",
    async () => {
      const instance = await lab.instance();
      await pin(firefox, instance);
      const unwatched = async (): Promise<boolean> =>
        (await bookOf(await firefox.insider())).unwatched.some((host) => host === instance.host);
      return { page: await popupOf(instance), happened: unwatched };
    },
  ],
  [
    "Guard",
    "guard-off",
    async () => {
      const { instance } = await openInstance(lab, firefox, true);
      return {
        page: await popupOf(instance),
        happened: async () => !String(await kept("guarded")).includes(instance.host),
      };
    },
  ],
  [
    "less of Guard's checking",
    "guard-quick",
    async () => {
      const { instance } = await openInstance(lab, firefox, true);
      const isQuick = async (): Promise<boolean> => {
        const part = String(await kept("guarded")).split('"levels":')[1] ?? "";
        return part.includes(instance.host);
      };
      return { page: await popupOf(instance), happened: isQuick };
    },
  ],
  [
    "a certificate that nobody compared",
    "trust",
    async () => {
      const instance = await lab.instance(lab.publicAuthority);
      const page = await firefox.context.newPage();
      await page.goto(instance.url);
      await firefox.buttonShows("Latchkey: not pinned");
      return { page: await popupOf(instance), happened: () => pinned(instance) };
    },
  ],
  [
    "a certificate that a warning shows",
    "compared",
    async () => {
      const { instance } = await openInstance(lab, firefox, false);
      const his = await lab.authority.issue({ names: [instance.host] });
      instance.answerWith(his);
      const page = await popupOf(instance);
      await page.getByRole("button", { name: "Check now" }).click();
      await page.getByRole("button", { name: wordOf("buttonNewBeside"), exact: true }).click();
      await page.getByLabel("Fingerprint").fill(his.sha256);
      await page.getByRole("button", { name: "Pin", exact: true }).click();
      await page.getByRole("alert").getByText(wordOf("errorOnWarning")).waitFor();
      const isPinned = async (): Promise<boolean> =>
        (await bookOf(await firefox.insider())).pins.some(({ fingerprint }) => fingerprint === his.sha256);
      return { page, happened: isPinned };
    },
  ],
  [
    "damaged data",
    "start-again",
    async () => {
      const insider = await firefox.insider();
      const before = z
        .string()
        .parse(await insider.evaluate("browser.storage.local.get('book').then(({ book }) => JSON.stringify(book))"));
      await insider.evaluate("browser.storage.local.set({ book: 'torn' }).then(() => 1)");
      await suspendBackground(firefox.bidi, EXTENSION_ID);
      const page = await firefox.extensionPage("popup.html");
      return { page, happened: async () => (await kept("book")) !== '"torn"' && before !== "" };
    },
  ],
];

const wordOf = (key: keyof typeof messages): string => messages[key].message;
const firstOf = (page: Page | Locator, kind: ChoiceKind): Locator => {
  const words = CHOICES[kind];
  if (kind === "guard-quick") return page.getByRole("radio", { name: wordOf("levelQuick") });
  return "label" in words
    ? page.getByRole("button", { name: wordOf(words.label), exact: true }).first()
    : page.getByRole("switch", { name: "Guard" });
};
const safeOf = (page: Page, kind: ChoiceKind): Locator =>
  page.getByRole("alertdialog").getByRole("button", { name: wordOf(CHOICES[kind].keep), exact: true });
const secondOf = (page: Page, kind: ChoiceKind): Locator =>
  page.getByRole("alertdialog").getByRole("button", { name: wordOf(CHOICES[kind].choose), exact: true });

const TREE = z.object({ contexts: z.array(z.object({ context: z.string(), url: z.string() })) });

/** Presses the mouse where `place` is, as often as there are `pauses` (in ms, each after a press), as the system does. */
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

/** Waits until the question is open, or what it asks about has happened already. */
const untilAsked = (page: Page, kind: ChoiceKind, happened: Situation["happened"]): Promise<unknown> =>
  until(
    async () =>
      (await happened()) ||
      (await secondOf(page, kind)
        .isVisible()
        .catch(() => false)),
    (is) => is,
  );
const untilEnabled = (page: Page, kind: ChoiceKind): Promise<unknown> =>
  until(
    () => secondOf(page, kind).isEnabled(),
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
/** A double click, and two clicks that Firefox counts apart: pauses between two presses, in ms. */
const PAUSES = { together: 60, apart: 240 };

/** From now on the page keeps, with each second step, when it was first there and when it could first be chosen. */
const WATCH = `new MutationObserver(() => {
  const second = document.querySelector('dialog .choose');
  if (second === null) return;
  second.since ??= performance.now();
  if (!second.disabled) second.until ??= performance.now();
}).observe(document.body, { subtree: true, childList: true, attributes: true })`;
/** How long the second step that is open was locked, in ms. */
const LOCKED = "(({ since, until }) => until - since)(document.querySelector('dialog .choose'))";

describe.each(SITUATIONS)("%s", (_, kind, reach) => {
  it("is asked about by a double click, in any window, and chosen by a deliberate second step", async () => {
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

  it("is asked about by Enter pressed twice, has the safe answer first, and is chosen by the keyboard", async () => {
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

it("is locked again in a tab that was hidden, until it has been shown for a second", async () => {
  const instance = await lab.instance();
  await pin(firefox, instance);
  const page = await popupOf(instance);
  await firstOf(page, "remove").click();
  await untilEnabled(page, "remove");
  // Kept from now on: whether it could be chosen while it was hidden, and how long after that it could.
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
  // Longer than it is locked for.
  await page.evaluate("new Promise((done) => setTimeout(done, 1500))");
  await page.bringToFront();
  expect(await page.evaluate("window.lockedFor")).toBeGreaterThanOrEqual(999);
  expect(await pinned(instance)).toBe(true);
});

it("closes the question when what it is about has changed", async () => {
  const { instance, page } = await warned(false);
  await firstOf(page, "done").click();
  await page.getByRole("alertdialog").waitFor();
  const popup = await popupOf(instance);
  await choose(popup, wordOf("buttonDone"), wordOf("buttonCloseWarning"));
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
});

it("is asked about by a double click in the real popup, which grows to show it", async () => {
  const { page, instance } = await openInstance(lab, firefox, true);
  await page.bringToFront();
  await openPopup(firefox.bidi, EXTENSION_ID);
  const open = await until(
    () =>
      inPopup(
        firefox.bidi,
        `const first = content.document.querySelector('[role=switch]');
        if (first === null) return;
        const { left, right, top, bottom } = first.getBoundingClientRect();
        for (const clickCount of [1, 2]) {
          for (const type of ['mousedown', 'mouseup'])
            content.synthesizeMouseEvent(type, (left + right) / 2, (top + bottom) / 2, { button: 0, clickCount }, {});
          await new Promise((done) => content.setTimeout(done, 60));
        }
        const dialog = content.document.querySelector('dialog');
        const second = dialog?.querySelector('.choose');
        const box = dialog?.getBoundingClientRect();
        const isApart = box?.bottom < top || box?.top > bottom;
        return { checked: first.checked, isOpen: dialog?.open, isLocked: second?.disabled, isApart };`,
      ),
    (is) => is !== null,
  );
  expect(open).toEqual({ checked: true, isOpen: true, isLocked: true, isApart: true });
  // Not within what is shown of the panel only, and not scrolled away.
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

it("has a row for every choice there is", () => {
  // One is offered on versions of Firefox newer than ESR only: guard-version.test.ts.
  const kinds = [...SITUATIONS.map(([, kind]) => kind), "accept-firefox"];
  expect(new Set(kinds)).toEqual(new Set(Object.keys(CHOICES)));
});
