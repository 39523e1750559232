import { mayGuardAny } from "../../core/state/guard";
import type { State } from "../../core/state/state";

/**
 * Listens to requests that begin while something is guarded, or may be. Nothing else asks about them, and Firefox keeps
 * every request of every page back until each question is answered.
 */
export interface BegunRequests {
  /**
   * Listens at once, for nothing is known yet in the first turn of the background. Firefox wakes a suspended background for
   * what it listened to in the end, and drops what its first turn leaves out.
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
