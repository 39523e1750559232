import browser from "webextension-polyfill";
import type { MessageKey, Text } from "../core/message-key";

/** A text in the user's language, its parts filled in. */
export const say = (key: MessageKey, ...args: readonly string[]): string => browser.i18n.getMessage(key, [...args]);
export const sayText = ({ key, args }: Text): string => say(key, ...args);
