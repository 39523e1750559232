import { expect, it } from "vitest";
import { alarmKindOf, CLOSINGS, STEPS, type StepId } from "../../../src/core/incident/after-alarm";
import type { Closing } from "../../../src/core/incident/incident";
import type { Verdict } from "../../../src/core/incident/verdict";

const SHOWN: [Verdict, StepId[], Closing[]][] = (
  [
    { kind: "mismatch", cause: "other-key" },
    { kind: "mismatch", cause: "never-confirmed" },
    { kind: "interception", root: "Company proxy" },
    { kind: "overridden", error: "trust_error" },
    { kind: "undisclosed" },
  ] as const
).map((verdict) => [
  verdict,
  ["leave", "compare", "sign-out", "clear", "evidence", "tell"],
  ["new-certificate", "done"],
]);
SHOWN.push(
  [{ kind: "mismatch", cause: "cached" }, ["leave", "clear", "sign-out", "evidence", "tell"], ["done", "understood"]],
  [{ kind: "plaintext" }, ["leave", "network", "encrypted", "sign-out", "clear", "evidence"], ["understood"]],
  [{ kind: "unanswered", carried: "probe" }, ["was-online", "sign-out", "evidence", "tell"], ["understood"]],
  [{ kind: "unanswered", carried: "restarted-probe" }, ["leave", "sign-out", "evidence", "tell"], ["understood"]],
  [{ kind: "unanswered", carried: "secret" }, ["was-online", "sign-out", "evidence", "tell"], ["understood"]],
);
SHOWN.push([
  { kind: "logged", issuer: "Let’s Encrypt" },
  ["compare", "revoke", "evidence", "tell"],
  ["new-certificate", "done"],
]);
it.each(SHOWN)("after %j comes %j, ended by %j", (verdict, steps, closings) => {
  expect(STEPS[alarmKindOf(verdict)]).toEqual(steps);
  expect(CLOSINGS[alarmKindOf(verdict)]).toEqual(closings);
});
