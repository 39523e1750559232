// The parts of an incident that every page shows.
import { jsx, type VNode } from "snabbdom";
import { alarmKindOf, STEPS, type StepId } from "../../core/incident/after-alarm";
import { authorityName, type Certificate } from "../../core/tls/certificate";
import { CARRIED_WORDS, exposureLevelOf, exposureText, wasStopped } from "../../core/incident/exposure-level";
import type { Incident } from "../../core/incident/incident";
import type { PlainKey } from "../../core/message-key";
import type { Pin } from "../../core/pin/pin";
import type { Check } from "../../core/state/state";
import { isOurs } from "../../core/incident/verdict";
import { daysAgo, time, translate, translateCount, translateText } from "../../shell/ui/translate";
import { explanations } from "./explanations";
import { digest, soft } from "./parts";
import { nameOf } from "./pin-choice";

/**
 * The presented certificate next to the pins of that time, group by group. Groups that differ are marked. Below it, the
 * possible reasons.
 * @param pins - the address's as they are now, for incidents without saved pins
 */
export function comparison(incident: Incident, pins: readonly Pin[], check: Check | undefined): VNode {
  const { samples, first, last, count } = incident;
  const { handshake, logged } = samples.at(-1) ?? {};
  const seen = handshake?.leaf ?? logged;
  const pinsThen = incident.pins ?? pins;
  const [pin] = pinsThen;
  if (seen === undefined) return <section>{soft(seenText({ first, last, count }))}</section>;
  const sha1 = handshake?.leaf.sha1;
  const shown = sha1 === undefined || pin?.fingerprint.length === 64 ? seen.sha256 : sha1;
  return (
    <section>
      <div attrs={{ class: "pair" }}>
        {pinsThen.map((one) => (
          <div>
            {soft(translate("labelYourInstance", { pin: nameOf(one) }))}
            {digest(one.fingerprint)}
            {one.sha1 === undefined ? undefined : digest(one.sha1)}
            {soft(knownOf(one, check).join(" · "))}
          </div>
        ))}
        <div>
          {soft(labelOf(incident, logged !== undefined))}
          {digest(shown, shown.length === pin?.fingerprint.length ? pin.fingerprint : undefined)}
          {pin?.sha1 === undefined || sha1 === undefined ? undefined : digest(sha1, pin.sha1)}
          {soft(seenOf(seen, pinsThen).join(" · "))}
        </div>
      </div>
      <div attrs={{ class: "why" }}>{explanations(incident, pinsThen)}</div>
    </section>
  );
}

function labelOf({ first, count }: Incident, isLogged: boolean): string {
  const values = { time: time(first) };
  if (isLogged) return translate("labelLogged", values);
  return count === 1 ? translate("labelAnsweredOnce", values) : translateCount("labelAnswered", count, values);
}

/** Shown only if the latest matching check was of exactly this pin. */
function knownOf({ fingerprint, confirmed }: Pin, check: Check | undefined): string[] {
  if (confirmed === undefined) return [translate("sayNeverConfirmed")];
  const leaf = check?.handshake?.leaf;
  if (check === undefined || leaf === undefined || !isOurs(check.verdict) || check.verdict.pin !== fingerprint)
    return [];
  return [authorityName(leaf.issuer), translate("sayUntil", { date: new Date(leaf.notAfter) })];
}

function seenOf(
  { issuer, spki, notBefore }: Pick<Certificate, "issuer" | "spki" | "notBefore">,
  pins: readonly Pin[],
): string[] {
  const keys = pins.flatMap((pin) => pin.confirmed?.spki ?? pin.spki ?? []);
  return [
    authorityName(issuer),
    ...(keys.length === 0 || keys.includes(spki) ? [] : [translate("sayAnotherKey")]),
    translate("sayIssued", { ago: daysAgo(notBefore) }),
  ];
}

export const seenText = ({ first, last, count }: Pick<Incident, "first" | "last" | "count">): string =>
  count === 1
    ? translate("sayIncidentOnce", { time: time(first) })
    : translateCount("sayIncidentSeen", count, { first: time(first), last: time(last) });

/** What was exposed. If there was no response, the warning itself says it. */
export function exposureLines(incident: Incident): VNode | undefined {
  if (incident.verdict.kind === "unanswered") return undefined;
  if (incident.verdict.kind === "logged") return <p attrs={{ class: "exposure" }}>{translate("exposedLogged")}</p>;
  const exposure = exposureLevelOf(incident);
  const secrets = (incident.exposed?.carried ?? []).map((kind) => translate(CARRIED_WORDS[kind]));
  return (
    <div attrs={{ class: exposure === "nothing" ? "exposure" : "exposure lost" }}>
      {wasStopped(incident) ? <p>{translate("exposureStopped")}</p> : undefined}
      <p>{translateText(exposureText(exposure, secrets))}</p>
    </div>
  );
}

export const STEP_TEXTS: Readonly<Record<StepId, readonly [title: PlainKey, text: PlainKey]>> = {
  leave: ["stepLeave", "sayLeave"],
  network: ["stepNetwork", "sayNetwork"],
  encrypted: ["stepEncrypted", "sayEncrypted"],
  "was-online": ["stepWasOnline", "sayWasOnline"],
  compare: ["stepCompare", "sayCompare"],
  "sign-out": ["stepSignOut", "saySignOut"],
  clear: ["stepClear", "sayClear"],
  revoke: ["stepRevoke", "sayRevoke"],
  evidence: ["stepEvidence", "sayEvidence"],
  tell: ["stepReport", "sayReport"],
};

/** As many as fit in a small window. */
const SHORT = 3;

export const shortSteps = ({ verdict }: Incident): VNode => (
  <ol>
    {STEPS[alarmKindOf(verdict)].slice(0, SHORT).map((step) => (
      <li>{translate(STEP_TEXTS[step][0])}</li>
    ))}
  </ol>
);
