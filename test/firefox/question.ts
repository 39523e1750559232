// The two steps of a choice on a page: the first button, and the answers in the question that it opens.
import type { Locator, Page } from "playwright";
import { type ChoiceKind, CHOICES } from "../../src/core/view/choices";
import messages from "../../_locales/en/messages.json";
import { until } from "../lab/until";

export const wordOf = (key: keyof typeof messages): string => messages[key].message;

export const firstOf = (page: Page | Locator, kind: ChoiceKind): Locator => {
  const words = CHOICES[kind];
  if (kind === "guard-quick") return page.getByRole("radio", { name: wordOf("levelQuick") });
  return "label" in words
    ? page.getByRole("button", { name: wordOf(words.label), exact: true }).first()
    : page.getByRole("switch", { name: "Guard" });
};
export const safeOf = (page: Page, kind: ChoiceKind): Locator =>
  page.getByRole("alertdialog").getByRole("button", { name: wordOf(CHOICES[kind].keep), exact: true });
export const secondOf = (page: Page, kind: ChoiceKind): Locator =>
  page.getByRole("alertdialog").getByRole("button", { name: wordOf(CHOICES[kind].choose), exact: true });

export const untilEnabled = (page: Page, kind: ChoiceKind): Promise<unknown> =>
  until(
    () => secondOf(page, kind).isEnabled(),
    (is) => is,
  );
