import { CLOUD_DOMAIN, hostOf, type Address } from "../address";
import { pinsOf, type State } from "./state";

/** Whether Firefox lets Latchkey see an address, by the origin patterns it lists (`permissions.getAll`). */
export function isGranted(origins: readonly string[], address: Address): boolean {
  const host = hostOf(address);
  return origins.some((pattern) => {
    if (pattern === "<all_urls>") return true;
    const match = /^(?:\*|https):\/\/(\*|(?:\*\.)?[^*/]+)\/\*$/u.exec(pattern)?.[1];
    if (match === undefined) return false;
    if (match === "*" || match === host) return true;
    return match.startsWith("*.") && (host === match.slice(2) || host.endsWith(match.slice(1)));
  });
}

/** The pattern of the cloud's hosts in the manifest. */
export const CLOUD_PATTERN = `*://*.${CLOUD_DOMAIN}/*`;

/** Whether Latchkey can't see an address that it should watch: a pinned address, or the cloud if nothing is pinned. */
export function isPermissionGone(state: State, origins: readonly string[]): boolean {
  const pinned = pinsOf(state, false).flatMap(({ hosts }) => hosts);
  const watched = pinned.filter((address) => !state.stored.unwatched.includes(address));
  return watched.length === 0 ? !origins.some(coversCloud) : watched.some((address) => !isGranted(origins, address));
}

const coversCloud = (pattern: string): boolean =>
  pattern === "<all_urls>" || pattern === "*://*/*" || pattern === CLOUD_PATTERN;
