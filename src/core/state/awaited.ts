// Requests that were sent and have no answer yet. An attacker can take a request, read it, and keep the connection open
// without answering. Nothing fails then, so only the time shows it.
import type { Address } from "../address";
import { keepNewest } from "../bounds";
import { editWindowState } from "./edit";
import { isPinned, isWatched, windowStateOf, type Awaited, type State } from "./state";

/**
 * If a request has no answer after this time, in ms, someone who stays silent may have read it. Home Assistant answers
 * nearly everything sooner. Two timeouts of Firefox are longer. After 20 s it gives up the handshake of a WebSocket
 * (`network.websocket.timeout.open`), which would otherwise count as not reached. After 30 s it ends the idle
 * background (`extensions.background.idle.timeout`), and its timers with it.
 */
export const ANSWER_LIMIT = 15_000;
/** Requests that are answered sooner, in ms, aren't saved: Firefox doesn't end the background that soon. */
export const NOTE_AFTER = 2_000;

/** Saves a request of a watched address that has no answer yet, so that the background knows it after a restart. */
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

/** A request was answered by anyone, or is over. */
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
