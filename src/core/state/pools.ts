// How much is kept of Firefox's connection pools for the session. An attacker may open any number of addresses. Guard
// must not think that a pool is empty because others have pushed it out of the list.
import { ADDRESS, type Address } from "../address";
import { keepNewest, MAX_ENTRIES, MAX_UNDER_WAY } from "../bounds";
import { isPinned, type Pool, type Session, type State } from "./state";

/** The address that a pool leads to: its name begins with it. */
const addressOf = ({ name }: Pool): Address | undefined => ADDRESS.safeParse(name.split(" ", 1)[0]).data;

const isOfPinned = (state: State, pool: Pool): boolean => {
  const address = addressOf(pool);
  return address !== undefined && isPinned(state, address);
};

/**
 * The pools that the background can forget if there are too many: they have no unfinished requests, and Firefox has
 * closed their connections. Those of pinned addresses stay.
 * @param before - on the clock of `shell/monotonic-clock.ts`: connections that were last used before this time are
 * closed
 * @returns their names
 */
export const idlePools = (state: State, pools: readonly Pool[], before: number): string[] =>
  pools.length <= MAX_ENTRIES
    ? []
    : pools
        .filter((pool) => pool.underWay.length === 0 && pool.keptAt < before && !isOfPinned(state, pool))
        .map(({ name }) => name);

/**
 * Saves the pools in the session: as many as fit, pinned addresses first. If some are left out, the session records the
 * time. Until connections of that time are closed, any pool that isn't in the list may have some.
 * @param pools - the one that was used last at the end
 * @param now - on the clock of `shell/monotonic-clock.ts`
 */
export function notePools(state: State, pools: readonly Pool[], now: number): State {
  const kept = keepNewest(pools, (pool) => isOfPinned(state, pool));
  const isLost = kept.length < pools.length || pools.some(({ underWay }) => underWay.length > MAX_UNDER_WAY);
  const session: Session = {
    ...state.session,
    pools: kept.map((pool) => ({ ...pool, underWay: pool.underWay.slice(-MAX_UNDER_WAY) })),
    ...(isLost ? { poolsLostAt: now } : {}),
  };
  return { ...state, session };
}
