// What keeps Guard from checking in this Firefox or on this network. Guard then says so instead of guessing.
import type { Address } from "../address";
import { isGuarded } from "./guard";
import type { Route } from "../probe/route";
import { isPinned, windowStateOf, type WindowState, type State } from "./state";

/** Why Guard can't check here. The codes are among those of `observation.ts`, each with its own text. */
export type GuardLimit = "unproven-firefox" | "proxy" | NonNullable<WindowState["limit"]>;

/**
 * The Firefox versions on which every attacker of the lab fails under Guard. On 159, one that speaks HTTP/2 succeeds
 * (docs/guard.md, "Known to fall").
 */
export const PROVEN_FIREFOX = { oldest: 153, newest: 153 };

const isProven = (version: number): boolean => version >= PROVEN_FIREFOX.oldest && version <= PROVEN_FIREFOX.newest;

/**
 * Whether Guard works with this version of Firefox: tests show that it holds, or the user accepted this one version.
 */
export const isFirefoxKnown = ({ session, acceptedFirefox }: State): boolean =>
  session.firefox === undefined || isProven(session.firefox) || session.firefox === acceptedFirefox;

/**
 * Whether Guard can check requests on this route. If a proxy is asked for a tunnel, Firefox reports no times of the
 * connection. Through SOCKS it does. Tests show this for {@link PROVEN_FIREFOX} alone: accepting another version
 * doesn't extend to it.
 */
export const mayCheckThrough = ({ session }: State, { kind }: Route): boolean =>
  kind === "direct" || (kind === "socks" && (session.firefox === undefined || isProven(session.firefox)));

/** What keeps Guard from checking in windows of this kind; `undefined` if nothing is known. */
export const guardLimit = (state: State, isPrivate: boolean): GuardLimit | undefined =>
  isFirefoxKnown(state) ? windowStateOf(state, isPrivate).limit : "unproven-firefox";

/** The same for one address; `undefined` if Guard is off. */
export function guardLimitAt(state: State, address: Address, isPrivate: boolean): GuardLimit | undefined {
  if (!isGuarded(state, address, isPrivate)) return undefined;
  return guardLimit(state, isPrivate) ?? (isProxied(state, address, isPrivate) ? "proxy" : undefined);
}

const isProxied = (state: State, address: Address, isPrivate: boolean): boolean =>
  windowStateOf(state, isPrivate).proxied?.includes(address) === true;

/**
 * Saves the route of a page's request. Only for pinned addresses, because an attacker may open any number of others.
 * @param isThere - whether it goes through a proxy that Guard can't check through
 * @returns the same state if nothing changes
 */
export function noteProxy(state: State, address: Address, isPrivate: boolean, isThere: boolean): State {
  if (isProxied(state, address, isPrivate) === isThere || (isThere && !isPinned(state, address))) return state;
  const name = isPrivate ? "private" : "ordinary";
  const { proxied = [], ...side } = state.session[name];
  const addresses = isThere ? [...proxied, address] : proxied.filter((other) => other !== address);
  const noted = addresses.length === 0 ? side : { ...side, proxied: addresses };
  return { ...state, session: { ...state.session, [name]: noted } };
}

/**
 * Saves why Guard can't check in this Firefox, as a round of probes showed. @param limit - `undefined` if it could
 * check
 */
export function noteLimit(state: State, limit: WindowState["limit"] | undefined, isPrivate: boolean): State {
  const name = isPrivate ? "private" : "ordinary";
  const { limit: old, ...side } = state.session[name];
  if (old === limit) return state;
  return { ...state, session: { ...state.session, [name]: { ...side, ...(limit === undefined ? {} : { limit }) } } };
}

/** @param version - Firefox's, as `runtime.getBrowserInfo` reports it ("159.0.1"); `undefined` if it doesn't */
export const noteFirefox = (state: State, version: string | undefined): State => {
  const major = Number.parseInt(version ?? "", 10);
  const firefox = Number.isSafeInteger(major) ? major : 0;
  return state.session.firefox === firefox ? state : { ...state, session: { ...state.session, firefox } };
};

/** The user lets Guard work with this version of Firefox, and with no other. */
export const acceptFirefox = (state: State): State =>
  state.session.firefox === undefined ? state : { ...state, acceptedFirefox: state.session.firefox };
