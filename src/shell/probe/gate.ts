/** Holds requests until all of them are there, then lets them leave together, in random order. */
export interface Gate {
  /** Resolves when the request that calls it may leave; `false` means that it must be cancelled. */
  readonly arrive: () => Promise<boolean>;
  /** The same for a request that is there from the beginning: the gate doesn't count it. */
  readonly join: () => Promise<boolean>;
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

/**
 * @param members - how many requests the gate waits for, without those that join
 * @param isPatient - whether it can't be abandoned
 */
export function createGate(members: number, isPatient = false): Gate {
  let waiting: ((mayGo: boolean) => void)[] = [];
  let end: "open" | "abandoned" | undefined;
  let arrived = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { promise: abandoned, resolve: tellAbandoned } = Promise.withResolvers<"abandoned">();
  const finish = (how: "open" | "abandoned"): void => {
    if (end !== undefined) return;
    end = how;
    clearTimeout(timer);
    for (const go of shuffled(waiting)) go(how === "open");
    waiting = [];
    if (how === "abandoned") tellAbandoned(how);
  };
  const open = (): void => {
    finish("open");
  };
  const wait = (): Promise<boolean> =>
    new Promise((resolve) => {
      if (end === undefined) waiting.push(resolve);
      else resolve(end === "open");
    });
  return {
    open,
    abandoned,
    abandon: () => {
      if (!isPatient) finish("abandoned");
      return end === "abandoned";
    },
    join: wait,
    arrive: () => {
      const mayGo = wait();
      timer ??= setTimeout(open, LIMIT);
      if (++arrived === members) open();
      return mayGo;
    },
  };
}

function shuffled<T>(list: readonly T[]): T[] {
  const keys = crypto.getRandomValues(new Uint32Array(list.length));
  return list
    .map((item, index) => ({ item, key: keys[index] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
