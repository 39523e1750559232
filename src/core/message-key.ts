import type messages from "../../_locales/en/messages.json";

type Messages = typeof messages;

/** A message of `_locales`. One that is missing doesn't compile. */
export type MessageKey = keyof Messages;

/** The names of a message's placeholders, as `messages.json` has them. */
type NamesOf<K extends MessageKey> = K extends MessageKey
  ? Messages[K] extends { placeholders: infer P }
    ? keyof P & string
    : never
  : never;

/** The messages that have exactly these placeholders. */
export type KeyWith<N extends string> = {
  [K in MessageKey]: [N] extends [NamesOf<K>] ? ([NamesOf<K>] extends [N] ? K : never) : never;
}[MessageKey];

/** The messages without placeholders. */
export type PlainKey = KeyWith<never>;

/**
 * What fills a placeholder. Dates and lists are written as is usual in the user's language. Numbers aren't allowed
 * here: a number decides the plural form, so it belongs to a {@link PluralKey}.
 */
export type Value = string | Date | readonly string[];

type IsUniform<K extends MessageKey, N> = K extends MessageKey ? ([N] extends [NamesOf<K>] ? true : false) : never;
type Named<N extends string> = [N] extends [never] ? [] : [values: Readonly<Record<N, Value>>];

/** What a message needs besides its key. If it may be one of several messages, all must need the same. */
export type Values<K extends MessageKey> = false extends IsUniform<K, NamesOf<K>> ? [never] : Named<NamesOf<K>>;

/** A message that has one form for each plural category, such as `sayDropped` of `sayDropped_one` and `sayDropped_other`. */
export type PluralKey = MessageKey extends infer K ? (K extends `${infer B}_other` ? B : never) : never;

/** What a plural message needs besides its key and its number. */
export type PluralValues<B extends PluralKey> = Named<Exclude<NamesOf<`${B}_other`>, "count">>;

/** A message with what fills its placeholders. */
export interface Text {
  readonly key: MessageKey;
  readonly values: Readonly<Record<string, Value>>;
}

export const text = <K extends MessageKey>(key: K, ...[values]: Values<K>): Text => ({ key, values: values ?? {} });
