import { text, type PlainKey, type Text } from "../message-key";
import type { Advice } from "../state/version-advice";
import type { Reason } from "../tls/observation";
import type { Pin } from "../pin/pin";
import type { Status } from "../state/status";
import { isRed, type Verdict } from "../incident/verdict";

/** What the toolbar button shows. An empty badge means verified, or nothing to say. */
export interface ButtonState {
  readonly badge: "" | "!" | "?";
  readonly colour: string;
  readonly icon: "quiet" | "verified" | "unknown" | "warning";
  readonly title: Text;
  /** The version of the instance, if an advisory covers it. The title shows it, too. */
  readonly insecure?: string;
}

export const RED = "#b3261e";
const AMBER = "#8a5300";
const GREY = "#5b5b66";

/** Each status has one state of the button. @param pins - those of the address, for the date of a first-use pin */
export function buttonStateOf(status: Status, pins: readonly Pin[]): ButtonState {
  switch (status.kind) {
    case "incident":
      return isRed(status.incident.verdict)
        ? { badge: "!", colour: RED, icon: "warning", title: warningTitle(status.incident.verdict) }
        : { badge: "?", colour: AMBER, icon: "unknown", title: text("titleUncheckedCutOff") };
    case "not-watched":
      return { badge: "", colour: GREY, icon: "quiet", title: text("titleNotWatching") };
    case "not-yet":
      return { badge: "?", colour: GREY, icon: "unknown", title: text("titleNotYet") };
    case "checked":
      return checkedState(status.verdict, pins);
  }
}

/** Adds the version if an advisory covers it: the title then shows it, too. */
export const withVersion = (buttonState: ButtonState, advice: Advice | undefined): ButtonState =>
  advice === undefined || advice.advisories.length === 0 ? buttonState : { ...buttonState, insecure: advice.seen.text };

function checkedState(verdict: Verdict, pins: readonly Pin[]): ButtonState {
  switch (verdict.kind) {
    case "match":
      return { badge: "", colour: GREY, icon: "verified", title: text("titleVerified") };
    case "renewed":
      return { badge: "", colour: GREY, icon: "verified", title: text("titleRenewed") };
    case "unchanged": {
      const pin = pins.find(({ fingerprint }) => fingerprint === verdict.pin);
      const date = pin === undefined ? "" : new Date(pin.pinnedAt);
      return { badge: "", colour: GREY, icon: "quiet", title: text("titleUnchanged", { date }) };
    }
    case "unpinned":
      return { badge: "?", colour: GREY, icon: "unknown", title: text("titleNotPinned") };
    case "unchecked":
      return {
        badge: "?",
        colour: toneOf(verdict.reason),
        icon: "unknown",
        title: uncheckedTitle(verdict.reason, verdict.words),
      };
    case "unanswered":
      return { badge: "?", colour: AMBER, icon: "unknown", title: text("titleUncheckedCutOff") };
    case "plaintext":
    case "overridden":
    case "interception":
    case "mismatch":
    case "undisclosed":
    case "logged":
      return { badge: "!", colour: RED, icon: "warning", title: warningTitle(verdict) };
  }
}

/** Amber: someone answered, but showed no certificate or refused the request. Gray: nothing could be seen. */
const toneOf = (reason: Reason): string => (isAmber(reason) ? AMBER : GREY);
export const isAmber = (reason: Reason): boolean =>
  ["cut-off", "not-answered", "refused", "restarted"].includes(reason);

/** @param error - what Firefox said, if it refused the connection */
const uncheckedTitle = (reason: Reason, error: string | undefined): Text =>
  reason === "refused" && error !== undefined ? text("titleUncheckedRefused", { error }) : text(UNCHECKED[reason]);

const UNCHECKED: Readonly<Record<Reason, PlainKey>> = {
  "permission-gone": "titleUncheckedPermissionGone",
  "storage-damaged": "titleUncheckedStorageDamaged",
  "no-certificate": "titleUncheckedNoCertificate",
  "certificate-late": "titleUncheckedCertificateLate",
  "certificate-error": "titleUncheckedCertificateError",
  refused: "titleUncheckedRefusedOnly",
  "cut-off": "titleUncheckedCutOff",
  "not-answered": "titleUncheckedNotAnswered",
  unreachable: "titleUncheckedUnreachable",
  "probe-unanswered": "titleUncheckedProbeUnanswered",
  "not-fresh": "titleUncheckedNotFresh",
  "client-certificate": "titleUncheckedClientCertificate",
  late: "titleUncheckedLate",
  restarted: "titleUncheckedRestarted",
  "check-failed": "titleUncheckedCheckFailed",
  "no-timing": "titleUncheckedGuardUnable",
  "coarse-clock": "titleUncheckedGuardUnable",
  "slow-line": "titleUncheckedSlowLine",
  "unproven-firefox": "titleUncheckedGuardUnable",
  proxy: "titleUncheckedGuardProxy",
};

function warningTitle(verdict: Verdict): Text {
  switch (verdict.kind) {
    case "plaintext":
      return text("titleWarningPlaintext");
    case "overridden":
      return text("titleWarningOverridden");
    case "interception":
      return text("titleWarningInterception", { authority: verdict.root });
    case "undisclosed":
      return text("titleWarningUndisclosed");
    case "logged":
      return text("titleWarningLogged");
    default:
      return verdict.kind === "mismatch" && verdict.cause === "cached"
        ? text("titleWarningCached")
        : text("titleWarningMismatch");
  }
}
