/** Holds requests until all of them are there, then lets them leave together, in random order. */
export interface Gate {
  /**
   * Resolves when the request that calls it may leave; `false` means that it must be cancelled.
   * @param leaves - whether it will leave; a stand-in is counted, and takes no turn
   */
  readonly arrive: (leaves?: boolean) => Promise<boolean>;
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
  let waiting: { readonly go: (mayGo: boolean) => void; readonly leaves: boolean }[] = [];
  let end: "open" | "abandoned" | undefined;
  let arrived = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { promise: abandoned, resolve: tellAbandoned } = Promise.withResolvers<"abandoned">();
  const finish = (how: "open" | "abandoned"): void => {
    if (end !== undefined) return;
    end = how;
    clearTimeout(timer);
    const all = waiting;
    waiting = [];
    if (how === "abandoned") {
      for (const { go } of all) go(false);
      tellAbandoned(how);
      return;
    }
    void leaveInTurn(all.filter(({ leaves }) => leaves));
    for (const { go, leaves } of all) if (!leaves) go(true);
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
    join: wait,
    arrive: (leaves) => {
      const mayGo = wait(leaves);
      timer ??= setTimeout(open, LIMIT);
      if (++arrived === members) open();
      return mayGo;
    },
  };
}

/**
 * Each leaves in a task of its own. Within one task, the order would be that of the promises that each goes through:
 * the last one to arrive would always be the last to leave, and so would be a secret.
 */
async function leaveInTurn(all: readonly { readonly go: (mayGo: boolean) => void }[]): Promise<void> {
  for (const { go } of shuffled(all)) {
    await nextTask();
    go(true);
  }
}

const nextTask = (): Promise<void> => new Promise((done) => setTimeout(done));

/** In random order. */
export function shuffled<T>(list: readonly T[]): T[] {
  const keys = crypto.getRandomValues(new Uint32Array(list.length));
  return list
    .map((item, index) => ({ item, key: keys[index] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
