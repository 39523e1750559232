import { it, expect } from "vitest";
import { spkiOfHex } from "../../../src/core/tls/digest";

it("has the key’s digest in hex where the pins have it in base64", () => {
  const bytes = Array.from({ length: 32 }, (_, index) => index * 8);
  const hex = Buffer.from(bytes).toString("hex");
  expect(spkiOfHex(hex)).toBe(Buffer.from(bytes).toString("base64"));
  expect(spkiOfHex(hex.toUpperCase())).toBe(spkiOfHex(hex));
});
