// Requests that were sent and have no answer yet. An attacker can take a request, read it, and keep the connection open
// without a word: nothing fails then, so only the time tells.
import type { Address } from "../address";
import { keepNewest } from "../bounds";
import { editWindowState } from "./edit";
import { isPinned, isWatched, windowStateOf, type Awaited, type State } from "./state";

/**
 * A request without an answer for so long, in ms, may have been read by someone who keeps still. Home Assistant answers
 * nearly everything sooner. Two timeouts of Firefox are longer: 20 s for the handshake of a WebSocket
 * (`network.websocket.timeout.open`), which would otherwise count as not reached, and 30 s until the idle background ends
 * (`extensions.background.idle.timeout`), and its timers with it.
 */
export const ANSWER_LIMIT = 15_000;
/** What is answered sooner, in ms, need not be written down: Firefox does not end the background so soon. */
export const NOTE_AFTER = 2_000;

/** Notes a request of a watched address that has no answer yet, so that the next life of the background knows it. */
export const noteAwaited = (state: State, awaited: Awaited, isPrivate: boolean): State =>
  isWatched(state, awaited.address, isPrivate)
    ? editWindowState(state, isPrivate, (side) => ({
        ...side,
        awaited: [
          ...keepNewest([...(side.awaited ?? []).filter(({ id }) => id !== awaited.id), awaited], ({ address }) =>
            isPinned(state, address),
          ),
        ],
      }))
    : state;

/** A request has waited for {@link ANSWER_LIMIT}. */
export const noteLate = (state: State, id: string): State =>
  edit(state, id, (awaited) => (awaited.isLate ? awaited : { ...awaited, isLate: true }));

/** A request was answered, by whom ever, or is over. */
export const forgetAwaited = (state: State, id: string): State => edit(state, id, () => undefined);

function edit(state: State, id: string, change: (awaited: Awaited) => Awaited | undefined): State {
  const editOne = (next: State, isPrivate: boolean): State =>
    editWindowState(next, isPrivate, (side) => {
      const found = side.awaited?.find((awaited) => awaited.id === id);
      if (found === undefined) return side;
      const changed = change(found);
      if (changed === found) return side;
      const awaited = (side.awaited ?? []).flatMap((one) => (one !== found ? [one] : changed ? [changed] : []));
      return { ...side, awaited };
    });
  return editOne(editOne(state, false), true);
}

/** Whether a request of an address has waited for too long: then nothing there is shown as verified. */
export const isAnswerLate = (state: State, address: Address, isPrivate: boolean): boolean =>
  (windowStateOf(state, isPrivate).awaited ?? []).some((awaited) => awaited.address === address && awaited.isLate);
