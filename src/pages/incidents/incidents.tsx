// All warnings, or one with its steps and evidence if the address names it (`?key=`).
import { jsx, type VNode } from "snabbdom";
import { isOpen, keyOf, type Closing, type Incident, type Sample } from "../../core/incident/incident";
import type { KeyWith } from "../../core/message-key";
import { mistakenOf } from "../../core/incident/mistaken";
import type { IncidentRow, IncidentsView, IncidentView } from "../../core/view/incidents-view";
import { isRed } from "../../core/incident/verdict";
import { headline, warningText } from "../../core/view/texts";
import { call } from "../../shell/messages/calls";
import { facts, time, translate, translateCount, translateText } from "../../shell/ui/translate";
import { createClosings } from "../shared/closings";
import { evidenceButton } from "../shared/evidence";
import { digest, soft, unsavedLine } from "../shared/parts";
import { pagedList } from "../shared/pager";
import { beginPage, drawPage, isPrivate, oneAtATime } from "../shared/page";
import { createSteps } from "../shared/steps";
import { comparison, exposureLines, seenText } from "../shared/warning";

/** All warnings, or the one that the address names; `null` if that one is gone. */
let shown: { readonly list: IncidentsView } | { readonly one: IncidentView | null } | undefined;
/** Where in the list the drawn part begins. */
let from = 0;
const key = new URLSearchParams(location.search).get("key");
const refresh = oneAtATime(async () => {
  shown =
    key === null
      ? { list: await call("incidents.read", { private: isPrivate, from }) }
      : { one: await call("incidents.read-one", { private: isPrivate, key }) };
  draw();
});
const steps = createSteps({ redraw: draw, refresh });
const closings = createClosings({ redraw: draw, refresh });

function draw(): void {
  if (shown !== undefined) drawPage("list" in shown ? list(shown.list) : shown.one === null ? gone() : one(shown.one));
}

const CLOSED: Readonly<Record<Closing, KeyWith<"time">>> = {
  "new-certificate": "sayClosedNew",
  done: "sayClosedDone",
  understood: "sayClosedUnderstood",
};
const closedText = ({ closed }: Pick<Incident, "closed">): string | undefined =>
  closed === undefined ? undefined : translate(CLOSED[closed.how], { time: time(closed.at) });
const iconOf = ({ verdict }: Pick<Incident, "verdict">): string =>
  `icons/${isRed(verdict) ? "warning" : "unknown"}.svg`;

function list({ incidents, dropped, damage, unsaved }: IncidentsView): VNode[] {
  const { items } = incidents;
  const firstClosed = items.findIndex((row) => !isOpen(row));
  const closedHead = (
    <section key="closed">
      <h2>{translate("headClosed")}</h2>
    </section>
  );
  return [
    <section key="head">
      <h1>{translate("headIncidents")}</h1>
      {damage === undefined ? undefined : <p attrs={{ role: "alert" }}>{translate("sayStorageDamaged")}</p>}
      {unsavedLine(unsaved)}
      {isPrivate ? soft(translate("sayKeptPrivate")) : undefined}
      {incidents.total === 0 && damage === undefined ? soft(translate("sayNoIncidents")) : undefined}
    </section>,
    pagedList(
      "labelWarningPages",
      incidents,
      turn,
      items.flatMap((row, index) => (index === firstClosed ? [closedHead, warningRow(row)] : [warningRow(row)])),
    ),
    ...(dropped === 0 ? [] : [<section key="dropped">{soft(translateCount("sayDropped", dropped))}</section>]),
  ];
}

function turn(next: number): void {
  from = next;
  void refresh();
}

const warningRow = (row: IncidentRow): VNode => (
  <section key={keyOf(row)} attrs={{ class: isOpen(row) ? "verdict" : "verdict closed" }}>
    <img props={{ src: iconOf(row), alt: "" }} />
    <div>
      <a attrs={{ class: "host", href: `incidents.html?key=${encodeURIComponent(keyOf(row))}` }}>
        {translateText(headline(row.verdict, row.mistaken))}
      </a>
      <div>{row.address}</div>
      {soft(seenText(row))}
      {isOpen(row) ? undefined : soft(closedText(row) ?? "")}
    </div>
  </section>
);

const allLink = (): VNode => <a attrs={{ href: "incidents.html" }}>{translate("linkAllIncidents")}</a>;

const gone = (): VNode => (
  <section>
    <h1>{translate("headIncidents")}</h1>
    <p>{translate("sayIncidentGone")}</p>
    {allLink()}
  </section>
);

function one({ incident, pins, check, toClear }: IncidentView): (VNode | undefined)[] {
  const { address, verdict } = incident;
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
    incident.samples.at(-1)?.handshake === undefined ? undefined : comparison(incident, pins, check),
    ...(closed === undefined ? [steps(subject)] : []),
    evidenceSection(incident),
    <section attrs={{ class: "row" }}>
      {closed === undefined ? closings(subject) : undefined}
      {allLink()}
    </section>,
  ];
}

/** A short description of the evidence file. */
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

void beginPage("headIncidents", refresh);
