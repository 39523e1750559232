import { jsx, type VNode } from "snabbdom";
import { inGroups } from "../../core/tls/fingerprint";
import type { KeyWith, PlainKey } from "../../core/message-key";
import type { Pin } from "../../core/pin/pin";
import { translate } from "../../shell/ui/translate";

/** A button's action. The second click of a double click was meant for what was there before, so it does nothing. */
export const pressed =
  (press: (button: Element) => void) =>
  ({ detail, currentTarget }: MouseEvent): void => {
    if (detail < 2) press(currentTarget as Element);
  };

/** The appearance of a status: each has its own color and sign. */
export type Tone = "verified" | "warning" | "amber" | "unknown" | "quiet";

/**
 * Common parts of the pages. Classes are set as attributes, because snabbdom removes an attribute again, but not a
 * property. The key keeps a focused button from being reused for another one, which a second Enter would press.
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
