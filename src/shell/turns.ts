/**
 * What Firefox asked about in one go. It asks an extension about several requests at once and takes the answers all
 * together (Firefox: `ConduitsParent.sys.mjs`, `batch`), so one that waits keeps back every other of its turn, of
 * whatever request: what it waits for must not be asked about in the same turn.
 */
export interface Turn {
  /** Resolves when everything that is asked in it is known. */
  readonly whole: Promise<void>;
  /** Takes note that an answer of it waits; and for what, where that decides when the others are let go. */
  readonly hold: (wait?: Promise<unknown>) => void;
  readonly isHeld: () => boolean;
  /** Resolves when nothing is waited for any more that was told to `hold`. */
  readonly settled: () => Promise<unknown>;
  /** Tells, at once or as soon as it is so, that answers of it wait. */
  readonly whenHeld: (tell: () => void) => void;
}

/** @returns what gives the turn that is on, to be asked before anything is waited for */
export function createTurns(): () => Turn {
  let current: Turn | undefined;
  return () => {
    if (current === undefined) {
      // All listeners of a turn are called in one task; what is queued behind it runs after the last of them.
      const whole = Promise.resolve().then(() => {
        current = undefined;
      });
      current = createTurn(whole);
    }
    return current;
  };
}

function createTurn(whole: Promise<void>): Turn {
  const waits: Promise<unknown>[] = [];
  let listeners: (() => void)[] = [];
  let isHeld = false;
  return {
    whole,
    isHeld: () => isHeld,
    settled: () => Promise.all(waits),
    hold: (wait) => {
      isHeld = true;
      if (wait !== undefined) waits.push(wait);
      for (const tell of listeners) tell();
      listeners = [];
    },
    whenHeld: (tell) => {
      if (isHeld) tell();
      else listeners.push(tell);
    },
  };
}
