import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { parseLocalAnswer } from "../../../src/core/pin/local-page";
import { adviceFor, type StatusAdvice } from "../../../src/core/pin/certificate-status";
import { isPrivateAnswer, judgePlace, nameToResolve } from "../../../src/core/pin/local-place";
import { compareLocal, needsProbe, type Comparison } from "../../../src/core/pin/compare-local";
import { certificate, confirmed, handshake, INSTANCE, sha1, told } from "../samples";

const CERTIFICATE = {
  fingerprint: sha1("1"),
  expire_date: "2027-03-01T12:00:00+00:00",
  alternative_names: [INSTANCE, "ha.example.org"],
};
const STATUS = {
  logged_in: true,
  remote_enabled: true,
  remote_domain: INSTANCE,
  remote_certificate_status: "ready",
  remote_certificate: CERTIFICATE,
};
const answer = (more: object) => ({ kind: "status", status: { ...STATUS, ...more } });

describe("what a page tells", () => {
  it("is the host, every other name, the fingerprint and the end", () => {
    expect(parseLocalAnswer(answer({}))).toEqual({
      ok: true,
      value: {
        hosts: [INSTANCE, "ha.example.org"],
        fingerprint: sha1("1"),
        expires: Date.UTC(2027, 2, 1, 12),
        namesTold: true,
      },
    });
  });

  it.each([
    ["of an old core without other names", { remote_certificate: { ...CERTIFICATE, alternative_names: undefined } }],
    ["of a core that says null for them", { remote_certificate: { ...CERTIFICATE, alternative_names: null } }],
  ])("is taken %s", (_, more) => {
    expect(parseLocalAnswer(answer(more))).toMatchObject({ ok: true, value: { hosts: [INSTANCE], namesTold: false } });
  });

  it("is taken of a core that knows no status of certificates", () => {
    expect(parseLocalAnswer(answer({ remote_certificate_status: undefined })).ok).toBe(true);
  });

  it.each([
    ["generating"],
    ["renewal_failed"],
    ["expired"],
    ["ssl_context_error"],
    ["a state of a later version"],
    [null, "unknown"],
  ])("is taken while its status is %s, which is told beside it", (status, said = status ?? "") => {
    expect(parseLocalAnswer(answer({ remote_certificate_status: status }))).toMatchObject({
      ok: true,
      value: { fingerprint: sha1("1"), status: said },
    });
  });

  it("has no status to tell beside it when the certificate is ready", () => {
    expect(parseLocalAnswer(answer({}))).not.toHaveProperty("value.status");
  });

  it("is taken with remote access switched off, which is told beside it", () => {
    const told = parseLocalAnswer(answer({ remote_enabled: false, remote_certificate_status: "loaded" }));
    expect(told).toMatchObject({ ok: true, value: { fingerprint: sha1("1"), isRemoteOff: true, status: "loaded" } });
    expect(parseLocalAnswer(answer({}))).not.toHaveProperty("value.isRemoteOff");
  });

  it("leaves out names that are no host to pin", () => {
    const names = [INSTANCE, "*.example.org", "10.0.0.1", "homeassistant.local"];
    const told = parseLocalAnswer(answer({ remote_certificate: { ...CERTIFICATE, alternative_names: names } }));
    expect(told).toMatchObject({ ok: true, value: { hosts: [INSTANCE] } });
  });

  it.each([
    [{ kind: "not-home-assistant" }, "home-not-home-assistant"],
    [{ kind: "login" }, "home-login"],
    [{ kind: "loading" }, "home-loading"],
    [{ kind: "no-cloud" }, "home-no-cloud"],
    [{ kind: "timeout" }, "home-timeout"],
    [{ kind: "malformed" }, "home-malformed"],
    [undefined, "home-malformed"],
    ["<html>", "home-malformed"],
    [{ kind: "status", status: { logged_in: false, cloud: "disconnected" } }, "home-not-logged-in"],
    [answer({ remote_enabled: false, remote_certificate: null }), "home-no-remote"],
    [answer({ remote_enabled: false, remote_domain: null }), "home-no-remote"],
    [answer({ remote_domain: null }), "home-no-domain"],
    [answer({ remote_certificate_status: "generating", remote_certificate: null }), "home-not-ready"],
    [answer({ remote_certificate_status: null, remote_certificate: null }), "home-not-ready"],
    [answer({ remote_certificate: null }), "home-no-certificate"],
    [answer({ remote_certificate_status: undefined, remote_certificate: null }), "home-no-certificate"],
    [answer({ logged_in: "yes" }), "home-malformed"],
    [answer({ remote_domain: "not a host" }), "home-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, fingerprint: "none" } }), "home-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, expire_date: "soon" } }), "home-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, alternative_names: "all" } }), "home-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, fingerprint: "1".repeat(9999) } }), "home-malformed"],
  ])("is refused: %j", (page, code) => {
    expect(parseLocalAnswer(page)).toMatchObject({ ok: false, error: { code } });
  });
});

