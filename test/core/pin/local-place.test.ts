import { describe, it, expect } from "vitest";
import { judgePlace, isPrivateAnswer, nameToResolve } from "../../../src/core/pin/local-place";
import type { Address } from "../../../src/core/address";

const PINNED = ["pinned.example.org:8443" as Address];
const REPORTED = ["ha.example.org" as Address];

describe("the address of a local page", () => {
  it.each([
    ["http://homeassistant.local:8123/lovelace", [], "homeassistant.local:8123", false],
    ["http://localhost:8123/", [], "localhost:8123", false],
    ["http://192.168.1.5:8123/", [], "192.168.1.5:8123", false],
    ["https://10.1.2.3/", [], "10.1.2.3", false],
    ["http://172.31.0.9/", [], "172.31.0.9", false],
    ["http://127.0.0.1:8123/", [], "127.0.0.1:8123", false],
    ["http://169.254.3.4/", [], "169.254.3.4", false],
    ["http://[::1]:8123/", [], "[::1]:8123", false],
    ["http://[fe80::1]/", [], "[fe80::1]", false],
    ["http://[fd12:3456::1]/", [], "[fd12:3456::1]", false],
    ["http://100.64.1.2:8123/", [], "100.64.1.2:8123", true],
    ["http://instance.lan/", ["192.168.1.5", "fd12::5"], "instance.lan", false],
    ["http://instance.example.ts.net/", ["100.100.1.1"], "instance.example.ts.net", true],
    ["http://instance.fritz.box/", ["192.168.1.5", "2003:e5:1::5"], "instance.fritz.box", false],
    ["http://instance.lan/", ["2a02:8109::5", "fd12::5"], "instance.lan", false],
    ["http://instance.lan/", ["2a02:8109::5", "fe80::5", "10.0.0.5"], "instance.lan", false],
  ])("may be in your home: %s", (url, resolved, host, isVpn) => {
    expect(judgePlace(url, PINNED, REPORTED, resolved)).toEqual({ ok: true, value: { host, isVpn } });
  });

  it.each([
    ["about:blank", [], "place-not-a-page"],
    ["file:///home/x.html", [], "place-not-a-page"],
    ["", [], "place-not-a-page"],
    ["https://abc.ui.nabu.casa/", ["192.168.1.5"], "place-remote"],
    ["https://ui.nabu.casa/", ["192.168.1.5"], "place-remote"],
    ["https://abc.ui.nabu.casa./", ["192.168.1.5"], "place-remote"],
    ["http://pinned.example.org/", ["192.168.1.5"], "place-remote"],
    ["https://ha.example.org/", ["192.168.1.5"], "place-own-name"],
    ["http://instance.lan/", [], "place-unresolved"],
    ["http://instance.lan/", ["192.168.1.5", "93.184.216.34"], "place-public"],
    ["http://instance.lan/", ["nonsense"], "place-public"],
    ["http://instance.lan/", ["2a02:8109::5"], "place-public"],
    ["http://instance.lan/", ["192.168.1.5", "2a02:8109::5", "93.184.216.34"], "place-public"],
    ["http://instance.lan/", ["192.168.1.5", "::ffff:8.8.8.8"], "place-public"],
    ["http://instance.lan/", ["192.168.1.5", "2001:0:4136:e378::1"], "place-public"],
    ["http://[2a02:8109::5]/", ["192.168.1.5"], "place-public"],
    ["http://93.184.216.34/", [], "place-public"],
    ["http://[2606:4700::1]/", [], "place-public"],
    ["http://[::ffff:8.8.8.8]/", [], "place-public"],
    ["http://0.0.0.0/", [], "place-public"],
    ["http://100.128.0.1/", [], "place-public"],
    ["http://172.32.0.1/", [], "place-public"],
    ["http://homeassistant.local.example.org/", ["93.184.216.34"], "place-public"],
  ])("is refused: %s at %j", (url, resolved, code) => {
    expect(judgePlace(url, PINNED, REPORTED, resolved)).toMatchObject({ ok: false, error: { code } });
  });
});

describe("a page under the remote name", () => {
  const OWN = "https://pinned.example.org:8443/lovelace";
  it.each([
    ["at home, by a pinned certificate", OWN, true, ["192.168.1.5"], undefined],
    ["… a name of the certificate that the page reports", "https://ha.example.org/", true, ["192.168.1.5"], undefined],
    ["… with a global IPv6 address as well", OWN, true, ["192.168.1.5", "2a02:8109::5"], undefined],
    ["by a certificate that is not pinned", OWN, false, ["192.168.1.5"], "place-remote"],
    ["from the internet", OWN, true, ["93.184.216.34"], "place-remote"],
    ["that does not resolve", OWN, true, [], "place-remote"],
    ["without encryption", "http://pinned.example.org:8443/", true, ["192.168.1.5"], "place-remote"],
    ["under the cloud's domain", "https://abc.ui.nabu.casa/", true, ["192.168.1.5"], "place-remote"],
  ])("is judged: %s", (_, url, isVerified, resolved, code) => {
    const place = judgePlace(url, PINNED, REPORTED, resolved, isVerified);
    expect(place.ok ? undefined : place.error.code).toBe(code);
  });
});

describe("an address on the network", () => {
  it.each([
    ["192.168.1.5", undefined, true],
    ["10.0.0.1", null, true],
    ["127.0.0.1", undefined, true],
    ["fd12::5", undefined, true],
    ["100.64.1.2", undefined, true],
    ["93.184.216.34", undefined, false],
    ["2a02:8109::5", undefined, false],
    ["", undefined, false],
    [null, undefined, false],
    [undefined, undefined, false],
    // Then the address is the proxy's, and says nothing about the server.
    ["127.0.0.1", { type: "http" }, false],
    ["127.0.0.1", { type: "direct" }, true],
  ])("an answer from %s through proxy %j came from a private network: %s", (ip, proxyInfo, isPrivate) => {
    expect(isPrivateAnswer({ ip, proxyInfo })).toBe(isPrivate);
  });

  it.each([
    ["http://instance.lan/x", "instance.lan"],
    ["http://homeassistant.local:8123/", undefined],
    ["http://localhost/", undefined],
    ["http://[::1]/", undefined],
    ["http://10.0.0.1/", undefined],
    ["about:blank", undefined],
  ])("needs its name resolved: %s", (url, name) => {
    expect(nameToResolve(url)).toBe(name);
  });
});
