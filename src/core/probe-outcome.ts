// What a check of an instance came to, out of what webRequest told of its probes and of what their timing shows.
import type { Reason } from "./observation";
import { judgeRound, reachOf, type ProbeResult, type RoundResult } from "./probe-round";
import { canCompare, type Route } from "./route";
import { isOurs, isRed, type Verdict } from "./verdict";

/** Why a probe got no answer, with Firefox's own words when it has some. */
export interface Failure {
  readonly reason: Reason;
  readonly words?: string | undefined;
}

/** What webRequest told of a probe. `stuck`: Firefox asks about it together with a request that is held. */
export type Told =
  | { readonly kind: "stuck" }
  | {
      readonly kind: "answered";
      readonly verdict: Verdict | undefined;
      readonly isOwn: boolean;
      readonly isRedirect: boolean;
    }
  | ({ readonly kind: "failed" } & Failure);

/** What a check came to: what is said of the connections made for it, or why there was no answer over one. */
export type Outcome =
  | {
      readonly kind: "judged";
      readonly verdict: Verdict;
      readonly from: "tab" | "background";
      /** Whether the connection that was looked at tells nothing of those that the instance's other requests go over. */
      readonly isBlind: boolean;
    }
  | ({ readonly kind: "unanswered" } & Failure);

/** What one try came to; `not-sent` and `again` say nothing of the instance. */
export type Attempt =
  | Outcome
  | { readonly kind: "not-sent" }
  | { readonly kind: "again"; readonly why: "stuck" | "reused" | "inconclusive" };

/**
 * What a round shows, the worst first.
 * @param toldPosts - of `first`, then of `then`, in the order they were sent
 * @param routes - the ways that these went, and that what they are compared with goes
 */
export function outcomeOf(
  { first, then }: RoundResult,
  toldPosts: readonly Told[],
  toldSocket: Told,
  from: "tab" | "background",
  routes: readonly Route[],
): Attempt {
  const all = [...toldPosts, toldSocket];
  if (all.some(({ kind }) => kind === "stuck")) return { kind: "again", why: "stuck" };
  const answers = all.filter((told) => told.kind === "answered");
  const notOurs = answers
    .flatMap(({ verdict }) => (verdict === undefined || isOurs(verdict) ? [] : [verdict]))
    .sort((a, b) => Number(isRed(b)) - Number(isRed(a)));
  const [worst] = notOurs;
  if (worst !== undefined) return { kind: "judged", verdict: worst, from, isBlind: false };
  // Neither times nor failures tell anything of the server then: they may be the proxy's.
  if (!canCompare(routes)) return { kind: "unanswered", reason: "proxy" };

  const posts = [...first, ...then];
  const failures = toldPosts.flatMap((told, index) => (told.kind === "failed" ? [failureOf(told, posts[index])] : []));
  if (toldSocket.kind === "failed" && failures.length === 0) failures.push(toldSocket);
  const failure = failures.find(({ reason }) => reason === "cut-off") ?? failures[0];
  if (failure !== undefined) return { kind: "unanswered", reason: failure.reason, words: failure.words };

  const [verdict, ...others] = answers.map((answer) => answer.verdict);
  if (verdict === undefined || others.includes(undefined)) return { kind: "unanswered", reason: "probe-unanswered" };
  if (toldPosts.some((told) => told.kind === "answered" && !told.isOwn))
    return { kind: "judged", verdict, from, isBlind: true };
  // Firefox tells no times of an answer that leads elsewhere: that is no fault of the browser's.
  if (answers.some(({ isRedirect }) => isRedirect)) return { kind: "again", why: "inconclusive" };
  const evidence = judgeRound(
    first.map(({ timing }) => timing),
    then.map(({ timing }) => timing),
  );
  switch (evidence) {
    case "fresh":
      return { kind: "judged", verdict, from, isBlind: false };
    case "no-timing":
    case "coarse-clock":
      return { kind: "unanswered", reason: evidence };
    case "worker":
      return { kind: "not-sent" };
    case "reused":
    case "inconclusive":
      return { kind: "again", why: evidence };
  }
}

/**
 * Firefox's errors tell little of how far a request came, its timing does: an attacker who hangs up before the handshake
 * and after the request has the same error, a record that is no TLS that of a handshake refused.
 */
export function failureOf({ reason, words }: Failure, post: ProbeResult | undefined): Failure {
  const reach = reachOf(post?.timing);
  if (reach === "not-connected" && reason === "cut-off") return { reason: "unreachable" };
  if (reach === "taken" && reason !== "probe-unanswered") return { reason: "cut-off" };
  return { reason, words };
}

/** Whether somebody was there and did not want what came: a server that misses a client certificate, or an attacker. */
export const isRefusal = ({ reason }: Failure): boolean => reason === "cut-off" || reason === "refused";
