/**
 * webRequest events that Firefox answers together. Firefox asks an extension about several requests at once and takes the
 * answers together (`ConduitsParent.sys.mjs`, `batch`). So a request that waits keeps back every other one of its batch,
 * and what it waits for must not be asked about in the same batch.
 */
export interface EventBatch {
  /** Resolves when all events of the batch are known. */
  readonly whole: Promise<void>;
  /** Takes note that an answer of it waits; and for what, where that decides when the others are let go. */
  readonly hold: (wait?: Promise<unknown>) => void;
  readonly isHeld: () => boolean;
  /** Resolves when nothing is waited for any more that was told to `hold`. */
  readonly settled: () => Promise<unknown>;
  /** Tells, at once or as soon as it is so, that answers of it wait. */
  readonly whenHeld: (tell: () => void) => void;
}

/** @returns a function that gives the current batch. Call it before the first `await` of a listener. */
export function createEventBatches(): () => EventBatch {
  let current: EventBatch | undefined;
  return () => {
    if (current === undefined) {
      // All listeners of a batch are called in one task; what is queued behind it runs after the last of them.
      const whole = Promise.resolve().then(() => {
        current = undefined;
      });
      current = createEventBatch(whole);
    }
    return current;
  };
}

function createEventBatch(whole: Promise<void>): EventBatch {
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
