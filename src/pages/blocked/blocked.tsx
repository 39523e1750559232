// Shown instead of a page that Guard blocked: why, what to do, and the page's address for later.
import { jsx, type VNode } from "snabbdom";
import browser from "webextension-polyfill";
import { parseAddress, placeOf, type Address } from "../../core/address";
import { exposureLevelOf, wasStopped } from "../../core/incident/exposure-level";
import type { Incident } from "../../core/incident/incident";
import type { PlainKey } from "../../core/message-key";
import { mistakenOf } from "../../core/incident/mistaken";
import type { View } from "../../core/view/view";
import { isRed } from "../../core/incident/verdict";
import { headline, warningText } from "../../core/view/texts";
import { call, type Shown, type BlockReason } from "../../shell/messages/calls";
import { translate, translateCount, translateText } from "../../shell/ui/translate";
import { choiceButton } from "../shared/choice";
import { createClosings } from "../shared/closings";
import { beginPage, drawPage, isPrivate, oneAtATime } from "../shared/page";
import { insecurePage, type InsecureActions } from "./insecure-page";
import { button, soft } from "../shared/parts";
import { createSteps } from "../shared/steps";
import { comparison, exposureLines } from "../shared/warning";

let shown: Shown | undefined;
const query = new URLSearchParams(location.search);
const subject = parseAddress(query.get("address") ?? "");
/** Only the address that was blocked: anyone can write a link to this page. */
const url = query.get("url") ?? "";
const wanted = subject.ok && URL.canParse(url) && placeOf(url)?.address === subject.value ? url : undefined;
const refresh = oneAtATime(async () => {
  if (!subject.ok) return;
  shown = await call("view.read", { address: subject.value, private: isPrivate });
  draw();
});
const steps = createSteps({ redraw: draw, refresh });
const closings = createClosings({ redraw: draw, refresh });

const BLOCKED: Readonly<Record<BlockReason, readonly [PlainKey, PlainKey]>> = {
  quarantine: ["headStopped", "sayStopped"],
  insecure: ["headStopped", "sayInsecureUnread"],
  paused: ["headStopped", "sayGuardPaused"],
  damaged: ["headStorageDamaged", "sayStorageDamaged"],
  "not-ours": ["headStopped", "sayStopped"],
  inconclusive: ["headCouldNotCheck", "sayGuardInconclusive"],
  "other-port": ["headOtherPort", "sayOtherPort"],
  late: ["headCouldNotCheck", "sayLate"],
  "permission-gone": ["headPermissionGone", "sayPermissionGone"],
  "storage-damaged": ["headStorageDamaged", "sayStorageDamaged"],
  "no-certificate": ["headCouldNotCheck", "sayNoCertificate"],
  "certificate-late": ["headCouldNotCheck", "sayCertificateLate"],
  "certificate-error": ["headCouldNotCheck", "sayCertificateError"],
  refused: ["headCouldNotCheck", "sayRefusedOnly"],
  "cut-off": ["headUnanswered", "warnUnansweredProbe"],
  "not-answered": ["headNotAnswered", "sayNotAnswered"],
  unreachable: ["headUnreachable", "sayUnreachable"],
  "probe-unanswered": ["headCouldNotCheck", "sayProbeUnanswered"],
  "not-fresh": ["headCouldNotCheck", "sayNotFresh"],
  "client-certificate": ["headCouldNotCheck", "sayClientCertificate"],
  restarted: ["headUnanswered", "warnRestartedProbe"],
  "check-failed": ["headCouldNotCheck", "sayCheckFailed"],
  "no-timing": ["headGuardUnable", "sayNoTiming"],
  "coarse-clock": ["headGuardUnable", "sayCoarseClock"],
  "slow-line": ["headGuardUnableHere", "saySlowLine"],
  "unproven-firefox": ["headGuardUnable", "sayUnprovenFirefox"],
  proxy: ["headGuardProxy", "sayGuardProxy"],
};
const isBlockReason = (why: string): why is BlockReason => Object.hasOwn(BLOCKED, why);

/**
 * A red incident blocks everything, whatever this page was blocked for. An amber one blocks only requests that waited
 * for it.
 */
function incidentOf({ incidents }: View, why: BlockReason): Incident | undefined {
  // A certificate that is only in the public logs has blocked nothing.
  const answered = incidents.filter(({ verdict }) => verdict.kind !== "logged");
  const red = answered.find(({ verdict }) => isRed(verdict));
  return red ?? (["paused", "cut-off", "restarted"].includes(why) ? answered[0] : undefined);
}

