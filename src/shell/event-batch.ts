/**
 * webRequest events that Firefox answers together. Firefox asks an extension about several requests at once and takes
 * the answers together (`ConduitsParent.sys.mjs`, `batch`). So a request that waits holds back every other one of its
 * batch. It can't wait for a request that Firefox asks about in the same batch.
 */
export interface EventBatch {
  /** Resolves when all events of the batch are known. */
  readonly whole: Promise<void>;
  /** Notes that an answer of the batch waits. @param wait - ends when the others of the batch may go on */
  readonly hold: (wait?: Promise<unknown>) => void;
  readonly isHeld: () => boolean;
  /** Resolves when every `wait` that was given to `hold` has ended. */
  readonly settled: () => Promise<unknown>;
  /** Calls `tell` as soon as an answer of the batch waits; at once if one does already. */
  readonly whenHeld: (tell: () => void) => void;
}

/** @returns a function that gives the current batch. Call it before the first `await` of a listener. */
export function createEventBatches(): () => EventBatch {
  let current: EventBatch | undefined;
  return () => {
    if (current === undefined) {
      // Firefox calls all listeners of a batch in one task. A microtask that is queued behind it runs after the last of
      // them.
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
