// How a request goes to the server, by what webRequest says about its proxy.
import { expect, it } from "vitest";
import { canCompare, DIRECT, routeOf, type Route } from "../../../src/core/probe/route";

const through = (type: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  host: "127.0.0.1",
  port: 1080,
  type,
  username: "",
  proxyDNS: true,
  failoverTimeout: 1800,
  ...more,
});

it.each<[what: string, proxyInfo: unknown, kind: Route["kind"]]>([
  ["no proxy", undefined, "direct"],
  ["no proxy, as Firefox writes it", null, "direct"],
  ["a proxy that is none", through("direct"), "direct"],
  ["SOCKS version 5", through("socks"), "socks"],
  ["SOCKS version 4", through("socks4"), "socks"],
  ["an HTTP proxy", through("http"), "tunnel"],
  ["an HTTPS proxy", through("https"), "tunnel"],
  ["a MASQUE proxy", through("masque"), "tunnel"],
  ["a kind of proxy that a later Firefox has", through("pigeon"), "tunnel"],
  ["what can't be read", "http", "tunnel"],
  ["what has no type", { host: "127.0.0.1" }, "tunnel"],
])("%s: %j goes %s", (_, proxyInfo, kind) => {
  expect(routeOf(proxyInfo).kind).toBe(kind);
});

const SOCKS = routeOf(through("socks"));
it.each<[what: string, routes: Route[], canBe: boolean]>([
  ["all direct", [DIRECT, DIRECT, routeOf(null)], true],
  ["all through one SOCKS proxy", [SOCKS, routeOf(through("socks"))], true],
  ["through SOCKS proxies of two computers", [SOCKS, routeOf(through("socks", { host: "127.0.0.2" }))], false],
  ["through one proxy with two logins", [SOCKS, routeOf(through("socks", { username: "me" }))], false],
  ["through one proxy, kept apart", [SOCKS, routeOf(through("socks", { connectionIsolationKey: "1" }))], false],
  ["the page through a proxy and the background directly", [SOCKS, DIRECT], false],
  ["through an HTTP proxy", [routeOf(through("http")), routeOf(through("http"))], false],
  ["one of them through an HTTP proxy", [DIRECT, routeOf(through("http"))], false],
  ["none that was sent", [], true],
])("probes that went %s can be compared: %s", (_, routes, canBe) => {
  expect(canCompare(routes)).toBe(canBe);
});
