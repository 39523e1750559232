import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { failClosed } from "../../../src/shell/guard/fail-closed";

const DECISION = { cancel: true, decided: true };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const LISTENERS: [what: string, listener: () => unknown, failure: string | undefined][] = [
  ["answers at once", () => ({}), undefined],
  ["answers later", () => Promise.resolve({}), undefined],
  [
    "throws",
    () => {
      throw new Error("at once");
    },
    "threw",
  ],
  ["rejects", () => Promise.reject(new Error("later")), "threw"],
  ["answers nothing", () => undefined, "threw"],
  ["resolves to nothing", () => Promise.resolve(undefined), "threw"],
  ["never answers", () => new Promise(() => undefined), "late"],
];
it.each(LISTENERS)(
  "decides instead of a listener only if it fails: a listener that %s",
  async (_, listener, failure) => {
    const failures: string[] = [];
    const wrapped = failClosed(listener as () => object, (_details, why) => {
      failures.push(why);
      return DECISION;
    });
    const answer = Promise.resolve(wrapped({}));
    await vi.runAllTimersAsync();
    expect(await answer).toEqual(failure === undefined ? {} : DECISION);
    expect(failures).toEqual(failure === undefined ? [] : [failure]);
  },
);

it("cancels when even the decision fails", async () => {
  const wrapped = failClosed(
    () => Promise.reject(new Error("the listener")),
    () => {
      throw new Error("the decision");
    },
  );
  expect(await wrapped({})).toEqual({ cancel: true });
});
