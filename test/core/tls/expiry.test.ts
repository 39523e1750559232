import { it, expect } from "vitest";
import { expiryOf } from "../../../src/core/tls/expiry";

const AT = 1_795_000_000_000;
const DAY = 24 * 60 * 60 * 1000;

it.each([
  [90, 60, "fine"],
  [90, 25, "fine"],
  [90, 21, "fine"],
  [90, 20.9, "late"],
  [90, 0, "expired"],
  [6, 3, "fine"],
  [45, 10, "fine"],
])("a certificate for %d days that ends in %d is %s", (life, left, expiry) => {
  const notAfter = AT + left * DAY;
  expect(expiryOf({ notBefore: notAfter - life * DAY, notAfter }, AT)).toBe(expiry);
});
