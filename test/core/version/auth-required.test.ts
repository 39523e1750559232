import { describe, it, expect } from "vitest";
import { readAuthRequired } from "../../../src/core/version/auth-required";

describe("an instance's first message", () => {
  it.each([
    ['{"type":"auth_required","ha_version":"2021.1.4"}', { ok: true, value: "2021.1.4" }],
    ['{"type":"auth_required","ha_version":"next one"}', { ok: true, value: "next one" }],
    ['{"type":"auth_required"}', { ok: false, error: "version-malformed" }],
    ['{"type":"auth_ok","ha_version":"2021.1.4"}', { ok: false, error: "version-malformed" }],
    ['{"type":"auth_required","ha_version":""}', { ok: false, error: "version-malformed" }],
    [`{"type":"auth_required","ha_version":"${"9".repeat(51)}"}`, { ok: false, error: "version-malformed" }],
    ["2021.1.4", { ok: false, error: "version-malformed" }],
    ["", { ok: false, error: "version-malformed" }],
    [new ArrayBuffer(8), { ok: false, error: "version-malformed" }],
    [`{"type":"auth_required","ha_version":"2021.1.4"}`.padEnd(4097), { ok: false, error: "version-too-large" }],
  ])("%j", (data, read) => {
    expect(readAuthRequired(data)).toEqual(read);
  });
});
