/** Holds requests until all of them are there, and lets them go at once, in an order that nobody can know. */
export interface Gate {
  /** Resolves when the request that calls it may go. */
  readonly arrive: () => Promise<void>;
  /** Lets go what is there, and everything that comes later. */
  readonly open: () => void;
}

/**
 * Maximum time from the first arrival, in ms: a member whose earlier event Firefox answers together with one that waits
 * here can't arrive before the gate opens.
 */
const LIMIT = 150;

/** @param members - how many requests it waits for */
export function createGate(members: number): Gate {
  let waiting: (() => void)[] = [];
  let isOpen = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    isOpen = true;
    clearTimeout(timer);
    const gone = shuffled(waiting);
    waiting = [];
    for (const go of gone) go();
  };
  return {
    open,
    arrive: () =>
      new Promise((resolve) => {
        if (isOpen) {
          resolve();
          return;
        }
        waiting.push(resolve);
        timer ??= setTimeout(open, LIMIT);
        if (waiting.length >= members) open();
      }),
  };
}

function shuffled<T>(list: readonly T[]): T[] {
  const keys = crypto.getRandomValues(new Uint32Array(list.length));
  return list
    .map((item, index) => ({ item, key: keys[index] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