function draw(): void {
  if (shown === undefined || !subject.ok) return;
  const { view } = shown;
  const named = query.get("why") ?? "";
  const why = isBlockReason(named) ? named : "late";
  const incident = incidentOf(view, why);
  if (why === "insecure" && view.advice?.blocks === true && incident === undefined) {
    drawPage(insecurePage(subject.value, view.advice, isPrivate, insecureActions(subject.value)));
    return;
  }
  drawPage([
    incident === undefined ? uncheckedHead(subject.value, why) : incidentHead(incident, view),
    ...(incident === undefined
      ? []
      : [comparison(incident, view.pins, view.check), steps({ incident, pins: view.pins, toClear: view.toClear })]),
    ways(subject.value, view, incident),
  ]);
}

const head = (icon: "warning" | "unknown", title: string, sentences: (VNode | undefined)[]): VNode => (
  <section attrs={{ class: "verdict", role: "region", "aria-label": translate("labelVerdict") }}>
    <img props={{ src: `icons/${icon}.svg`, alt: "" }} />
    <div>
      <h1>{title}</h1>
      {sentences}
    </div>
  </section>
);

/** Claims no more than was seen: nothing leaked only if each response was blocked and no request carried a secret. */
function incidentHead(incident: Incident, { incidents, pins }: View): VNode {
  const { address, verdict } = incident;
  const mistaken = mistakenOf(incident, pins);
  const isBefore = isRed(verdict) && wasStopped(incident) && exposureLevelOf(incident) === "nothing";
  return head(isRed(verdict) ? "warning" : "unknown", translate(isBefore ? "headStoppedBefore" : "headStopped"), [
    <div attrs={{ class: "host" }}>{address}</div>,
    <p>
      <strong>{translateText(headline(verdict, mistaken))}</strong>
    </p>,
    <p>{translateText(warningText(verdict, mistaken))}</p>,
    exposureLines(incident),
    incidents.length > 1 ? <p>{translateCount("sayMoreOpen", incidents.length - 1)}</p> : undefined,
    soft(translate("sayKept")),
  ]);
}

const uncheckedHead = (address: Address, why: BlockReason): VNode =>
  head("unknown", translate(BLOCKED[why][0]), [
    <div attrs={{ class: "host" }}>{address}</div>,
    <p>{translate(BLOCKED[why][1])}</p>,
    soft(translate("sayKept")),
  ]);

/** The safe way stands out: to leave while an attacker may answer, otherwise to check again. */
function ways(address: Address, view: View, incident: Incident | undefined): VNode {
  const isQuarantined = incident !== undefined && isRed(incident.verdict);
  const leave = button("buttonCloseTab", isQuarantined ? "primary" : "plain", () => void closeTab());
  const again = button("buttonTryAgain", isQuarantined ? "plain" : "primary", () => void tryAgain());
  return (
    <section attrs={{ class: "row" }}>
      <div attrs={{ class: "column" }}>
        {incident === undefined ? undefined : closings({ incident, pins: view.pins, toClear: view.toClear })}
        <a attrs={{ href: "incidents.html", target: "_blank" }}>{translate("linkAllIncidents")}</a>
        {choiceButton({ kind: "bypass", about: address, run: () => void bypass(address) })}
      </div>
      <div attrs={{ class: "row" }}>{isQuarantined ? [again, leave] : [leave, again]}</div>
    </section>
  );
}

const insecureActions = (address: Address): InsecureActions => ({
  closeTab: () => void closeTab(),
  checkAgain: () => void call("check.now", { address, private: isPrivate }).then(tryAgain),
  override: (text, ids) => void call("version.override", { address, text, ids }).then(tryAgain),
});

async function tabId(): Promise<number | undefined> {
  return (await browser.tabs.getCurrent()).id;
}

async function closeTab(): Promise<void> {
  const id = await tabId();
  if (id !== undefined) await browser.tabs.remove(id);
}

/** Opens the page that the user wanted; Guard checks again. */
async function tryAgain(): Promise<void> {
  const id = await tabId();
  if (id !== undefined && wanted !== undefined) await browser.tabs.update(id, { url: wanted, loadReplace: true });
}

async function bypass(address: Address): Promise<void> {
  const id = await tabId();
  if (id !== undefined) await call("guard.bypass", { address, tabId: id });
  await tryAgain();
}

/** Lets the background reopen the page when Firefox updates Latchkey. Nothing from private windows is saved. */
async function noteShown(): Promise<void> {
  const id = await tabId();
  if (id === undefined || !subject.ok || isPrivate) return;
  await call("blocked.shown", { tabId: id, address: subject.value, why: query.get("why") ?? "", url });
}

document.addEventListener("visibilitychange", () => void noteShown());
void noteShown();
void beginPage("titleBlocked", refresh);
