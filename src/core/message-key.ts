import type messages from "../../_locales/en/messages.json";

/** A text of `_locales`; one that is not there does not compile. */
export type MessageKey = keyof typeof messages;

/** A text with what is put into it: `$1$`, `$2$`, … in the order of `args`. */
export interface Text {
  readonly key: MessageKey;
  readonly args: readonly string[];
}

export const text = (key: MessageKey, ...args: string[]): Text => ({ key, args });
