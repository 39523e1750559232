import type { Address } from "../../core/address";
import type { Route } from "../../core/probe/route";
import type { Sensitivity } from "../../core/state/guard";
import type { Reason } from "../../core/tls/observation";

/** Why a request was stopped. */
export type BlockReason =
  "quarantine" | "insecure" | "paused" | "damaged" | "not-ours" | "inconclusive" | "other-port" | Reason;

/** A request that carries a secret. */
export interface Secret {
  readonly address: Address;
  readonly private: boolean;
  readonly tabId: number;
  /** The name of the pool of connections it goes out of. */
  readonly pool: string;
  readonly method: string;
  readonly sensitivity: Exclude<Sensitivity, "nothing">;
  /** Bytes of its body. */
  readonly size: number;
  /** How it goes to the server. */
  readonly route: Route;
  /**
   * The last question before it leaves. It is asked early, because nothing may take time once the probe that goes with it
   * is there: an observer would see that the two leave further apart than two probes do.
   * @returns why it may not leave, or nothing
   */
  readonly mayLeave: () => Promise<BlockReason | undefined>;
}

export interface HeldRequest extends Secret {
  /** When it is blocked at the latest; see {@link monotonicNow}. */
  readonly deadline: number;
  readonly end: (stop: BlockReason | undefined) => void;
  isOver: boolean;
}

/** Secrets that are let go together: those of one batch, whose answers Firefox takes together, and of one pool. */
export interface ReleaseGroup {
  readonly held: readonly HeldRequest[];
}

export const poolsOf = ({ held }: ReleaseGroup): string[] => [...new Set(held.map(({ pool }) => pool))];
