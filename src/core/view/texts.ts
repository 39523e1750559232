import type { Fix } from "../version/advisory";
import { text, type PlainKey, type Text } from "../message-key";
import type { Mistaken } from "../incident/mistaken";
import type { Reason } from "../tls/observation";
import type { RedVerdict, Unanswered, Verdict } from "../incident/verdict";

/**
 * One plain sentence for the verdict on a connection: the popup's headline. Total: every verdict has its own.
 * @param mistaken - what was pinned instead of a fingerprint, if that is the reason
 */
export function headline(verdict: Verdict, mistaken?: Mistaken): Text {
  if (mistaken !== undefined) return text("headMistaken");
  switch (verdict.kind) {
    case "match":
      return text("headMatch");
    case "renewed":
      return text("headRenewed");
    case "unchanged":
      return text("headUnchanged");
    case "unpinned":
      return text("headUnpinned");
    case "unchecked":
      return text(UNCHECKED[verdict.reason][0]);
    case "plaintext":
      return text("headPlaintext");
    case "overridden":
      return text("headOverridden");
    case "interception":
      return text("headInterception", { authority: verdict.root });
    case "mismatch":
      return text(verdict.cause === "cached" ? "headCached" : "headMismatch");
    case "undisclosed":
      return text("headUndisclosed");
    case "unanswered":
      return text("headUnanswered");
    case "logged":
      return text("headLogged");
  }
}

const UNANSWERED: Readonly<Record<Unanswered, PlainKey>> = {
  probe: "warnUnansweredProbe",
  "restarted-probe": "warnRestartedProbe",
  secret: "warnUnansweredSecret",
};

/** Why something could not be checked: a headline, and a sentence with the next step. */
const UNCHECKED: Readonly<Record<Reason, readonly [PlainKey, PlainKey]>> = {
  "permission-gone": ["headPermissionGone", "sayPermissionGone"],
  "storage-damaged": ["headStorageDamaged", "sayStorageDamaged"],
  "no-certificate": ["headNotChecked", "sayNoCertificate"],
  "certificate-late": ["headNotChecked", "sayCertificateLate"],
  "certificate-error": ["headNotChecked", "sayCertificateError"],
  refused: ["headRefused", "sayRefusedOnly"],
  "cut-off": ["headCutOff", "sayCutOff"],
  "not-answered": ["headNotAnswered", "sayNotAnswered"],
  unreachable: ["headUnreachable", "sayUnreachable"],
  "probe-unanswered": ["headNotChecked", "sayProbeUnanswered"],
  "not-fresh": ["headNotChecked", "sayNotFresh"],
  "client-certificate": ["headNotChecked", "sayClientCertificate"],
  late: ["headNotChecked", "sayLate"],
  restarted: ["headNotChecked", "sayRestarted"],
  "check-failed": ["headNotChecked", "sayCheckFailed"],
  "no-timing": ["headGuardUnable", "sayNoTiming"],
  "coarse-clock": ["headGuardUnable", "sayCoarseClock"],
  "slow-line": ["headGuardUnableHere", "saySlowLine"],
  "unproven-firefox": ["headGuardUnable", "sayUnprovenFirefox"],
  proxy: ["headGuardProxy", "sayGuardProxy"],
};

/** What an unchecked verdict means and what to do. @param error - what Firefox said, if it refused the connection */
export const uncheckedText = (reason: Reason, error?: string): Text =>
  reason === "refused" && error !== undefined ? text("sayRefused", { error }) : text(UNCHECKED[reason][1]);

const MISTAKEN: Readonly<Record<Mistaken, PlainKey>> = {
  key: "warnMistakenKey",
  "key-id": "warnMistakenKeyId",
  "log-id": "warnMistakenLogId",
  serial: "warnMistakenSerial",
  authority: "warnMistakenAuthority",
};

/** What a red verdict means, for the popup's second sentence and the notification. */
export function warningText(verdict: Verdict, mistaken?: Mistaken): Text {
  if (mistaken !== undefined) return text(MISTAKEN[mistaken]);
  switch (verdict.kind) {
    case "plaintext":
      return text("warnPlaintext");
    case "overridden":
      return text("warnOverridden");
    case "interception":
      return text("warnInterception", { authority: verdict.root });
    case "undisclosed":
      return text("warnUndisclosed");
    case "mismatch":
      return text(MISMATCH[verdict.cause]);
    case "logged":
      return text("warnLogged", { authority: verdict.issuer });
    case "unanswered":
      return text(UNANSWERED[verdict.carried]);
    default:
      return headline(verdict);
  }
}

const MISMATCH: Readonly<Record<Extract<RedVerdict, { kind: "mismatch" }>["cause"], PlainKey>> = {
  "other-key": "warnMismatch",
  "never-confirmed": "warnNeverConfirmed",
  cached: "warnCached",
};

/** The text that says which version fixes all known vulnerabilities. */
export function fixWords(fix: Fix | undefined): Text {
  if (fix === undefined) return text("sayNoFix");
  return "from" in fix ? text("sayFix", { version: fix.from }) : text("sayFixAfter", { version: fix.after });
}

/**
 * A notification about an insecure version.
 * @param version - the one in use
 * @param summary - of its most severe vulnerability, as its publishers wrote it
 */
export function insecureText(version: string, summary: string, fix: Fix | undefined): Text {
  if (fix === undefined) return text("notifyInsecureUnfixed", { version, summary });
  return "from" in fix
    ? text("notifyInsecure", { version, summary, fix: fix.from })
    : text("notifyInsecureAfter", { version, summary, fix: fix.after });
}
