import { describe, expect, it } from "vitest";
import { parseLocalAnswer } from "../../../src/core/pin/local-page";
import { INSTANCE, sha1 } from "../samples";

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

describe("what a local page reports", () => {
  it("is the host, every other name, the fingerprint and the expiry date", () => {
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
  ])("is accepted while its status is %s, which is shown with it", (status, said = status ?? "") => {
    expect(parseLocalAnswer(answer({ remote_certificate_status: status }))).toMatchObject({
      ok: true,
      value: { fingerprint: sha1("1"), status: said },
    });
  });

  it("has no status if the certificate is ready", () => {
    expect(parseLocalAnswer(answer({}))).not.toHaveProperty("value.status");
  });

  it("is accepted with remote access switched off, which is shown with it", () => {
    const parsed = parseLocalAnswer(answer({ remote_enabled: false, remote_certificate_status: "loaded" }));
    expect(parsed).toMatchObject({ ok: true, value: { fingerprint: sha1("1"), isRemoteOff: true, status: "loaded" } });
    expect(parseLocalAnswer(answer({}))).not.toHaveProperty("value.isRemoteOff");
  });

  it("leaves out names that are no host to pin", () => {
    const names = [INSTANCE, "*.example.org", "10.0.0.1", "homeassistant.local"];
    const parsed = parseLocalAnswer(answer({ remote_certificate: { ...CERTIFICATE, alternative_names: names } }));
    expect(parsed).toMatchObject({ ok: true, value: { hosts: [INSTANCE] } });
  });
});

describe("what a local page reports instead", () => {
  it.each([
    [{ kind: "not-home-assistant" }, "local-not-home-assistant"],
    [{ kind: "login" }, "local-login"],
    [{ kind: "loading" }, "local-loading"],
    [{ kind: "no-cloud" }, "local-no-cloud"],
    [{ kind: "timeout" }, "local-timeout"],
    [{ kind: "malformed" }, "local-malformed"],
    [undefined, "local-malformed"],
    ["<html>", "local-malformed"],
    [{ kind: "status", status: { logged_in: false, cloud: "disconnected" } }, "local-not-logged-in"],
    [answer({ remote_enabled: false, remote_certificate: null }), "local-no-remote"],
    [answer({ remote_enabled: false, remote_domain: null }), "local-no-remote"],
    [answer({ remote_domain: null }), "local-no-domain"],
    [answer({ remote_certificate_status: "generating", remote_certificate: null }), "local-not-ready"],
    [answer({ remote_certificate_status: null, remote_certificate: null }), "local-not-ready"],
    [answer({ remote_certificate: null }), "local-no-certificate"],
    [answer({ remote_certificate_status: undefined, remote_certificate: null }), "local-no-certificate"],
    [answer({ logged_in: "yes" }), "local-malformed"],
    [answer({ remote_domain: "not a host" }), "local-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, fingerprint: "none" } }), "local-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, expire_date: "soon" } }), "local-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, alternative_names: "all" } }), "local-malformed"],
    [answer({ remote_certificate: { ...CERTIFICATE, fingerprint: "1".repeat(9999) } }), "local-malformed"],
  ])("is refused: %j", (page, code) => {
    expect(parseLocalAnswer(page)).toMatchObject({ ok: false, error: { code } });
  });
});
