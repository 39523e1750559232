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

it.each<[what: string, response: object, count: number]>([
  ["that may go on", {}, 1],
  ["that may go on with other headers", { requestHeaders: [] }, 1],
  ["that is cancelled", { cancel: true }, 0],
])("notes each request once %s, whatever the note comes to", async (_, response, count) => {
  vi.spyOn(console, "error").mockReturnValue();
  for (const answer of [response, Promise.resolve(response)]) {
    const note = vi.fn(() => {
      throw new Error("the note");
    });
    const wrapped = failClosed(() => answer, vi.fn(), note);
    expect(await wrapped({})).toBe(response);
    expect(note).toHaveBeenCalledTimes(count);
  }
});

it("cancels when even the decision fails", async () => {
  const wrapped = failClosed(
    () => Promise.reject(new Error("the listener")),
    () => {
      throw new Error("the decision");
    },
  );
  expect(await wrapped({})).toEqual({ cancel: true });
});
