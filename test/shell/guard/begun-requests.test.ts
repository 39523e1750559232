import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EMPTY_SESSION, EMPTY_STORED_STATE, type State } from "../../../src/core/state/state";
import { createBegunRequests, type BegunRequests } from "../../../src/shell/guard/begun-requests";
import { INSTANCE } from "../../core/samples";

const OFF: State = { stored: EMPTY_STORED_STATE, session: EMPTY_SESSION, guarded: [], ctStates: [] };
const ON: State = { ...OFF, guarded: [INSTANCE] };

let begun: BegunRequests;
let isListening: boolean;
beforeEach(() => {
  vi.useFakeTimers();
  isListening = false;
  begun = createBegunRequests();
  begun.listen(
    () => {
      isListening = true;
    },
    () => {
      isListening = false;
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
});

it("listens before anything is known", () => {
  vi.runAllTimers();
  expect(isListening).toBe(true);
});

it.each<[string, State, boolean]>([
  ["nothing is guarded", OFF, false],
  ["an instance is guarded", ON, true],
  ["what is guarded can't be read", { ...OFF, guarded: "unknown" }, true],
  ["what was saved can't be read", { ...OFF, damage: "torn" }, true],
])("listens only if something may be guarded: %s", (_, state, listens) => {
  begun.onState(state);
  vi.runAllTimers();
  expect(isListening).toBe(listens);
});

it("still listens while requests wait for the state", () => {
  begun.onState(OFF);
  expect(isListening).toBe(true);
});

it("listens at once when Guard is switched on", () => {
  begun.onState(OFF);
  vi.runAllTimers();
  begun.onState(ON);
  expect(isListening).toBe(true);
});

it("goes on listening when Guard is switched on a moment after nothing was guarded", () => {
  begun.onState(OFF);
  begun.onState(ON);
  vi.runAllTimers();
  expect(isListening).toBe(true);
});
