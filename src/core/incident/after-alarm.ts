// The steps after an alarm, in order, and the ways to end an incident. Both depend on the verdict.
import type { Closing } from "./incident";
import type { Verdict } from "./verdict";

export type StepId =
  "leave" | "network" | "encrypted" | "was-online" | "compare" | "sign-out" | "clear" | "revoke" | "evidence" | "tell";

/** Incidents of one kind have the same steps and endings. */
export type AlarmKind = "other-certificate" | "cached" | "plaintext" | "unanswered" | "restarted" | "logged";

export const alarmKindOf = (verdict: Verdict): AlarmKind => {
  if (verdict.kind === "mismatch" && verdict.cause === "cached") return "cached";
  if (verdict.kind === "unanswered" && verdict.carried === "restarted-probe") return "restarted";
  if (verdict.kind === "plaintext" || verdict.kind === "unanswered" || verdict.kind === "logged") return verdict.kind;
  return "other-certificate";
};

/**
 * The order follows the harm. First, give nothing more away. Then find out who answered, make worthless what others may
 * know, and remove what may be left here. Saving evidence and reporting can wait.
 */
export const STEPS: Readonly<Record<AlarmKind, readonly StepId[]>> = {
  "other-certificate": ["leave", "compare", "sign-out", "clear", "evidence", "tell"],
  cached: ["leave", "clear", "sign-out", "evidence", "tell"],
  // Most often a hotel's login page, which answers instead of every other page. It is harmless if you don't log in
  // there.
  plaintext: ["leave", "network", "encrypted", "sign-out", "clear", "evidence"],
  unanswered: ["was-online", "sign-out", "evidence", "tell"],
  // No instance does that, even when it restarts.
  restarted: ["leave", "sign-out", "evidence", "tell"],
  // No connection has shown this certificate yet, so there is nothing to revoke.
  logged: ["compare", "revoke", "evidence", "tell"],
};

/** The ways to end an incident. Only another certificate can turn out to be the instance's own new one. */
export const CLOSINGS: Readonly<Record<AlarmKind, readonly Closing[]>> = {
  "other-certificate": ["new-certificate", "done"],
  cached: ["done", "understood"],
  plaintext: ["understood"],
  unanswered: ["understood"],
  restarted: ["understood"],
  logged: ["new-certificate", "done"],
};
