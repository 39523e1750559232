// What to do about a warning, and the warnings of other addresses.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import { CLOSINGS, alarmKindOf } from "../../core/incident/after-alarm";
import { keyOf, type Closing, type Incident } from "../../core/incident/incident";
import { isRed } from "../../core/incident/verdict";
import type { Pin } from "../../core/pin/pin";
import type { IncidentRow } from "../../core/view/incidents-view";
import type { Slice } from "../../core/view/slice";
import { headline } from "../../core/view/texts";
import { translate, translateCount, translateText } from "../../shell/ui/translate";
import { choiceButton } from "../shared/choice";
import { button } from "../shared/parts";
import { KEEPING, replacing, type PinChoice } from "../shared/pin-choice";
import { exposureLines, shortSteps } from "../shared/warning";

export interface IncidentActions {
  readonly close: (address: Address, key: string, how: Closing) => void;
  /** "It is my new certificate", or another one of mine: asks for the fingerprint read at home. */
  readonly newCertificate: (address: Address, choice: PinChoice) => void;
}

/** The first steps and the ways to close the warning. All steps are one click away on a page of their own. */
export function incidentSections(incident: Incident, pins: readonly Pin[], actions: IncidentActions): VNode[] {
  const href = `incidents.html?key=${encodeURIComponent(keyOf(incident))}`;
  return [
    <section>
      <h2>{translate("headSteps")}</h2>
      {shortSteps(incident)}
      {exposureLines(incident)}
    </section>,
    <section>
      <div attrs={{ class: "row" }}>
        <span attrs={{ class: "column" }}>{closings(incident, pins, actions)}</span>
        <a attrs={{ class: `button ${isRed(incident.verdict) ? "danger" : "primary"}`, href, target: "_blank" }}>
          {translate("buttonAllSteps")}
        </a>
      </div>
    </section>,
  ];
}

const closings = (
  incident: Incident,
  pins: readonly Pin[],
  { close, newCertificate }: IncidentActions,
): (VNode | undefined)[] => {
  const { address, verdict } = incident;
  const key = keyOf(incident);
  const newCertificateButton = (label: "buttonNewCertificate" | "buttonNewAdded", choice: PinChoice): VNode =>
    button(label, "link", () => {
      newCertificate(address, choice);
    });
  return CLOSINGS[alarmKindOf(verdict)].flatMap((how) =>
    how === "new-certificate"
      ? [
          newCertificateButton("buttonNewCertificate", replacing(pins)),
          pins.length === 0 ? undefined : newCertificateButton("buttonNewAdded", KEEPING),
        ]
      : choiceButton({
          kind: how,
          about: key,
          run: () => {
            close(address, key, how);
          },
        }),
  );
};

/** Warnings of other addresses, each with a link, and a link to those that don't fit. */
export function elsewhereSections({ items, total }: Slice<IncidentRow>): VNode[] {
  const left = total - items.length;
  const more = (
    <section key="more warnings">
      <a attrs={{ href: "incidents.html", target: "_blank" }}>{translateCount("linkMoreWarnings", left)}</a>
    </section>
  );
  return [...items.map(elsewhereSection), ...(left === 0 ? [] : [more])];
}

const elsewhereSection = ({ address, verdict, trustAnchor }: IncidentRow): VNode => (
  <section key={keyOf({ address, verdict, trustAnchor })} attrs={{ class: isRed(verdict) ? "warning" : "amber" }}>
    <div attrs={{ class: "host" }}>{address}</div>
    <p>{translateText(headline(verdict))}</p>
    <a attrs={{ href: `popup.html?address=${encodeURIComponent(address)}`, target: "_blank" }}>
      {translate("linkShow")}
    </a>
  </section>
);
