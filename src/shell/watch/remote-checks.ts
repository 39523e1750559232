import { isCloudAddress, placeOf, type Address } from "../../core/address";
import { isOurs } from "../../core/incident/verdict";
import { compareLocal, needsProbe, type Comparison } from "../../core/pin/compare-local";
import type { LocalReading } from "../../core/pin/local-page";
import { openIncidents } from "../../core/state/reduce";
import { pinsAt, pinsOf, windowStateOf, type State } from "../../core/state/state";
import type { Store } from "../storage/store";
import type { Visits } from "./visits";

export interface RemoteChecks {
  /** Compares what a local page reports with the pins and, if needed, with what the remote address presents now. */
  readonly compare: (telling: LocalReading, isPrivate: boolean) => Promise<Comparison>;
  /**
   * Whether the page's own address presents a pinned certificate now, and no warning is open there. Then the page came
   * from no one else. A pin that was trusted on first use doesn't count. Only own domains are asked about, because the
   * cloud's names never lead home.
   */
  readonly answersPinned: (state: State, url: string, isPrivate: boolean) => Promise<boolean>;
}

/** The connection checks that reading a local page needs: what a page reports proves nothing alone. */
export const createRemoteChecks = (store: Store, visits: Visits): RemoteChecks => ({
  compare: async (telling, isPrivate) => {
    const state = await store.read();
    const pins = pinsOfHosts(state, telling.hosts, isPrivate);
    if (!needsProbe(telling, pins)) return compareLocal(telling, pins, undefined);
    const address = telling.hosts.find((host) => pins.some((pin) => pin.hosts.includes(host)));
    const outcome = address === undefined ? undefined : await visits.probe(address, isPrivate);
    const after = await store.read();
    // Use the result of the check, not its time: a result that is the same as a moment ago is not noted again.
    const check = windowStateOf(after, isPrivate).checks.find((other) => other.address === address);
    const seen = outcome?.kind === "judged" ? check?.handshake : undefined;
    return compareLocal(telling, pinsOfHosts(after, telling.hosts, isPrivate), seen);
  },

  answersPinned: async (state, url, isPrivate) => {
    const at = placeOf(url);
    if (at?.secure !== true || isCloudAddress(at.address) || pinsAt(state, at.address, isPrivate).length === 0)
      return false;
    const outcome = await visits.probe(at.address, isPrivate);
    const after = await store.read();
    if (outcome.kind !== "judged" || openIncidents(after, isPrivate).some(({ address }) => address === at.address))
      return false;
    const check = windowStateOf(after, isPrivate).checks.find(({ address }) => address === at.address);
    return check !== undefined && isOurs(check.verdict) && check.verdict.kind !== "unchanged";
  },
});

const pinsOfHosts = (state: State, hosts: readonly Address[], isPrivate: boolean) =>
  pinsOf(state, isPrivate).filter((pin) => pin.hosts.some((host) => hosts.includes(host)));
