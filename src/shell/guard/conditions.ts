/** Conditions to wait for. */
export interface Conditions {
  /** Resolves as soon as a condition holds: at once, or at a later {@link Conditions.recheck}. */
  readonly when: (isSo: () => boolean) => Promise<void>;
  /** To be called after each change that may have fulfilled a condition. */
  readonly recheck: () => void;
}

export function createConditions(): Conditions {
  let waiting: { readonly isSo: () => boolean; readonly done: () => void }[] = [];
  return {
    when: (isSo) => (isSo() ? Promise.resolve() : new Promise((done) => waiting.push({ isSo, done }))),
    recheck: () => {
      const over = waiting.filter(({ isSo }) => isSo());
      waiting = waiting.filter((other) => !over.includes(other));
      for (const { done } of over) done();
    },
  };
}
