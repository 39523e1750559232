// The popup's sections, each in a file of its own, in their order.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import type { Shown } from "../../shell/messages/calls";
import { translate } from "../../shell/ui/translate";
import { choiceButton } from "../shared/choice";
import { clearOffer, type Cleared } from "../shared/clearing";
import { button, unsavedLine } from "../shared/parts";
import { versionSection, type VersionActions } from "../shared/version-section";
import { comparison } from "../shared/warning";
import { addressSection } from "./address-section";
import { detailsSection, type Details } from "./details-section";
import { guardSection, type GuardActions } from "./guard-section";
import { elsewhereSections, incidentSections, type IncidentActions } from "./incident-sections";
import { linksSection, type LinkActions } from "./links-section";
import { isReporting, localSection, type LocalActions, type LocalPage } from "./local-section";
import { pinForm, type Form, type FormActions } from "./pin-form";
import { statusSection } from "./status-section";

export interface PopupActions
  extends IncidentActions, VersionActions, GuardActions, LocalActions, FormActions, LinkActions {
  readonly clear: (address: Address) => void;
  readonly undo: (at: number) => void;
  readonly saveDamaged: () => void;
  readonly startAgain: () => void;
}

/** The popup's own state, which is gone when the popup closes. */
export interface PopupState {
  readonly form: Form;
  readonly details: Details | undefined;
  readonly localPage: LocalPage | undefined;
  /** The time of the removal that can be undone. */
  readonly removedAt: number | undefined;
  /** The address that was just pinned or guarded here, whose earlier data can be cleared. */
  readonly cleared: Cleared | undefined;
}

/** The popup's sections, from the background's state and the popup's own. */
export function popupBody({ view }: Shown, own: PopupState, actions: PopupActions): VNode[] {
  const { form, details, localPage, removedAt, cleared } = own;
  const [incident] = view.incidents;
  const mayPin = view.damage === undefined && !view.unwatched;
  const isOnLocalPage = isReporting(localPage);
  return [
    statusSection(view, isOnLocalPage),
    ...(view.address === undefined ? [] : [addressSection(view)]),
    ...(incident === undefined
      ? []
      : [comparison(incident, view.pins, view.check), ...incidentSections(incident, view.pins, actions)]),
    ...versionSection(view, actions),
    ...guardSection(view, actions),
    ...(view.damage === undefined ? [] : [damageSection(view.damage, actions)]),
    ...(view.unsaved === undefined ? [] : [<section attrs={{ class: "amber" }}>{unsavedLine(view.unsaved)}</section>]),
    ...localSection(localPage, actions),
    ...(cleared === undefined ? [] : clearOffer(cleared, view, actions.clear)),
    ...(removedAt === undefined ? [] : [removedSection(removedAt, actions)]),
    ...(mayPin && ((view.pins.length === 0 && !isOnLocalPage) || form.open) ? [pinForm(view, form, actions)] : []),
    ...(details === undefined || view.address === undefined ? [] : [detailsSection(view, details)]),
    ...elsewhereSections(view.elsewhere),
    linksSection(view, form, actions),
  ];
}

const damageSection = (reason: string, { saveDamaged, startAgain }: PopupActions): VNode => (
  <section>
    <p attrs={{ class: "soft" }}>{translate("sayTechnical", { details: reason })}</p>
    <div attrs={{ class: "row" }}>
      {choiceButton({ kind: "start-again", about: reason, run: startAgain })}
      {button("buttonSaveDamaged", "primary", saveDamaged)}
    </div>
  </section>
);

const removedSection = (at: number, { undo }: PopupActions): VNode => (
  <section attrs={{ role: "status" }}>
    <div attrs={{ class: "row" }}>
      {translate("sayRemoved")}
      {button("buttonUndo", "link", () => {
        undo(at);
      })}
    </div>
  </section>
);
