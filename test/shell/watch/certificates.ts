// A fake of the certificates that the watcher asks Firefox for.
import { securityInfoOf, type Peer } from "../fake/profile";

/** Whose certificate Firefox reports for a request. */
export const firefox: { peer: Peer } = { peer: "own" };
export const browser = {
  webRequest: { getSecurityInfo: () => Promise.resolve(securityInfoOf(firefox.peer)) },
  tabs: { query: () => Promise.resolve([]), update: () => Promise.resolve() },
  runtime: { getURL: (path: string) => path },
  permissions: { contains: () => Promise.resolve(true) },
};
