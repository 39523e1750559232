/** Conditions that are waited for, each until it is so. */
export interface Conditions {
  /** Resolves as soon as a condition holds: at once, or when it is found to at a later {@link Conditions.recheck}. */
  readonly when: (isSo: () => boolean) => Promise<void>;
  /** To be called after each change that may have brought a condition about. */
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
