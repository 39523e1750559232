import { it, expect } from "vitest";
import { withoutSecrets } from "../../../src/core/tls/observation";
import { INSTANCE } from "../samples";

const LONG = "x".repeat(1024 * 1024);

it("cuts a URL, which an attacker words, and still names the host", () => {
  expect(withoutSecrets(`https://${INSTANCE}/${LONG}?secret`).length).toBeLessThan(2000);
  expect(withoutSecrets(`https://${INSTANCE}/${LONG}`)).toContain(INSTANCE);
});
