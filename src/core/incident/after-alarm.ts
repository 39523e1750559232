// What to do after an alarm, in order, and how an incident can be ended. By what was said of the connection.
import type { Closing } from "./incident";
import type { Verdict } from "./verdict";

export type StepId =
  "leave" | "network" | "encrypted" | "was-online" | "compare" | "sign-out" | "clear" | "revoke" | "evidence" | "tell";

/** One of each incident's kinds has the same steps and endings. */
export type AlarmKind = "other-certificate" | "cached" | "plaintext" | "unanswered" | "restarted" | "logged";

export const alarmKindOf = (verdict: Verdict): AlarmKind => {
  if (verdict.kind === "mismatch" && verdict.cause === "cached") return "cached";
  if (verdict.kind === "unanswered" && verdict.carried === "restarted-probe") return "restarted";
  if (verdict.kind === "plaintext" || verdict.kind === "unanswered" || verdict.kind === "logged") return verdict.kind;
  return "other-certificate";
};

/**
 * The order is that of harm: first nothing more is given away, then it is found out who answered, then what may be
 * known to others is made worthless, then what may be left here is removed. Evidence and telling can wait.
 */
export const STEPS: Readonly<Record<AlarmKind, readonly StepId[]>> = {
  "other-certificate": ["leave", "compare", "sign-out", "clear", "evidence", "tell"],
  cached: ["leave", "clear", "sign-out", "evidence", "tell"],
  // Most often a hotel's login page, which answers instead of every other page: harmless, if you don't log in there.
  plaintext: ["leave", "network", "encrypted", "sign-out", "clear", "evidence"],
  unanswered: ["was-online", "sign-out", "evidence", "tell"],
  // No instance does that, not when it restarts either.
  restarted: ["leave", "sign-out", "evidence", "tell"],
  // Nothing has answered with it yet, so there is nothing to take back.
  logged: ["compare", "revoke", "evidence", "tell"],
};

/** The ways to end an incident: only another certificate can turn out to be the instance's own new one. */
export const CLOSINGS: Readonly<Record<AlarmKind, readonly Closing[]>> = {
  "other-certificate": ["new-certificate", "done"],
  cached: ["done", "understood"],
  plaintext: ["understood"],
  unanswered: ["understood"],
  restarted: ["understood"],
  logged: ["new-certificate", "done"],
};
