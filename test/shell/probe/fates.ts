// The fate of everything that a prober sends, from any sender. A test that uses it puts a fake sender in Firefox's
// place.
import { vi } from "vitest";
import type { Failure, ProbeReport } from "../../../src/core/probe/probe-outcome";
import type { RoundResult } from "../../../src/core/probe/probe-round";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createProber } from "../../../src/shell/probe/prober";
import type { Subject, Target } from "../../../src/shell/probe/target";
import { FRESH, taken } from "../../core/probe/rounds";
import { INSTANCE } from "../../core/samples";
import { answered, CUT_OFF, HELD, MISMATCH, OURS, REFUSED, sender, tell, tellApart, UNSEEN, type Sent } from "./sender";

/** The fate of all requests that are sent at once. */
export interface Fate {
  readonly report?: ProbeReport;
  /** The sender's report; `undefined` if the tab shows another page by now. */
  readonly result: unknown;
}
export const IS_OURS: Fate = { report: answered(OURS), result: FRESH };
export const IS_ATTACKERS: Fate = { report: answered(MISMATCH), result: FRESH };
const failed = (post = UNSEEN): RoundResult => ({ first: [post, post], then: [] });
export const IS_REFUSED: Fate = { report: REFUSED, result: failed() };
export const IS_CUT_OFF: Fate = { report: CUT_OFF, result: failed() };
export const IS_UNREACHABLE: Fate = { report: CUT_OFF, result: failed(taken(false)) };
export const IS_HELD: Fate = { report: HELD, result: failed() };
export const IS_SILENT: Fate = { result: failed() };
export const IS_TAKEN: Fate = { result: failed(taken(true)) };
export const IS_STALLED: Fate = { result: failed(taken(false)) };
export const IS_GONE: Fate = { result: undefined };

/** By what is sent, such as `tab 7: page`. If it is sent several times, by turn. */
export type Fates = Readonly<Record<string, Fate | readonly Fate[]>>;
/** Whether the server wants a client certificate, if that is known. */
export type Wanted = boolean | undefined;

/** A round with the page's credentials is `page`, and one without is `apart`. */
function nameOf({ from, then, socket, credentials }: Sent): string {
  const round = credentials === "same-origin" ? "page" : "apart";
  const what = socket !== undefined ? "socket" : then.length === 0 ? "knock" : round;
  return `${from === "background" ? from : `tab ${from}`}: ${what}`;
}

const LONG = 60_000;

/** A prober, and what it has sent and reported so far. @param wanted - what is known of the server at first */
export function createFatedProber(fates: Fates, wanted: Wanted) {
  let isWanted = wanted;
  const sent: string[] = [];
  const notes: Wanted[] = [];
  const unchecked: { readonly subject: Subject; readonly at: number; readonly failure: Failure }[] = [];
  const certificates = {
    wants: () => isWanted,
    note: (_: string, nowWanted: Wanted) => {
      notes.push(nowWanted);
      isWanted = nowWanted;
    },
  };
  const prober = createProber(
    (subject, at, failure) => unchecked.push({ subject, at, failure }),
    () => undefined,
    certificates,
  );
  const currentBatch = createEventBatches();

  sender.send = async (round) => {
    const name = nameOf(round);
    const before = sent.filter((other) => other === name).length;
    sent.push(name);
    const mine = [fates[name] ?? IS_GONE].flat();
    const { report, result } = mine[Math.min(before, mine.length - 1)] ?? IS_GONE;
    if (result === undefined) return undefined;
    await new Promise((done) => setTimeout(done, 20));
    const urls = round.socket === undefined ? [round.first, round.then] : [[round.socket]];
    for (const each of urls) await tellApart(each, currentBatch, (url) => tell(prober, url, report, currentBatch()));
    return result;
  };

  /** The outcome, and how long it took. It has a minute. */
  const inTime = async <T>(over: Promise<T>): Promise<{ readonly outcome: T; readonly took: number }> => {
    const began = performance.now();
    const ended = over.then((outcome) => ({ outcome, took: performance.now() - began }));
    await vi.advanceTimersByTimeAsync(LONG);
    return ended;
  };
  return {
    ...{ sent, notes, unchecked },
    probe: (more: Partial<Target> = {}) =>
      inTime(prober.probe({ address: INSTANCE, private: false, tabIds: [7], pool: "page", ...more })),
    mayOpenSocket: () => inTime(prober.mayOpenSocket({ address: INSTANCE, private: false })),
  };
}

export const judged = (from: "tab" | "background", verdict = OURS): object => ({
  ...{ kind: "judged", verdict, from, isInconclusive: false },
});
export const unanswered = (reason: string): object => ({ kind: "unanswered", reason });
