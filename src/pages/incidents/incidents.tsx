// All warnings, or one with its steps and evidence if the address names it (`?key=`).
import { jsx, type VNode } from "snabbdom";
import { isOpen, keyOf, type Closing, type Incident, type Sample } from "../../core/incident/incident";
import type { KeyWith } from "../../core/message-key";
import { mistakenOf } from "../../core/incident/mistaken";
import type { Pin } from "../../core/pin/pin";
import type { IncidentsView } from "../../core/view/view";
import { isRed } from "../../core/incident/verdict";
import { headline, warningText } from "../../core/view/texts";
import { call } from "../../shell/messages/calls";
import { facts, time, translate, translateCount, translateText } from "../../shell/ui/translate";
import { createClosings } from "../shared/closings";
import { evidenceButton } from "../shared/evidence";
import { digest, soft, unsavedLine } from "../shared/parts";
import { beginPage, drawPage, isPrivate } from "../shared/page";
import { createSteps } from "../shared/steps";
import { comparison, exposureLines, seenText } from "../shared/warning";

let shown: IncidentsView | undefined;
const key = new URLSearchParams(location.search).get("key");
const steps = createSteps({ redraw: draw, refresh });
const closings = createClosings({ redraw: draw, refresh });

function draw(): void {
  if (shown !== undefined) drawPage(key === null ? list(shown) : one(shown, key));
}

const CLOSED: Readonly<Record<Closing, KeyWith<"time">>> = {
  "new-certificate": "sayClosedNew",
  done: "sayClosedDone",
  understood: "sayClosedUnderstood",
};
const closedText = ({ closed }: Incident): string | undefined =>
  closed === undefined ? undefined : translate(CLOSED[closed.how], { time: time(closed.at) });
const iconOf = ({ verdict }: Incident): string => `icons/${isRed(verdict) ? "warning" : "unknown"}.svg`;

function list({ incidents, dropped, damage, unsaved, pins }: IncidentsView): VNode[] {
  const open = incidents.filter(isOpen);
  const closed = incidents.filter((incident) => !isOpen(incident));
  return [
    <section>
      <h1>{translate("headIncidents")}</h1>
      {damage === undefined ? undefined : <p attrs={{ role: "alert" }}>{translate("sayStorageDamaged")}</p>}
      {unsavedLine(unsaved)}
      {isPrivate ? soft(translate("sayKeptPrivate")) : undefined}
      {incidents.length === 0 && damage === undefined ? soft(translate("sayNoIncidents")) : undefined}
    </section>,
    ...open.map((incident) => row(incident, pins)),
    ...(closed.length === 0
      ? []
      : [
          <section>
            <h2>{translate("headClosed")}</h2>
          </section>,
          ...closed.map((incident) => row(incident, pins)),
        ]),
    ...(dropped === 0 ? [] : [<section>{soft(translateCount("sayDropped", dropped))}</section>]),
  ];
}

const row = (incident: Incident, pins: readonly Pin[]): VNode => (
  <section attrs={{ class: isOpen(incident) ? "verdict" : "verdict closed" }}>
    <img props={{ src: iconOf(incident), alt: "" }} />
    <div>
      <a attrs={{ class: "host", href: `incidents.html?key=${encodeURIComponent(keyOf(incident))}` }}>
        {translateText(headline(incident.verdict, mistakenOf(incident, pins)))}
      </a>
      <div>{incident.address}</div>
      {soft(seenText(incident))}
      {isOpen(incident) ? undefined : soft(closedText(incident) ?? "")}
    </div>
  </section>
);

function one(view: IncidentsView, wanted: string): (VNode | undefined)[] {
  const incident = view.incidents.find((other) => keyOf(other) === wanted);
  const all = <a attrs={{ href: "incidents.html" }}>{translate("linkAllIncidents")}</a>;
  if (incident === undefined)
    return [
      <section>
        <h1>{translate("headIncidents")}</h1>
        <p>{translate("sayIncidentGone")}</p>
        {all}
      </section>,
    ];
  const { address, verdict } = incident;
  const pins = view.pins.filter(({ hosts }) => hosts.includes(address));
  const toClear = view.toClear.find((instance) => instance.address === address);
  const subject = { incident, pins, toClear };
  const closed = closedText(incident);
  const mistaken = mistakenOf(incident, pins);
  return [
    <section attrs={{ class: "verdict", role: "region", "aria-label": translate("labelVerdict") }}>
      <img props={{ src: iconOf(incident), alt: "" }} />
      <div>
        <h1>{translateText(headline(verdict, mistaken))}</h1>
        <div attrs={{ class: "host" }}>{address}</div>
        <p>{translateText(warningText(verdict, mistaken))}</p>
        {exposureLines(incident)}
        {isPrivate ? soft(translate("sayKeptPrivate")) : undefined}
        {closed === undefined ? undefined : <p attrs={{ role: "status" }}>{closed}</p>}
      </div>
    </section>,
    incident.samples.at(-1)?.handshake === undefined
      ? undefined
      : comparison(
          incident,
          pins,
          view.checks.find((check) => check.address === address),
        ),
    ...(closed === undefined ? [steps(subject)] : []),
    evidenceSection(incident),
    <section attrs={{ class: "row" }}>
      {closed === undefined ? closings(subject) : undefined}
      {all}
    </section>,
  ];
}

/** What the file of evidence holds, in short. */
const evidenceSection = (incident: Incident): VNode => (
  <section>
    <h2>{translate("headEvidence")}</h2>
    {soft(seenText(incident))}
    {incident.samples.map(sample)}
    {isOpen(incident) ? undefined : evidenceButton(incident)}
  </section>
);

const sample = ({ at, request, handshake, logged }: Sample): VNode => (
  <div attrs={{ class: "sample" }}>
    <div>{`${request.method} ${request.url}`}</div>
    {soft(facts([time(at), request.type]))}
    {handshake === undefined ? undefined : digest(handshake.leaf.sha256)}
    {logged === undefined ? undefined : digest(logged.sha256)}
  </div>
);

async function refresh(): Promise<void> {
  shown = await call("incidents.read", { private: isPrivate });
  draw();
}

void beginPage("headIncidents", refresh);
