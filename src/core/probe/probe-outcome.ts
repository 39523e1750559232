// The outcome of a connection check, from what webRequest reported about its probes, and from their timing.
import { wasRestarted } from "./answer-size";
import type { Reason } from "../tls/observation";
import { isSlowAnswer, judgeRound, reachOf, type ProbeResult, type RoundResult } from "./probe-round";
import { canCompare, type Route } from "./route";
import { isOurs, isRed, type Unanswered, type Verdict } from "../incident/verdict";

/** Why a probe got no answer, with Firefox's own message if there is one. */
export interface Failure {
  readonly reason: Reason;
  readonly words?: string | undefined;
  /** Whether its timing shows that someone took it and stayed silent. No error shows that. */
  readonly isTaken?: boolean;
  /** Whether its connection was not complete when its time was over. */
  readonly isStalled?: boolean;
}

/** What webRequest reported about a probe. `stuck`: Firefox asks about it together with a held request. */
export type ProbeReport =
  | { readonly kind: "stuck" }
  | {
      readonly kind: "answered";
      readonly verdict: Verdict | undefined;
      readonly isOwn: boolean;
      readonly isRedirect: boolean;
      /** Bytes beyond those of the answer (`answer-size.ts`); left out if they are unknown. */
      readonly surplus?: number | undefined;
      /** Whether it has more bytes than one answer can have (`answer-size.ts`, `maxSizeOf`). */
      readonly isTooLong?: boolean;
    }
  | ({ readonly kind: "failed" } & Failure);

/** The result of a check: the verdict on its connections, or why one of them got no answer. */
export type Outcome =
  | {
      readonly kind: "judged";
      readonly verdict: Verdict;
      readonly from: "tab" | "background";
      /** Whether the checked connection shows nothing about the connections of the instance's other requests. */
      readonly isInconclusive: boolean;
      /** Whether this server's answers have exactly the bytes that their headers announce. */
      readonly isExact?: boolean;
    }
  | ({ readonly kind: "unanswered" } & Failure);

/** The result of one try; `not-sent` and `again` say nothing about the instance. */
export type Attempt =
  | Outcome
  | { readonly kind: "not-sent" }
  | { readonly kind: "again"; readonly why: "stuck" | "reused" | "inconclusive" | "slow-line" };

/**
 * What a round shows, the worst first.
 * @param all - the reports of `first`, then of `then`, in the order they were sent
 * @param routes - the routes of these probes, and of the request that they are compared with
 * @param isExact - whether this server's answers have exactly the bytes that their headers announce
 */
