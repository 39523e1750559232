// Stands in for the parts of Firefox that a probe uses: the page or the background that sends it, and webRequest's
// reports on its requests.
import type { ProbeReport } from "../../../src/core/probe/probe-outcome";
import type { ProbeResult, RoundResult } from "../../../src/core/probe/probe-round";
import type { Verdict } from "../../../src/core/incident/verdict";
import type { EventBatch } from "../../../src/shell/event-batch";
import type { AskedRequest, ProbeEvents } from "../../../src/shell/probe/probe-registry";
import type { sendRound } from "../../../src/shell/probe/send-probe";
import { sha1 } from "../../core/samples";

export const OURS: Verdict = { kind: "match", pin: sha1("1") };
export const MISMATCH: Verdict = { kind: "mismatch", cause: "other-key" };
type Answer = Extract<ProbeReport, { kind: "answered" }>;
export const answered = (verdict: Verdict | undefined, more: Partial<Answer> = {}): ProbeReport => ({
  ...{ kind: "answered", isOwn: true, isRedirect: false, verdict },
  ...more,
});
/** Firefox asks about it together with a request that is held. */
export const HELD: ProbeReport = { kind: "stuck" };
export const CUT_OFF: ProbeReport = { kind: "failed", reason: "cut-off" };
export const REFUSED: ProbeReport = { kind: "failed", reason: "refused", words: "Firefox’s words" };

/** What the sender sees of a POST that is answered, or isn't, if it can't see more. */
export const SEEN: ProbeResult = { end: "answered" };
export const UNSEEN: ProbeResult = { end: "failed" };

/** The requests to send at once, and from where. */
export interface Sent {
  readonly from: number | "background";
  readonly first: readonly string[];
  readonly then: readonly string[];
  readonly body: string;
  readonly credentials: string;
  readonly origin: string | undefined;
  readonly socket: string | undefined;
  readonly giveUp: AbortSignal | undefined;
}

type SendArguments = Parameters<typeof sendRound>;

const sentBy = (
  from: Sent["from"],
  [first, then, body, credentials, , origin, socket, giveUp]: SendArguments,
): Sent => ({ from, first, then, body, credentials, origin, socket, giveUp });

/** The fate of what is sent: each test sets its own. A page that no longer belongs to the instance gives nothing. */
export const sender: { send: (sent: Sent) => Promise<unknown> } = { send: () => Promise.resolve() };

/** Sends from the background. */
export const sendFromBackground = (...args: SendArguments): Promise<RoundResult | undefined> =>
  sender.send(sentBy("background", args)) as Promise<RoundResult | undefined>;

/** Stands in for Firefox running a script in a tab. */
export const browser = {
  scripting: {
    executeScript: async ({ target, args }: { target: { tabId: number }; args: SendArguments }): Promise<object[]> => [
      { result: await sender.send(sentBy(target.tabId, args)) },
    ],
  },
};

/** The only request to a URL, as webRequest's listeners see it. */
export const requestTo = (url = ""): AskedRequest => ({ requestId: url, url });

/** Bytes of a response, according to its headers. */
const SIZE = 100;

/**
 * Lets webRequest report on a request.
 * @param report - if `undefined`, it only reports that the request is sent
 * @returns whether it was sent
 */
export async function tell(
  probes: ProbeEvents,
  url: string,
  report: ProbeReport | undefined,
  batch: EventBatch,
  proxyInfo: unknown = { type: "direct" },
): Promise<boolean> {
  const request = requestTo(url);
  if (report?.kind === "stuck") {
    probes.asked(request, batch);
    batch.hold();
    return false;
  }
  const response = await probes.onSendHeaders(request, [], proxyInfo, batch);
  if (response?.requestHeaders === undefined) return false;
  if (report?.kind === "failed") probes.failed(request, report);
  if (report?.kind !== "answered") return true;
  const { verdict, isOwn, isRedirect, surplus = 0, isTooLong = false } = report;
  probes.answered(request)?.judged(verdict, isOwn, isRedirect, SIZE, isTooLong ? SIZE : undefined);
  probes.completed(request, SIZE + surplus);
  return true;
}

/** Calls `tellOf` for each of them in a batch of its own, as Firefox asks about a page's probes. */
export async function tellApart(
  urls: readonly string[],
  currentBatch: () => EventBatch,
  tellOf: (url: string, index: number) => Promise<unknown>,
): Promise<void> {
  const over: Promise<unknown>[] = [];
  for (const [index, url] of urls.entries()) {
    over.push(tellOf(url, index));
    await currentBatch().whole;
  }
  await Promise.all(over);
}

/** One of several POSTs: what webRequest reports about it, and what the page sees. */
export interface Post {
  readonly report?: ProbeReport;
  readonly seen?: ProbeResult;
}
/** The fate of several POSTs. */
export interface Course {
  readonly posts?: readonly Post[];
  /** How many of them the page sends; all by default. */
  readonly count?: number;
  /** Whether Firefox first asks about the second one while it asks about the first one's headers. */
  readonly isEntangled?: boolean;
}

/** Sends each of them separately, as a page does. @param left - notes which ones leave, by their index */
export async function post(
  probes: ProbeEvents,
  currentBatch: () => EventBatch,
  { first }: Sent,
  { posts = [], count, isEntangled = false }: Course,
  left: boolean[] = [],
): Promise<RoundResult> {
  const urls = first.slice(0, count);
  await tellApart(urls, currentBatch, async (url, index) => {
    const { report } = posts[index] ?? { report: answered(OURS) };
    const isLeaving = tell(probes, url, report, currentBatch());
    if (isEntangled && index === 0) probes.asked(requestTo(urls[1]), currentBatch());
    left[index] = await isLeaving;
  });
  return { first: first.map((_, index) => posts[index]?.seen ?? SEEN), then: [] };
}
