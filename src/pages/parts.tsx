import { jsx, type VNode } from "snabbdom";
import { inGroups } from "../core/fingerprint";
import type { MessageKey } from "../core/message-key";
import type { Pin } from "../core/pin";
import { say } from "../shell/text";

/**
 * What a button does when it is pressed. The second click of a double click was meant for what stood there before, so it
 * presses nothing.
 */
export const pressed =
  (press: (button: Element) => void) =>
  ({ detail, currentTarget }: MouseEvent): void => {
    if (detail < 2) press(currentTarget as Element);
  };

/**
 * What the pages have in common. Classes are attributes: snabbdom takes an attribute away again, a property it does not.
 * The key keeps one button from becoming another that has the focus already, which Enter pressed twice would press.
 */
export const button = (label: MessageKey, look: "primary" | "link" | "plain", click: () => void): VNode => (
  <button key={label} attrs={{ class: look, type: "button" }} on={{ click: pressed(click) }}>
    {say(label)}
  </button>
);

export const soft = (text: string): VNode => <div attrs={{ class: "soft" }}>{text}</div>;

/** What is new is not on the disk. @param why - Firefox's words; nothing is shown where there are none */
export const unsavedLine = (why: string | undefined): VNode | undefined =>
  why === undefined ? undefined : (
    <div attrs={{ role: "alert" }}>
      <p>{say("sayUnsaved")}</p>
      {soft(why)}
    </div>
  );

/** A digest in groups; those that differ from the one `beside` it are marked. */
export function digest(value: string, beside?: string): VNode {
  const others = inGroups(beside ?? value);
  const groups = inGroups(value).map((group, index) => (group === others[index] ? group : <mark>{group}</mark>));
  return <div attrs={{ class: "digest" }}>{groups.flatMap((group) => [group, " "])}</div>;
}

const locale = (): string => new Intl.DateTimeFormat().resolvedOptions().locale;

export const ago = (at: number): string => {
  const seconds = Math.round((at - Date.now()) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (seconds > -60) return relative.format(seconds, "second");
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), "minute");
  return seconds > -48 * 3600
    ? relative.format(Math.round(seconds / 3600), "hour")
    : relative.format(Math.round(seconds / 86_400), "day");
};
/** By days within a month, by date before that. */
export const daysAgo = (at: number): string => {
  const days = Math.floor((Date.now() - at) / (24 * 60 * 60 * 1000));
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  return days < 31 ? relative.format(-days, "day") : date(at);
};
export const listed = (parts: readonly string[]): string =>
  new Intl.ListFormat(locale(), { type: "conjunction" }).format(parts);
export const date = (at: number | string): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "long" }).format(new Date(at));
/** Today without its date. */
export const time = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { ...(isToday(at) ? {} : { dateStyle: "medium" }), timeStyle: "short" }).format(at);
const isToday = (at: number): boolean => new Date(at).toDateString() === new Date().toDateString();

/** How a pin was learnt, with its date. */
export const SOURCES: Readonly<Record<Pin["source"], MessageKey>> = {
  home: "pinnedHome",
  typed: "pinnedTyped",
  imported: "pinnedImported",
  "first-use": "pinnedFirstUse",
};
