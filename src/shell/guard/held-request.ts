import type { Address } from "../../core/address";
import type { Route } from "../../core/probe/route";
import type { Sensitivity } from "../../core/state/guard";
import type { Reason } from "../../core/tls/observation";
import type { Gate } from "../probe/gate";

/** Why a request was stopped. */
export type BlockReason =
  "quarantine" | "insecure" | "paused" | "damaged" | "not-ours" | "inconclusive" | "other-port" | Reason;

/** A request that carries a secret. */
export interface Secret {
  readonly address: Address;
  readonly private: boolean;
  readonly tabId: number;
  /** The name of the pool of connections that it uses. */
  readonly pool: string;
  readonly method: string;
  /** Whether it is for a part of a camera's stream. */
  readonly isStream: boolean;
  readonly sensitivity: Exclude<Sensitivity, "nothing">;
  /** Bytes of its body. */
  readonly size: number;
  /** Bytes of its head; see `core/probe/probe.ts`. */
  readonly head: number;
  /** Tells it how long its head must be when it leaves, so that it resembles a probe. */
  readonly padTo: (head: number) => void;
  /** Tells it the gate that it leaves through. Without one, it doesn't leave. */
  readonly leaveThrough: (gate: Gate) => void;
  /** Resolves when it is answered, or has failed. */
  readonly over: () => Promise<void>;
  /** How it goes to the server, such as through a proxy. */
  readonly route: Route;
  /** The last check before it leaves. @returns why it may not, or nothing */
  readonly mayLeave: () => BlockReason | undefined;
}

/** Why a held request doesn't leave. `given-up`: its page or its user needs it no more, so nobody is told. */
export type Stop = BlockReason | "given-up";

export interface HeldRequest extends Secret {
  /** The latest time at which it is blocked; see {@link monotonicNow}. */
  deadline: number;
  /** Called when its own rounds begin: its time to be checked starts. */
  readonly begin: () => void;
  readonly end: (stop: Stop | undefined) => void;
  isOver: boolean;
}

/** Secrets that leave together: those of one batch, whose answers Firefox takes together, and of one pool. */
export interface ReleaseGroup {
  readonly held: readonly HeldRequest[];
}

export const poolsOf = ({ held }: ReleaseGroup): string[] => [...new Set(held.map(({ pool }) => pool))];
