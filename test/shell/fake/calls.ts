export type Failure = "throws" | "rejects" | "hangs" | "answers undefined";
/** These don't answer with a promise. They can only throw or answer nothing. */
export const AT_ONCE: readonly string[] = [
  "runtime.getURL",
  "i18n.getMessage",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "WebSocket",
];

/** A call to Firefox by its path, and how it fails. */
export interface Failing {
  readonly call: string;
  readonly how: Failure;
}

/** Makes a function of Firefox that has a path and may fail. */
export type MakeCall = <A extends unknown[]>(path: string, answer: (...args: A) => unknown) => (...args: A) => unknown;

/** @param made - collects the path of every call */
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
