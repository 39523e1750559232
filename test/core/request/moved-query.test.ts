import { describe, it, expect } from "vitest";
import { withoutCode, withCode } from "../../../src/core/request/moved-query";
import { INSTANCE } from "../samples";
import * as fc from "fast-check";

const url = (path: string): string => `https://${INSTANCE}${path}`;

describe("the login's code", () => {
  it("is moved out of the sent address, and nothing else is", () => {
    const moved = withoutCode(url("/?auth_callback=1&code=abc#x")) ?? "";
    expect(new URL(moved).search).toBe("");
    expect(withoutCode(url("/?auth_callback=1"))).toBeUndefined();
    // The server reads these itself.
    expect(withoutCode(url("/auth/external/callback?code=abc&state=a.b.c"))).toBeUndefined();
    expect(withoutCode(url("/oauth2/callback?code=abc&state=auth_callback"))).toBeUndefined();
    expect(withCode(url("/#lovelace"))).toBeUndefined();
  });
  it("is put back as it was, with any other parameters around it", () => {
    const part = fc.webFragments({ size: "small" });
    fc.assert(
      fc.property(fc.webQueryParameters({ size: "small" }), part, (query, fragment) => {
        const whole = new URL(url(`/lovelace?${query}&auth_callback=1&code=abc#${fragment}`)).href.replace(/#$/u, "");
        expect(withCode(withoutCode(whole) ?? "")).toBe(whole);
      }),
    );
  });
});