export function outcomeOf(
  { first, then }: RoundResult,
  all: readonly ProbeReport[],
  from: "tab" | "background",
  routes: readonly Route[],
  isExact = false,
): Attempt {
  if (all.some(({ kind }) => kind === "stuck")) return { kind: "again", why: "stuck" };
  const answers = all.filter((report) => report.kind === "answered");
  const notOurs = answers
    .flatMap(({ verdict }) => (verdict === undefined || isOurs(verdict) ? [] : [verdict]))
    .sort((a, b) => Number(isRed(b)) - Number(isRed(a)));
  const [worst] = notOurs;
  if (worst !== undefined) return { kind: "judged", verdict: worst, from, isInconclusive: false };
  // Then neither times nor failures say anything about the server: they may be the proxy's.
  if (!canCompare(routes)) return { kind: "unanswered", reason: "proxy" };

  const posts = [...first, ...then];
  const failures = all.flatMap((report, index) => (report.kind === "failed" ? [failureOf(report, posts[index])] : []));
  const failure =
    failures.find(({ reason }) => reason === "cut-off") ??
    failures.find(({ isTaken }) => isTaken) ??
    failures.find(({ isStalled }) => isStalled) ??
    failures[0];
  if (failure !== undefined) return { kind: "unanswered", ...failure };

  const [verdict, ...others] = answers.map((answer) => answer.verdict);
  if (verdict === undefined || others.includes(undefined)) return { kind: "unanswered", reason: "probe-unanswered" };
  if (answers.some(({ isOwn }) => !isOwn)) return { kind: "judged", verdict, from, isInconclusive: true };
  const surpluses = answers.map(({ surplus }) => surplus);
  // An attacker may let Firefox retry all of them, so all have the same surplus.
  if (wasRestarted(surpluses) || (isExact && all.some(isTooLong))) return { kind: "unanswered", reason: "restarted" };
  // Firefox reports no times of a redirect. That doesn't mean that it keeps none.
  if (answers.some(({ isRedirect }) => isRedirect)) return { kind: "again", why: "inconclusive" };
  // Firefox retries a request a second time only after a second (408). Then all of them may have the same surplus.
  const isOld = [...first, ...then].some(({ timing }) => isSlowAnswer(timing));
  if (isOld && surpluses.some((surplus) => surplus !== undefined && surplus > 0))
    return { kind: "again", why: "inconclusive" };
  const evidence = judgeRound(
    first.map(({ timing }) => timing),
    then.map(({ timing }) => timing),
  );
  switch (evidence) {
    case "fresh":
      // It isn't known whether the probe was sent to another server before.
      if (surpluses.includes(undefined)) return { kind: "again", why: "inconclusive" };
      return {
        kind: "judged",
        verdict,
        from,
        isInconclusive: false,
        isExact: surpluses.every((surplus) => surplus === 0),
      };
    case "no-timing":
    case "coarse-clock":
      return { kind: "unanswered", reason: evidence };
    case "worker":
      return { kind: "not-sent" };
    case "reused":
    case "inconclusive":
    case "slow-line":
      return { kind: "again", why: evidence };
  }
}

/**
 * Firefox's errors don't show how far a request came. Its timing does: if an attacker closes the connection, the error is
 * the same before the handshake and after the request. A record that isn't TLS gives the error of a refused handshake.
 */
export function failureOf({ reason, words }: Failure, post: ProbeResult | undefined): Failure {
  const reach = reachOf(post?.timing);
  if (reach === "not-connected" && reason === "cut-off") return { reason: "unreachable" };
  const isLate = reason === "probe-unanswered" && post?.end === "late";
  if (reach === "not-connected" && isLate) return { reason, isStalled: true };
  if (reach !== "taken") return { reason, words };
  if (reason !== "probe-unanswered") return { reason: "cut-off" };
  // Without an error, only the end of its time shows that nobody answered it. The user may have left its page, or its
  // report may be late.
  return isLate ? { reason, isTaken: true } : { reason };
}

/** What an attacker did with a probe: took it, or made Firefox retry it. */
export type Taken = Exclude<Unanswered, "secret">;

/**
 * A companion resembles the secret that it accompanies, so an attacker who guesses wrong takes the companion.
 * @param isExact - whether this server's answers have exactly the bytes that their headers announce
 * @returns what an attacker did with one of them; `undefined` if the server answered, or wasn't reached
 */
export function takenOf(all: readonly ProbeReport[], { first }: RoundResult, isExact: boolean): Taken | undefined {
  if (isExact && all.some(isTooLong)) return "restarted-probe";
  const failures = all.flatMap((report, index) => (report.kind === "failed" ? [failureOf(report, first[index])] : []));
  const isOdd = failures.some((failure) => failure.reason === "cut-off" || isKept(failure));
  return isOdd ? "probe" : undefined;
}

const isTooLong = (report: ProbeReport): boolean => report.kind === "answered" && report.isTooLong === true;

/** Whether someone may keep a probe without an answer: the probe itself, or its connection. */
export const isKept = ({ isTaken, isStalled }: Failure): boolean => isTaken === true || isStalled === true;

/**
 * Whether someone accepted the connection and rejected the request: a server that wants a client certificate, or an
 * attacker.
 */
export const isRefusal = ({ reason }: Failure): boolean => reason === "cut-off" || reason === "refused";
