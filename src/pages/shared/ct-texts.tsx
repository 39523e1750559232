// The texts about log monitoring in the popup and on its page.
import { jsx, type VNode } from "snabbdom";
import type { Class } from "../../core/ct/classify";
import type { KeyWith, PlainKey } from "../../core/message-key";
import { lineOf, type Failure, type CtLine, type CtShown, type Setback } from "../../core/ct/ct-state";
import { ago, time, translate, translateCount } from "../../shell/ui/translate";
import type { Tone } from "./parts";

/** The values in the texts: when the logs were read, and how many certificates there are of each kind. */
interface Read {
  readonly at: number;
  readonly notOurs: number;
  readonly beforeNew: number;
}

interface Texts {
  readonly tone: Tone;
  readonly head: PlainKey;
  /** In the popup’s list. */
  readonly line: (read: Read) => string;
  /** On the page, below the headline. */
  readonly meaning: (read: Read) => string;
}

const plain = (key: PlainKey) => (): string => translate(key);
const withAgo =
  (key: KeyWith<"ago">) =>
  ({ at }: Read): string =>
    translate(key, { ago: ago(at) });
const withTime =
  (key: KeyWith<"time">) =>
  ({ at }: Read): string =>
    translate(key, { time: at === 0 ? "" : time(at) });

const OFF = plain("sayCtOff");
const CLEAN = withTime("sayCtClean");
const LINES: Readonly<Record<CtLine, Texts>> = {
  off: { tone: "quiet", head: "headCtOff", line: plain("ctOff"), meaning: OFF },
  unknown: {
    tone: "unknown",
    head: "headCtUnknown",
    line: plain("ctUnknown"),
    meaning: plain("sayCtUnknown"),
  },
  waiting: { tone: "unknown", head: "headCtWaiting", line: plain("ctWaiting"), meaning: OFF },
  failed: { tone: "amber", head: "headCtFailed", line: plain("ctFailed"), meaning: OFF },
  "not-ours": {
    tone: "warning",
    head: "headCtNotOurs",
    meaning: withTime("sayCtNotOurs"),
    line: ({ notOurs }) => translateCount("ctNotOurs", notOurs),
  },
  review: {
    tone: "amber",
    head: "headCtReview",
    meaning: withTime("sayCtReview"),
    line: ({ beforeNew }) => translateCount("ctReview", beforeNew),
  },
  wildcard: { tone: "amber", head: "headCtWildcard", line: withAgo("ctWildcard"), meaning: CLEAN },
  clean: { tone: "verified", head: "headCtClean", line: withAgo("ctClean"), meaning: CLEAN },
  stale: {
    tone: "amber",
    head: "headCtStale",
    line: withAgo("ctStale"),
    meaning: withTime("sayCtStale"),
  },
};

export const CLASSES: Readonly<Record<Exclude<Class, "unrelated">, PlainKey>> = {
  known: "classKnown",
  key: "classKey",
  before: "classBefore",
  wildcard: "classWildcard",
  "not-ours": "classNotOurs",
};

/** The state of log monitoring in texts: the popup's line, and the page's headline with its explanation. */
export function ctTexts(
  monitoring: CtShown,
): Readonly<Record<"line" | "head" | "meaning", string>> & Pick<Texts, "tone"> {
  const { tone, head, line, meaning } = LINES[lineOf(monitoring, Date.now())];
  const { answeredAt = 0, counts = { notOurs: 0, beforeNew: 0 } } =
    monitoring === "off" || monitoring === "unknown" ? {} : monitoring;
  const read = { at: answeredAt, ...counts };
  return { tone, head: translate(head), line: line(read), meaning: meaning(read) };
}

const SETBACKS: Readonly<Record<Exclude<Setback, "status">, PlainKey>> = {
  offline: "setbackOffline",
  "permission-gone": "setbackPermission",
  unreachable: "setbackUnreachable",
  timeout: "setbackTimeout",
  redirected: "setbackRedirected",
  "rate-limited": "setbackRateLimited",
  "wrong-type": "setbackWrongType",
  "too-large": "setbackTooLarge",
  "cut-off": "setbackCutOff",
  "too-deep": "setbackMalformed",
  malformed: "setbackMalformed",
  circle: "setbackCircle",
  "too-many": "setbackTooMany",
};

/** When a query failed, and why, in one sentence each. */
export function failureLines({ at, reason, status, retryAt }: Failure): VNode[] {
  const why =
    reason === "rate-limited" && retryAt !== undefined
      ? translate("setbackRateLimitedUntil", { time: time(retryAt) })
      : reason === "status"
        ? translate("setbackStatus", { status: String(status ?? "") })
        : translate(SETBACKS[reason]);
  return [translate("failedAt", { ago: ago(at) }), why].map((sentence) => <p attrs={{ class: "error" }}>{sentence}</p>);
}
