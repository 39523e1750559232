// The popup's last row: what can be done with the address, and the links to the other pages.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import type { Pin } from "../../core/pin/pin";
import type { Fingerprint } from "../../core/tls/fingerprint";
import type { View } from "../../core/view/view";
import { translate } from "../../shell/ui/translate";
import { choiceButton } from "../shared/choice";
import { button } from "../shared/parts";
import type { Form, FormActions } from "./pin-form";

export interface LinkActions {
  readonly allow: () => void;
  readonly toggleDetails: () => void;
  readonly check: () => void;
  readonly remove: (fingerprint: Fingerprint) => void;
  readonly watch: (watched: boolean) => void;
  readonly openInstances: () => void;
}

type Actions = LinkActions & Pick<FormActions, "edit">;

export const linksSection = (view: View, form: Form, actions: Actions): VNode => (
  <section>
    <div attrs={{ class: "row links" }}>
      {view.address === undefined ? undefined : addressLinks(view, view.address, form, actions)}
      <a attrs={{ href: "incidents.html", target: "_blank" }}>{translate("linkIncidents")}</a>
      {button("linkInstances", "link", actions.openInstances)}
    </div>
  </section>
);

function addressLinks(view: View, address: Address, form: Form, actions: Actions): (VNode | undefined)[] {
  const { pins, granted, unwatched, incidents } = view;
  const [pinned, ...others] = pins;
  return [
    granted ? undefined : button("buttonAllow", "primary", actions.allow),
    button("linkDetails", "link", actions.toggleDetails),
    unwatched ? undefined : button("buttonCheck", "link", actions.check),
    pinned === undefined || incidents.length > 0
      ? undefined
      : button("buttonEdit", "link", () => {
          actions.edit({ open: !form.open, address });
        }),
    // The options page has a button for each of several pins.
    pinned === undefined || others.length > 0 ? undefined : removeButton(pinned, actions),
    watchButton(address, unwatched, actions),
  ];
}

const removeButton = ({ fingerprint }: Pin, { remove }: LinkActions): VNode =>
  choiceButton({
    kind: "remove",
    about: fingerprint,
    run: () => {
      remove(fingerprint);
    },
  });

const watchButton = (address: Address, isUnwatched: boolean, { watch }: LinkActions): VNode =>
  isUnwatched
    ? button("buttonWatch", "link", () => {
        watch(true);
      })
    : choiceButton({
        kind: "unwatch",
        about: address,
        run: () => {
          watch(false);
        },
      });
