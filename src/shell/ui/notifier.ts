import browser from "webextension-polyfill";
import type { Address } from "../../core/address";
import type { Incident } from "../../core/incident/incident";
import { insecureText, warningText } from "../../core/view/texts";
import { mistakenOf } from "../../core/incident/mistaken";
import type { Alarm } from "../../core/state/version-steps";
import { translate, translateText } from "./translate";

const AT_LOCAL_PAGE = "local ";
const VERSION = "version ";

export interface Notifier {
  readonly notify: (incident: Incident, isPrivate: boolean) => Promise<void>;
  /** The local page shows a certificate that only the user can decide on. */
  readonly askAtHome: (address: Address) => Promise<void>;
  /** Anyone can open an instance with this version. */
  readonly insecure: (alarm: Alarm) => Promise<void>;
  readonly onClicked: (id: string) => void;
}

/**
 * One notification for each address: a newer one replaces the older, so an attacker can't pile them up. One about a
 * private window names no address, because the system may keep notifications.
 */
export function createNotifier(openPopup: (address: string | undefined) => void): Notifier {
  return {
    notify: async (incident, isPrivate) => {
      const { address, verdict, pins = [] } = incident;
      const id = isPrivate ? "private" : address;
      await browser.notifications.create(id, {
        type: "basic",
        iconUrl: browser.runtime.getURL("icons/warning.svg"),
        title: isPrivate ? translate("notifyPrivateTitle") : translate("notifyTitle", { address }),
        message: translateText(warningText(verdict, mistakenOf(incident, pins))),
      });
    },
    askAtHome: async (address) => {
      await browser.notifications.create(`${AT_LOCAL_PAGE}${address}`, {
        type: "basic",
        iconUrl: browser.runtime.getURL("icons/unknown.svg"),
        title: translate("notifyHomeTitle", { address }),
        message: translate("notifyHome"),
      });
    },
    insecure: async ({ address, text, fix, advisories }) => {
      const [first] = advisories;
      await browser.notifications.create(`${VERSION}${address}`, {
        type: "basic",
        iconUrl: browser.runtime.getURL("icons/unknown.svg"),
        title: translate("notifyInsecureTitle", { address }),
        message: translateText(insecureText(text, first?.summary ?? "", fix)),
      });
    },
    onClicked: (id) => {
      openPopup(id === "private" ? undefined : id.replace(AT_LOCAL_PAGE, "").replace(VERSION, ""));
    },
  };
}
