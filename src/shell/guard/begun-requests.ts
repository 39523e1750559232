import { mayGuardAny } from "../../core/state/guard";
import type { State } from "../../core/state/state";

/**
 * Listens to requests that begin while something is guarded, or may be, and holds passive ones (`passive-types.ts`)
 * before they leave. No other listener needs an answer about them. Firefox holds every request of every page until each
 * listener has answered.
 */
export interface BegunRequests {
  /**
   * Listens at once, because nothing is known yet in the first task of the background. Firefox wakes a suspended
   * background for the listeners it had last, and drops those that its first task doesn't add again.
   * @param start - begins to listen; called again when an instance is guarded
   * @param stop - ends it
   */
  readonly listen: (start: () => void, stop: () => void) => void;
  /** Called with the state after each change. */
  readonly onState: (state: State) => void;
}

export function createBegunRequests(): BegunRequests {
  let isListening = false;
  let [start, stop] = [(): void => undefined, (): void => undefined];
  return {
    listen: (...both) => {
      [start, stop] = both;
      isListening = true;
      start();
    },
    onState: (state) => {
      if (mayGuardAny(state) === isListening) return;
      isListening = !isListening;
      if (isListening) start();
      // Requests that wait for the state are answered first.
      else
        setTimeout(() => {
          if (!isListening) stop();
        });
    },
  };
}
