import * as z from "zod/mini";
import type { Address } from "../../core/address";
import { ISSUANCE, type Issuance } from "../../core/ct/issuance";
import type { Area } from "./area";
import { read, type Read } from "./store";

const KEPT = z.strictObject({ version: z.literal(1), issuances: z.array(ISSUANCE) });

/**
 * The certificates that the public logs list for each instance. There may be many; only the monitor and its page read
 * them.
 */
export interface CtStore {
  readonly read: (address: Address) => Promise<Read<readonly Issuance[]>>;
  readonly write: (address: Address, issuances: readonly Issuance[]) => Promise<void>;
}

const keyOf = (address: Address): string => `record ${address}`;

export const createCtStore = (local: Area): CtStore => ({
  read: async (address) => {
    const saved = await read(local, keyOf(address), KEPT);
    return saved.kind === "value" ? { kind: "value", value: saved.value.issuances } : saved;
  },
  write: (address, issuances) => local.set({ [keyOf(address)]: { version: 1, issuances } }),
});
