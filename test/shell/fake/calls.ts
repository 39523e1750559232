export type Failure = "throws" | "rejects" | "hangs" | "answers undefined";
/** Those that don't answer with a promise can only throw or answer nothing. */
export const AT_ONCE: readonly string[] = [
  "runtime.getURL",
  "i18n.getMessage",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "WebSocket",
];

/** A call of Firefox's by its path, and what is wrong with it. */
export interface Failing {
  readonly call: string;
  readonly how: Failure;
}

/** Makes a function of Firefox's: one that is known by its path, and that may fail. */
export type MakeCall = <A extends unknown[]>(path: string, answer: (...args: A) => unknown) => (...args: A) => unknown;

/** @param made - every call that is made, by its path */
export const createCalls =
  (made: Set<string>, failing: Failing | undefined): MakeCall =>
  (path, answer) =>
  (...args) => {
    made.add(path);
    if (failing?.call !== path) {
      const answered = answer(...args);
      return AT_ONCE.includes(path) ? answered : Promise.resolve(answered);
    }
    switch (failing.how) {
      case "throws":
        throw new Error(`${path} failed`);
      case "rejects":
        return Promise.reject(new Error(`${path} failed`));
      case "hangs":
        return new Promise(() => undefined);
      case "answers undefined":
        return AT_ONCE.includes(path) ? undefined : Promise.resolve(undefined);
    }
  };
