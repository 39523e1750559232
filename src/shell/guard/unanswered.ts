import type { Address } from "../../core/address";
import type { Unanswered } from "../../core/incident/verdict";
import { observeUnanswered } from "../../core/state/reduce";
import type { Store } from "../storage/store";
import type { Notifier } from "../ui/notifier";

/** A request that someone may have read: `url` is the instance's own by default. */
export interface UnansweredRequest {
  readonly type: string;
  readonly method: string;
  readonly url?: string;
}

/** Records, and warns, that someone took what was sent and did not answer for the instance. */
export type RecordUnanswered = (
  address: Address,
  isPrivate: boolean,
  carried: Unanswered,
  request: UnansweredRequest,
  reason?: "cut-off" | "restarted",
) => Promise<void>;

export const createUnansweredRecorder =
  (store: Store, notifier: Notifier): RecordUnanswered =>
  async (address, isPrivate, carried, request, reason = "cut-off") => {
    const { notify } = await store.change((state) =>
      observeUnanswered(
        state,
        {
          address,
          at: Date.now(),
          private: isPrivate,
          freshness: "live",
          seen: { kind: "nothing", reason },
          request: { url: `https://${address}/`, ...request },
        },
        carried,
      ),
    );
    // Not awaited: held requests would wait for it, too.
    if (notify !== undefined) void notifier.notify(notify, isPrivate);
  };
