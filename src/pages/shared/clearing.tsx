// Clearing what an attacker may have left in this Firefox, on each page that offers it.
import { jsx, type VNode } from "snabbdom";
import browser from "webextension-polyfill";
import type { Address } from "../../core/address";
import type { ToClear } from "../../core/state/state";
import type { View } from "../../core/view/view";
import { call } from "../../shell/messages/calls";
import { translate } from "../../shell/ui/translate";
import { button, soft } from "./parts";

/** What a page remembers of its own button for an address: that it was pressed, or that the permission was denied. */
export interface Cleared {
  readonly address: Address;
  readonly pressed: boolean;
  readonly denied?: boolean;
}

/**
 * Asks for the permission in the click itself. The background does the rest, because Firefox's question may close a
 * popup.
 * @returns whether the user allowed it
 */
export async function askToClear(address: Address): Promise<boolean> {
  const asked = call("clear.ask", { address });
  const allowed = await browser.permissions.request({ permissions: ["browsingData"] });
  await asked;
  if (!allowed) await call("clear.forget", { address });
  return allowed;
}

/** The progress of the clearing. */
export function clearText(toClear: ToClear | undefined, cleared: Cleared | undefined): string {
  if (cleared?.denied === true) return translate("errorClearDenied");
  if (toClear !== undefined) return translate(toClear.removed ? "sayClearRemoved" : "sayClearWaiting");
  return translate(cleared?.pressed === true ? "sayClearDone" : "sayClear");
}

/** Offered after pinning: an attacker may have been there before the first check. */
export function clearOffer(
  cleared: Cleared,
  { address, private: isPrivate, toClear }: View,
  clear: (address: Address) => void,
): VNode[] {
  if (isPrivate || address !== cleared.address) return [];
  const isAsked = toClear !== undefined || cleared.pressed || cleared.denied === true;
  return [
    <section>
      <h2>{translate("headClearOffer")}</h2>
      <div attrs={{ class: "row", role: "status" }}>
        {soft(isAsked ? clearText(toClear, cleared) : translate("sayClearOffer"))}
        {toClear !== undefined || cleared.pressed
          ? undefined
          : button("buttonClear", "plain", () => {
              clear(cleared.address);
            })}
      </div>
    </section>,
  ];
}