describe("the advice for a certificate's status", () => {
  /** Every member of `CertificateStatus` in hass_nabucasa/const.py (version 2.3), and what the versions before it had. */
  const STATES: Readonly<Record<StatusAdvice, readonly string[]>> = {
    settled: ["ready", "loaded", "initial_loaded", "renewal_loaded"],
    starting: ["loading", "validating"],
    underway: [
      ...["generating", "initial_generating", "renewal_generating", "csr_generating", "certificate_finalizing"],
      ...["acme_account_creating", "acme_account_created", "challenge_pending", "challenge_created"],
      ...["challenge_dns_updating", "challenge_dns_updated", "challenge_dns_propagating", "challenge_answering"],
      ...["challenge_answered", "challenge_cleanup", "no_certificate"],
    ],
    due: ["expiring_soon"],
    failed: [
      ...["error", "renewal_failed", "initial_cert_error", "certificate_finalization_failed"],
      ...["challenge_answer_failed", "challenge_dns_failed", "challenge_unexpected_error"],
    ],
    domain: ["domain_validation_failed"],
    expired: ["expired"],
    unusable: ["certificate_load_error", "ssl_context_error"],
    unknown: ["unknown", "a state of a later version", "", "constructor"],
  };
  it.each(Object.entries(STATES).flatMap(([advice, states]) => states.map((state) => [state, advice])))(
    "%s is %s",
    (state, advice) => {
      expect(adviceFor(state)).toBe(advice);
    },
  );
});

const PINNED = ["pinned.example.org:8443" as Address];
const TOLD = ["ha.example.org" as Address];

describe("where a page stands", () => {
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
  ])("may be home: %s", (url, resolved, host, isVpn) => {
    expect(judgePlace(url, PINNED, TOLD, resolved)).toEqual({ ok: true, value: { host, isVpn } });
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
    expect(judgePlace(url, PINNED, TOLD, resolved)).toMatchObject({ ok: false, error: { code } });
  });

  const OWN = "https://pinned.example.org:8443/lovelace";
  it.each([
    ["at home, by a pinned certificate", OWN, true, ["192.168.1.5"], undefined],
    ["… a name of the certificate that is told", "https://ha.example.org/", true, ["192.168.1.5"], undefined],
    ["… with a global IPv6 address beside", OWN, true, ["192.168.1.5", "2a02:8109::5"], undefined],
    ["by a certificate that is not pinned", OWN, false, ["192.168.1.5"], "place-remote"],
    ["from the internet", OWN, true, ["93.184.216.34"], "place-remote"],
    ["that does not resolve", OWN, true, [], "place-remote"],
    ["in the clear", "http://pinned.example.org:8443/", true, ["192.168.1.5"], "place-remote"],
    ["under the cloud's domain", "https://abc.ui.nabu.casa/", true, ["192.168.1.5"], "place-remote"],
  ])("decides on a page under the remote name: %s", (_, url, isVerified, resolved, code) => {
    const place = judgePlace(url, PINNED, TOLD, resolved, isVerified);
    expect(place.ok ? undefined : place.error.code).toBe(code);
  });

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
    // The address is the proxy's then, and tells nothing of who answered.
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
  ])("needs its name looked up: %s", (url, name) => {
    expect(nameToResolve(url)).toBe(name);
  });
});

describe("what the instance tells beside what is pinned", () => {
  const telling = {
    hosts: [INSTANCE, "ha.example.org" as Address],
    fingerprint: sha1("2"),
    expires: 0,
    namesTold: true,
  };
  const answers = (digit: string, key: string) => handshake(certificate(digit, key));
  const cases: [string, Parameters<typeof compareLocal>[1], Parameters<typeof compareLocal>[2], Comparison["kind"]][] =
    [
      ["nothing is pinned", [], undefined, "new"],
      ["it is what was told", [told("2")], undefined, "same"],
      [
        "another is pinned, and what it tells answers with the known key",
        [confirmed("1", "K")],
        answers("2", "K"),
        "same-key",
      ],
      ["… with a key nobody has seen", [confirmed("1", "K")], answers("2", "X"), "new-key"],
      ["… and no connection ever told a key", [told("1")], answers("2", "K"), "new-key"],
      ["the old leaf still answers", [confirmed("1", "K")], answers("1", "K"), "behind"],
      ["another leaf of the known key answers", [confirmed("1", "K")], answers("3", "K"), "behind"],
      ["neither answers", [confirmed("1", "K")], answers("3", "X"), "other-leaf"],
      ["nothing answers", [confirmed("1", "K")], undefined, "unreachable"],
    ];
  it.each(cases)("%s", (_, pins, seen, kind) => {
    expect(compareLocal(telling, pins, seen).kind).toBe(kind);
    expect(needsProbe(telling, pins)).toBe(kind !== "new" && kind !== "same");
  });

  const OWN = "ha.example.org" as Address;
  const nginx = confirmed("5", "N", { hosts: [OWN], note: "NGINX at home" });
  const CHANGED: [string, Parameters<typeof compareLocal>[2], Comparison["kind"]][] = [
    ["it is what answers", answers("2", "X"), "new-key"],
    ["neither answers", answers("3", "Y"), "other-leaf"],
    ["nothing answers", undefined, "unreachable"],
    ["the other pinned certificate of the name answers", answers("5", "N"), "other-pin"],
    ["a renewal of that one answers", answers("6", "N"), "other-pin"],
  ];
  it.each(CHANGED)("with two pins for one name, it is compared with the instance's own pin: %s", (_, seen, kind) => {
    const compared = compareLocal(telling, [nginx, confirmed("1", "K")], seen);
    expect(compared).toMatchObject({ kind, pin: { fingerprint: sha1("1") } });
  });

  it("names the hosts that the pin does not have yet", () => {
    expect(compareLocal(telling, [told("2")], undefined)).toMatchObject({ more: ["ha.example.org"] });
  });
});
