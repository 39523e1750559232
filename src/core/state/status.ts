import type { Address } from "../address";
import { isAnswerLate } from "./awaited";
import { isGuarded } from "./guard";
import { guardLimitAt, type GuardLimit } from "./guard-limit";
import type { Incident } from "../incident/incident";
import { isGranted, isPermissionGone } from "./permission";
import { openIncidents } from "./reduce";
import { isUnwatched, isWatched, pinsAt, windowStateOf, type State } from "./state";
import { isRed, type Verdict } from "../incident/verdict";

/** What is shown of an address, or of a tab without a watched address. */
export type Status =
  | { readonly kind: "incident"; readonly incident: Incident }
  | { readonly kind: "checked"; readonly verdict: Verdict; readonly at: number }
  | { readonly kind: "not-yet" }
  | { readonly kind: "not-watched" };

/** What Latchkey is allowed to see. */
export interface Sight {
  readonly private: boolean;
  /** Granted origin patterns, as Firefox lists them. */
  readonly origins: readonly string[];
}

const unchecked = (reason: "permission-gone" | "storage-damaged" | "not-answered" | GuardLimit): Status => ({
  kind: "checked",
  verdict: { kind: "unchecked", reason },
  at: 0,
});

/** Red or amber as long as an incident is open, then what could not be checked, then the newest real check. */
export function statusAt(state: State, address: Address, sight: Sight): Status {
  const incident = newest(openIncidents(state, sight.private).filter((open) => open.address === address));
  if (isUnwatched(state, address, sight.private)) return { kind: "not-watched" };
  if (incident !== undefined) return { kind: "incident", incident };
  if (!isWatched(state, address, sight.private)) return { kind: "not-watched" };
  if (state.damage !== undefined) return unchecked("storage-damaged");
  if (!isGranted(sight.origins, address)) return unchecked("permission-gone");
  const limit = guardLimitAt(state, address, sight.private);
  if (limit !== undefined) return unchecked(limit);
  if (isAnswerLate(state, address, sight.private)) return unchecked("not-answered");
  const side = windowStateOf(state, sight.private);
  const failure = side.failures.find((failed) => failed.address === address);
  // A proxy on the way of a check limits only Guard.
  if (failure !== undefined && (failure.reason !== "proxy" || isGuarded(state, address, sight.private))) {
    const { reason, words, at } = failure;
    return { kind: "checked", verdict: { kind: "unchecked", reason, ...(words === undefined ? {} : { words }) }, at };
  }
  const check = side.checks.find((checked) => checked.address === address);
  if (check !== undefined) return { kind: "checked", verdict: check.verdict, at: check.at };
  if (pinsAt(state, address, sight.private).length === 0)
    return { kind: "checked", verdict: { kind: "unpinned" }, at: 0 };
  return { kind: "not-yet" };
}

/** What tabs without a watched address show: only what concerns every tab. */
export function statusElsewhere(state: State, origins: readonly string[]): Status {
  const incident = newest(openIncidents(state, false));
  if (incident !== undefined) return { kind: "incident", incident };
  if (state.damage !== undefined) return unchecked("storage-damaged");
  return isPermissionGone(state, origins) ? unchecked("permission-gone") : { kind: "not-watched" };
}

/**
 * The most urgent one: red before amber, a presented certificate before one that is only in the public logs, then the
 * newest.
 */
const newest = (incidents: readonly Incident[]): Incident | undefined =>
  [...incidents].sort((a, b) => urgencyOf(b) - urgencyOf(a) || b.last - a.last)[0];

const urgencyOf = ({ verdict }: Incident): number => (isRed(verdict) ? (verdict.kind === "logged" ? 1 : 2) : 0);
