import { shuffled } from "../random";

/**
 * Holds requests until all of them are there, then lets them leave together, in random order.
 *
 * Each first computes its answer to Firefox and gives it to {@link Gate.leave}. When the answers of all are there, they
 * go in one task ({@link inTurn}). Otherwise, the order of the promises, or how long an answer takes to compute, would
 * show below TLS which of them is a secret.
 */
export interface Gate {
  /**
   * Resolves when the request that calls it may leave; `false` means that it must be cancelled.
   * @param leaves - whether it will leave; a stand-in is counted, and gives no answer that the others wait for
   */
  readonly arrive: (leaves?: boolean) => Promise<boolean>;
  /**
   * The same for a request that is there from the beginning: the gate doesn't count it.
   * @param prepare - called when the first of the others arrives. What a request computed only when the gate opens
   * would delay all of them, and a round computes nothing then
   */
  readonly join: (prepare?: () => void) => Promise<boolean>;
  /** Takes the answer that lets a request leave. @returns the same answer, for {@link inTurn} to hold back */
  readonly leave: <Answer extends object>(answer: Answer) => Answer;
  /** Lets all waiting requests leave, and all that come later. */
  readonly open: () => void;
  /**
   * Cancels all waiting requests, and all that come later. Does nothing at a gate that is patient, or open.
   * @returns whether the gate is abandoned
   */
  readonly abandon: () => boolean;
  /** Resolves when the gate is abandoned. */
  readonly abandoned: Promise<"abandoned">;
}

/**
 * Maximum time from the first arrival, in ms. Firefox may answer an earlier event of one request together with one that
 * waits here. Then that request can't arrive before the gate opens.
 */
const LIMIT = 150;
/** Maximum time for all to compute their answers, in ms. One may be blocked at the last moment. */
const ANSWERS_LIMIT = 20;

/** When an answer may go. */
const turns = new WeakMap<object, Promise<void>>();

/** Holds back the answers that wait in a gate. Nothing may follow it on the way to Firefox. */
export const inTurn =
  <Details, Answer extends object>(listener: (details: Details) => Answer | Promise<Answer>) =>
  (details: Details): Answer | Promise<Answer> => {
    const answered = listener(details);
    return answered instanceof Promise
      ? answered.then((answer) => turns.get(answer)?.then(() => answer) ?? answer)
      : answered;
  };

/**
 * @param members - how many requests the gate waits for, without those that join
 * @param isPatient - whether it can't be abandoned
 */
export function createGate(members: number, isPatient = false): Gate {
  let waiting: { readonly go: (mayGo: boolean) => void; readonly leaves: boolean }[] = [];
  let preparations: (() => void)[] = [];
  const prepareAll = (): void => {
    for (const prepare of preparations) prepare();
    preparations = [];
  };
  let end: "open" | "abandoned" | undefined;
  let arrived = 0;
  let leaving = 0;
  let answers: (() => void)[] = [];
  let areGone = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { promise: abandoned, resolve: tellAbandoned } = Promise.withResolvers<"abandoned">();
  const finish = (how: "open" | "abandoned"): void => {
    if (end !== undefined) return;
    end = how;
    clearTimeout(timer);
    const all = waiting;
    waiting = [];
    leaving = all.filter(({ leaves }) => leaves).length;
    for (const { go } of all) go(how === "open");
    if (how === "abandoned") tellAbandoned(how);
    else setTimeout(depart, ANSWERS_LIMIT);
  };
  const depart = (): void => {
    areGone = true;
    for (const go of shuffled(answers)) go();
    answers = [];
  };
  const open = (): void => {
    finish("open");
  };
  const wait = (leaves = true): Promise<boolean> =>
    new Promise((go) => {
      if (end === undefined) waiting.push({ go, leaves });
      else go(end === "open");
    });
  return {
    open,
    abandoned,
    abandon: () => {
      if (!isPatient) finish("abandoned");
      return end === "abandoned";
    },
    join: (prepare = () => undefined) => {
      preparations.push(prepare);
      if (end !== undefined) prepareAll();
      return wait();
    },
    leave: (answer) => {
      if (areGone) return answer;
      turns.set(answer, new Promise((go) => answers.push(go)));
      // In a task of its own: each answer has passed through all its promises by then.
      if (answers.length === leaving) setTimeout(depart);
      return answer;
    },
    arrive: (leaves) => {
      const mayGo = wait(leaves);
      prepareAll();
      timer ??= setTimeout(open, LIMIT);
      if (++arrived === members) open();
      return mayGo;
    },
  };
}
