import browser from "webextension-polyfill";
import type { Incident } from "../core/incident";
import { warningText } from "../core/words";
import { say, sayText } from "./text";

export interface Notifier {
  readonly notify: (incident: Incident, isPrivate: boolean) => Promise<void>;
  readonly onClicked: (id: string) => void;
}

/**
 * One notification an address: a newer one takes the place of the older, so that an attacker cannot pile them up.
 * One about a private window names no address, for the system may keep notifications.
 */
export function createNotifier(openPopup: (address: string | undefined) => void): Notifier {
  return {
    notify: async ({ address, verdict }, isPrivate) => {
      const id = isPrivate ? "private" : address;
      await browser.notifications.create(id, {
        type: "basic",
        iconUrl: browser.runtime.getURL("icons/warning.svg"),
        title: isPrivate ? say("notifyPrivateTitle") : say("notifyTitle", address),
        message: sayText(warningText(verdict)),
      });
    },
    onClicked: (id) => {
      openPopup(id === "private" ? undefined : id);
    },
  };
}
