import { jsx, type VNode } from "snabbdom";
import { inGroups } from "../../core/tls/fingerprint";
import type { KeyWith, PlainKey } from "../../core/message-key";
import type { Pin } from "../../core/pin/pin";
import { translate } from "../../shell/ui/translate";

/**
 * What a button does when it is pressed. The second click of a double click was meant for what stood there before, so it
 * presses nothing.
 */
export const pressed =
  (press: (button: Element) => void) =>
  ({ detail, currentTarget }: MouseEvent): void => {
    if (detail < 2) press(currentTarget as Element);
  };

/** The appearance of a status: each has its own color and sign. */
export type Tone = "verified" | "warning" | "amber" | "unknown" | "quiet";

/**
 * What the pages have in common. Classes are attributes: snabbdom takes an attribute away again, a property it does not.
 * The key keeps one button from becoming another that has the focus already, which Enter pressed twice would press.
 */
export const button = (label: PlainKey, style: "primary" | "link" | "plain", click: () => void): VNode => (
  <button key={label} attrs={{ class: style, type: "button" }} on={{ click: pressed(click) }}>
    {translate(label)}
  </button>
);

export const soft = (text: string): VNode => <div attrs={{ class: "soft" }}>{text}</div>;

/** Says that changes are not on the disk. @param why - Firefox's message; nothing is shown without one */
export const unsavedLine = (why: string | undefined): VNode | undefined =>
  why === undefined ? undefined : (
    <div attrs={{ role: "alert" }}>
      <p>{translate("sayUnsaved")}</p>
      {soft(translate("sayTechnical", { details: why }))}
    </div>
  );

/** A digest in groups; those that differ from `other` are marked. */
export function digest(value: string, other?: string): VNode {
  const others = inGroups(other ?? value);
  const groups = inGroups(value).map((group, index) => (group === others[index] ? group : <mark>{group}</mark>));
  return <div attrs={{ class: "digest" }}>{groups.flatMap((group) => [group, " "])}</div>;
}

/** How a pin was learned, with its date. */
export const SOURCES: Readonly<Record<Pin["source"], KeyWith<"date">>> = {
  home: "pinnedHome",
  typed: "pinnedTyped",
  imported: "pinnedImported",
  "first-use": "pinnedFirstUse",
};
