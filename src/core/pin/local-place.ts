import ipaddr from "ipaddr.js";
import type { Address } from "../address";
import { CLOUD_DOMAIN, hostOf, urlOf } from "../address";
import { err, ok, type Result } from "../result";

/** A page that could be the instance's own, and whether it is reached by a VPN's addresses. */
export interface LocalPlace {
  /** Host and port, as the address bar shows them. */
  readonly host: string;
  readonly isVpn: boolean;
}

/** Why the instance's certificate can't be learned from this page. */
export type PlaceError =
  | { readonly code: "place-not-a-page" | "place-remote" | "place-own-name" | "place-unresolved" }
  | { readonly code: "place-public"; readonly ip: string };

/** How an IP address is reached: at home only, at home or by a private VPN (RFC 6598), or by anyone. */
type Reach = "home" | "vpn" | "public";
const REACHES: Readonly<Partial<Record<string, Reach>>> = {
  loopback: "home",
  private: "home",
  linkLocal: "home",
  uniqueLocal: "home",
  carrierGradeNat: "vpn",
};
const reachOf = (ip: string): Reach | undefined =>
  ipaddr.isValid(ip) ? (REACHES[ipaddr.process(ip).range()] ?? "public") : undefined;

/**
 * An address that the whole internet can reach. Routers give one to every device in addition to its private address.
 */
const isGlobalV6 = (ip: string): boolean => {
  if (!ipaddr.isValid(ip)) return false;
  const read = ipaddr.process(ip);
  return read.kind() === "ipv6" && read.range() === "unicast";
};

/**
 * What Firefox reports about the server that answered (`webRequest.onHeadersReceived`); nothing if the answer was
 * cached.
 */
export interface Answerer {
  readonly ip?: string | null | undefined;
  /** Set if the connection went through a proxy: then the address is the proxy's. */
  readonly proxyInfo?: { readonly type: string } | null | undefined;
}

/**
 * Whether an answer came from an address that only a private network or a VPN has. It may be the user's own network or
 * any other, so it proves nothing. But a name that has another certificate at home is recognized by it.
 */
export const isPrivateAnswer = ({ ip, proxyInfo }: Answerer): boolean => {
  const isDirect = proxyInfo === undefined || proxyInfo === null || proxyInfo.type === "direct";
  return isDirect && typeof ip === "string" && (reachOf(ip) ?? "public") !== "public";
};

/** The address of a private network that an answer came from. @returns nothing to add if it came from elsewhere */
export const privateIpOf = (answerer: Answerer): { readonly privateIp?: string } =>
  isPrivateAnswer(answerer) && typeof answerer.ip === "string" ? { privateIp: answerer.ip } : {};

/** Names that are never looked up at public name servers (RFC 6762, RFC 6761). */
const isLocalName = (host: string): boolean => /(?:^|\.)(?:local|localhost)$/u.test(host);

/** A URL's host as an IP address without brackets; `undefined` if it is a name. */
const ipIn = (host: string): string | undefined => {
  const bare = host.replace(/^\[|\]$/gu, "");
  return ipaddr.isValid(bare) ? bare : undefined;
};

/** The name to resolve before {@link judgePlace} can judge, or `undefined` if there is none. */
export function nameToResolve(url: string): string | undefined {
  const host = urlOf(url)?.hostname.replace(/\.$/u, "") ?? "";
  return host === "" || ipIn(host) !== undefined || isLocalName(host) ? undefined : host;
}

/**
 * Whether a page's report may count as the instance's own. A fingerprint read through the remote address would prove
 * nothing: an attacker on the connection would report their own. A home address doesn't prove that the user is at home
 * either, so the user is still asked.
 * @param url - of the tab
 * @param watched - the addresses that are watched, remote ones by definition
 * @param reported - the hosts of the certificate that the page reports; empty before it has been asked
 * @param resolved - the addresses of {@link nameToResolve}'s name
 * @param isVerified - whether the server has just presented a pinned certificate at the page's own address. If a remote
 * name resolves to the home network (split DNS), the pin then verifies the page
 */
export function judgePlace(
  url: string,
  watched: readonly Address[],
  reported: readonly Address[],
  resolved: readonly string[],
  isVerified = false,
): Result<LocalPlace, PlaceError> {
  const page = urlOf(url);
  if (page === undefined || !/^https?:$/u.test(page.protocol)) return err({ code: "place-not-a-page" });
  const host = page.hostname.replace(/\.$/u, "");
  if (host === CLOUD_DOMAIN || host.endsWith(`.${CLOUD_DOMAIN}`)) return err({ code: "place-remote" });
  const ip = ipIn(host);
  const ips = ip === undefined ? resolved : [ip];
  const reaches = ips.map((one) => reachOf(one) ?? "public");
  const isPrivate = reaches.some((reach) => reach !== "public");
  const open = ips.find((one, index) => reaches[index] === "public" && !(isPrivate && isGlobalV6(one)));
  const isProven = isVerified && page.protocol === "https:" && isPrivate && open === undefined;
  if (!isProven && watched.some((other) => hostOf(other) === host)) return err({ code: "place-remote" });
  if (!isProven && reported.some((other) => hostOf(other) === host)) return err({ code: "place-own-name" });
  if (ip === undefined && isLocalName(host)) return ok({ host: page.host, isVpn: false });
  if (ips.length === 0) return err({ code: "place-unresolved" });
  if (open !== undefined) return err({ code: "place-public", ip: open });
  return ok({ host: page.host, isVpn: reaches.includes("vpn") });
}

/** The origin pattern for the permission to read a page without asking again (match patterns have no ports). */
export const pagePattern = (origin: string): string => `*://${new URL(origin).hostname}/*`;
