// What the popup and the page of the public record say of it.
import type { Class } from "../core/classify";
import type { MessageKey } from "../core/message-key";
import { lineOf, type Failure, type RecordLine, type RecordShown, type Setback } from "../core/record";
import { say } from "../shell/text";
import { ago, time } from "./parts";

export type Tone = "verified" | "warning" | "amber" | "unknown" | "quiet";

interface Words {
  readonly tone: Tone;
  /** In the popup's list. */
  readonly line: MessageKey;
  readonly head: MessageKey;
  readonly meaning: MessageKey;
}

export const LINES: Readonly<Record<RecordLine, Words>> = {
  off: { tone: "quiet", line: "recordOff", head: "headRecordOff", meaning: "sayRecordOff" },
  unknown: { tone: "unknown", line: "recordUnknown", head: "headRecordUnknown", meaning: "sayRecordUnknown" },
  waiting: { tone: "unknown", line: "recordWaiting", head: "headRecordWaiting", meaning: "sayRecordOff" },
  failed: { tone: "amber", line: "recordFailed", head: "headRecordFailed", meaning: "sayRecordOff" },
  "not-ours": { tone: "warning", line: "recordNotOurs", head: "headRecordNotOurs", meaning: "sayRecordNotOurs" },
  look: { tone: "amber", line: "recordLook", head: "headRecordLook", meaning: "sayRecordLook" },
  wildcard: { tone: "amber", line: "recordWildcard", head: "headRecordWildcard", meaning: "sayRecordClean" },
  clean: { tone: "verified", line: "recordClean", head: "headRecordClean", meaning: "sayRecordClean" },
  stale: { tone: "amber", line: "recordStale", head: "headRecordStale", meaning: "sayRecordStale" },
};

export const CLASSES: Readonly<Record<Exclude<Class, "unrelated">, MessageKey>> = {
  known: "classKnown",
  key: "classKey",
  before: "classBefore",
  wildcard: "classWildcard",
  "not-ours": "classNotOurs",
};

/** The popup's line. */
export function lineText(record: RecordShown): { readonly tone: Tone; readonly text: string } {
  const kind = lineOf(record, Date.now());
  const { tone, line } = LINES[kind];
  if (record === "off" || record === "unknown") return { tone, text: say(line) };
  const { counts, answeredAt } = record;
  const told = kind === "not-ours" ? counts.notOurs : kind === "look" ? counts.beforeNew : undefined;
  return { tone, text: say(line, told === undefined ? ago(answeredAt ?? 0) : String(told)) };
}

const SETBACKS: Readonly<Record<Setback, MessageKey>> = {
  offline: "setbackOffline",
  "permission-gone": "setbackPermission",
  unreachable: "setbackUnreachable",
  timeout: "setbackTimeout",
  redirected: "setbackRedirected",
  status: "setbackStatus",
  "rate-limited": "setbackRateLimited",
  "wrong-type": "setbackWrongType",
  "too-large": "setbackTooLarge",
  "cut-off": "setbackCutOff",
  "too-deep": "setbackMalformed",
  malformed: "setbackMalformed",
  circle: "setbackCircle",
  "too-many": "setbackTooMany",
};

/** When a try failed, and why. */
export function failureText({ at, reason, status, retryAt }: Failure): string {
  const why =
    reason === "rate-limited" && retryAt !== undefined
      ? say("setbackRateLimitedUntil", time(retryAt))
      : say(SETBACKS[reason], String(status ?? ""));
  return say("failedAt", ago(at), why);
}
