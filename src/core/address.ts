import * as z from "zod/mini";
import { err, ok, type Result } from "./result";

declare const brand: unique symbol;
/**
 * A host with its port, as the address bar shows it: `abc.ui.nabu.casa`, `ha.example.org:8443` (443 is left out). Lower
 * case, punycode, no trailing dot. Only {@link parseAddress} and {@link placeOf} make one.
 */
export type Address = string & { readonly [brand]: "Address" };

/** The domain of Home Assistant Cloud's remote access; every host under it is watched. */
export const CLOUD_DOMAIN = "ui.nabu.casa";

export type AddressError =
  | {
      readonly code: "address-empty" | "address-not-a-host" | "address-has-login" | "address-local" | "address-several";
    }
  /** Nearly an address of Home Assistant Cloud: the user is asked whether `meant` was meant. */
  | { readonly code: "address-did-you-mean"; readonly meant: Address };

/** Reads what a person types as "remote address": a host, with or without scheme, port and path. Never throws. */
export function parseAddress(input: string): Result<Address, AddressError> {
  const text = input.trim();
  if (text === "") return err({ code: "address-empty" });
  const url = urlOf(/^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `https://${text}`);
  if (url === undefined || !/^(?:https?|wss?):$/u.test(url.protocol)) return err({ code: "address-not-a-host" });
  if (url.username !== "" || url.password !== "") return err({ code: "address-has-login" });
  const host = url.hostname.replace(/\.$/u, "");
  const isIp = host.startsWith("[") || /^[\d.]+$/u.test(host);
  if (isIp || !host.includes(".") || /\.(?:local|localhost|home\.arpa)$/u.test(host))
    return err({ code: "address-local" });
  if (!/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]+$/u.test(host)) return err({ code: "address-not-a-host" });
  return ok(withPort(host, url.port));
}

/**
 * Reads what a person types or pastes as "remote address", like {@link parseAddress}. It refuses text with two
 * addresses, because a field of one line joins the lines that are pasted into it.
 * @param asked - the address about which the user was asked "did you mean …" before sending it again
 */
export function readAddress(input: string, asked?: string): Result<Address, AddressError> {
  const [place = ""] = input.trim().split(/[?#]/u, 1); // a query may well hold another address
  if (place.length > MAX_PLACE) return err({ code: "address-not-a-host" });
  if (/.[a-z]+:\/\//isu.test(place.replace(/^[a-z]+:\/\//iu, ""))) return err({ code: "address-several" });
  const words = place.split(/[\s,;|]+/u).filter((word) => /[.:]/u.test(word) && parseAddress(word).ok);
  if (words.length > 1) return err({ code: "address-several" });
  const parsed = parseAddress(input);
  if (!parsed.ok) return parsed;
  const host = hostOf(parsed.value);
  if (host.length > MAX_HOST) return err({ code: "address-not-a-host" });
  if (host.split(CLOUD_DOMAIN).length > 2) return err({ code: "address-several" });
  const meant = cloudMeant(host);
  return meant === undefined || asked === input ? parsed : err({ code: "address-did-you-mean", meant });
}

/** No host name is longer (RFC 1035, 2.3.4); a path may be. */
const MAX_HOST = 253;
const MAX_PLACE = 4000;

/** The cloud address that a host was most likely meant to be: its name under the domain has one or two typos. */
function cloudMeant(host: string): Address | undefined {
  const [name = "", ...rest] = host.split(".");
  const domain = rest.join(".");
  const isSlip = domain !== CLOUD_DOMAIN && distance(domain, CLOUD_DOMAIN) <= MAX_SLIPS;
  return isSlip && !domain.endsWith(`.${CLOUD_DOMAIN}`) ? (`${name}.${CLOUD_DOMAIN}` as Address) : undefined;
}
const MAX_SLIPS = 2;

/** Counts letters that are missing, added, wrong, or swapped with the next one (optimal string alignment). */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MAX_SLIPS) return MAX_SLIPS + 1;
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    const at = (up: number, column: number): number => rows[row - up]?.[column] ?? Infinity;
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        at(1, column) + 1,
        (current[column - 1] ?? Infinity) + 1,
        at(1, column - 1) + (isSame ? 0 : 1),
        isSwapped && row > 1 && column > 1 ? at(2, column - 2) + 1 : Infinity,
      );
    }
    rows.push(current);
  }
  return rows[one.length]?.[other.length] ?? Infinity;
}

/** Parses once: this runs several times for each request. Node 20 has no `URL.parse`. @returns `undefined` if it is none */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

const withPort = (host: string, port: string): Address =>
  (port === "" || port === "443" ? host : `${host}:${port}`) as Address;

/** An address that Latchkey wrote before. Anything that {@link parseAddress} would write differently is refused. */
export const ADDRESS = z.custom<Address>((value) => {
  if (typeof value !== "string") return false;
  const parsed = parseAddress(value);
  return parsed.ok && parsed.value === value;
}, "not a host name in lower case, with the port only where it is not 443");

/** Where a request goes: its address, and whether it is unencrypted. */
export interface Place {
  readonly address: Address;
  readonly secure: boolean;
}

/**
 * The place that a request's URL leads to; `undefined` for schemes other than http(s) and ws(s).
 * Without encryption, port 80 stands for 443, and any other port for itself. So a downgrade is found under the address
 * it was aimed at. Port 443 without encryption gives `undefined`, because an honest server answers "wrong scheme" there
 * without encryption: see {@link sentPlaceOf}.
 */
export function placeOf(address: string): Place | undefined {
  const url = urlOf(address);
  return url === undefined || (!isSecure(url) && url.port === "443") ? undefined : placeIn(url);
}

/** The same before the request leaves: nothing may be sent without encryption, to whatever port. */
export function sentPlaceOf(address: string): Place | undefined {
  const url = urlOf(address);
  return url === undefined ? undefined : placeIn(url);
}

const isSecure = ({ protocol }: URL): boolean => protocol === "https:" || protocol === "wss:";

function placeIn(url: URL): Place | undefined {
  const secure = isSecure(url);
  if (!secure && url.protocol !== "http:" && url.protocol !== "ws:") return undefined;
  const host = url.hostname.replace(/\.$/u, "");
  return { address: withPort(host, url.port), secure };
}

export const hostOf = (address: Address): string => address.replace(/:\d+$/u, "");

/** Every host under the cloud's domain, on the standard port. */
export const isCloudAddress = (address: Address): boolean => address.endsWith(`.${CLOUD_DOMAIN}`);

/** The one origin pattern to ask permission for (Firefox's match patterns know no ports). */
export const originPattern = (address: Address): string => `*://${hostOf(address)}/*`;
