import { placeOf } from "../../core/address";
import { ANSWER_LIMIT, forgetAwaited, NOTE_AFTER, noteAwaited, noteLate } from "../../core/state/awaited";
import type { Awaited } from "../../core/state/state";
import { monotonicNow } from "../monotonic-clock";
import type { Store } from "../storage/store";

interface Sent {
  readonly requestId: string;
  readonly url: string;
  readonly tabId: number;
  readonly timeStamp: number;
  readonly incognito?: boolean;
}

/**
 * Keeps the start time of requests without a response, of all tabs and workers, also over a suspension of the
 * background.
 */
export interface AwaitedAnswers {
  readonly sent: (details: Sent) => void;
  /** A request's headers have come, or it failed. */
  readonly over: (requestId: string) => void;
  /** When a request was sent that is not over; `undefined` if not known. The background may have restarted since. */
  readonly find: (requestId: string) => Promise<Awaited | undefined>;
  /** A tab was closed, and its requests with it. Firefox (153) does not always report their end. */
  readonly tabClosed: (tabId: number) => void;
}

interface UnderWay {
  readonly awaited: Awaited;
  readonly private: boolean;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** @param store - its session has what was noted before the background restarted */
export function createAwaitedAnswers(store: Store): AwaitedAnswers {
  const underWay = new Map<string, UnderWay>();

  const setLate = (id: string): void => {
    void store.change((state) => noteLate(state, id));
  };
  const note = (id: string): void => {
    const request = underWay.get(id);
    if (request === undefined) return;
    // Changes wait in a queue. A request that is over before its turn is not noted.
    void store.change((state) => (underWay.has(id) ? noteAwaited(state, request.awaited, request.private) : state));
    underWay.set(id, { ...request, timer: setTimeout(setLate, ANSWER_LIMIT - NOTE_AFTER, id) });
  };

  /** Requests outlive the background. Those under way when it was suspended still are. */
  const former = store.read().then(({ session }) => {
    const all = [...(session.ordinary.awaited ?? []), ...(session.private.awaited ?? [])];
    for (const { id, since, isLate } of all)
      if (!isLate) setTimeout(setLate, ANSWER_LIMIT - (monotonicNow() - since), id);
    return new Map(all.map((awaited) => [awaited.id, awaited]));
  });

  const over = (id: string): void => {
    clearTimeout(underWay.get(id)?.timer);
    underWay.delete(id);
    // Nearly every request is answered before it is noted, so it need not wait in the queue of changes.
    const state = store.peek();
    if (state === undefined || forgetAwaited(state, id) !== state)
      void store.change((current) => forgetAwaited(current, id));
  };

  return {
    over,
    find: async (id) => underWay.get(id)?.awaited ?? (await former).get(id),
    sent: ({ requestId: id, url, tabId, timeStamp: at, incognito }) => {
      clearTimeout(underWay.get(id)?.timer); // after a redirect, it is sent again with the same id
      const address = placeOf(url)?.address;
      if (address === undefined) return;
      const awaited = { id, address, tabId, at, since: monotonicNow(), isLate: false };
      underWay.set(id, { awaited, private: incognito === true, timer: setTimeout(note, NOTE_AFTER, id) });
    },
    tabClosed: (tabId) => {
      for (const [id, { awaited }] of underWay) if (awaited.tabId === tabId) over(id);
      void former.then((all) => {
        for (const [id, awaited] of all) if (awaited.tabId === tabId) over(id);
      });
    },
  };
}
