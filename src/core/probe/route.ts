// How Firefox reaches a server: directly, or through a proxy.
import * as z from "zod/mini";

/**
 * - `direct`: Firefox connects to the server.
 * - `socks`: Firefox connects to a SOCKS proxy, which passes on bytes. Firefox treats such a connection as its own.
 * - `tunnel`: Firefox asks a proxy for a tunnel (HTTP, HTTPS, MASQUE), or the kind of proxy is unknown.
 */
export interface Route {
  readonly kind: "direct" | "socks" | "tunnel";
  /** The same for two requests only if they go through the same proxy, with the same login and isolation. */
  readonly name: string;
}

const PROXY = z.object({ type: z.string() });
const SOCKS = new Set(["socks", "socks4"]);
export const DIRECT: Route = { kind: "direct", name: "" };

/**
 * Reads what webRequest says about a request's proxy. Total: if it can't be read, it is a `tunnel`, where Guard can't
 * check.
 * @param proxyInfo - `details.proxyInfo` (Firefox: `MozProxyInfo` in `ChannelWrapper.webidl`)
 */
export function routeOf(proxyInfo: unknown): Route {
  if (proxyInfo === undefined || proxyInfo === null) return DIRECT;
  const proxy = PROXY.safeParse(proxyInfo);
  if (!proxy.success) return { kind: "tunnel", name: "unknown" };
  const { type } = proxy.data;
  if (type === "direct") return DIRECT;
  return { kind: SOCKS.has(type) ? "socks" : "tunnel", name: JSON.stringify(proxyInfo) };
}

/**
 * Whether probes on these routes show anything about a request on one of them. All routes must be the same. An
 * extension may use a proxy for some tabs only, and Firefox may use another proxy for WebSockets.
 */
export const canCompare = (routes: readonly Route[]): boolean =>
  routes.every(({ kind, name }) => kind !== "tunnel" && name === routes[0]?.name);
