import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { CLOUD_PATTERN, isGranted, isPermissionGone } from "../../../src/core/state/permission";
import { confirmed, INSTANCE, stateOf, unconfirmed } from "../samples";

const OWN = "ha.example.org" as Address;
const OWN_PORT = "ha.example.org:8443" as Address;

const GRANTS: [pattern: string, address: Address, is: boolean][] = [
  ["<all_urls>", OWN, true],
  ["*://*/*", OWN, true],
  ["https://*/*", OWN, true],
  ["*://ha.example.org/*", OWN, true],
  ["https://ha.example.org/*", OWN, true],
  // Firefox's patterns have no ports.
  ["*://ha.example.org/*", OWN_PORT, true],
  ["*://*.example.org/*", OWN, true],
  ["*://*.ha.example.org/*", OWN, true],
  [CLOUD_PATTERN, INSTANCE, true],
  ["*://*.org/*", OWN, true],
  // Another host, even if it begins or ends like this one.
  ["*://example.org/*", OWN, false],
  ["*://a.example.org/*", OWN, false],
  ["*://*.a.example.org/*", OWN, false],
  ["*://*.xample.org/*", OWN, false],
  ["*://ha.example.org.example/*", OWN, false],
  [CLOUD_PATTERN, "evil-ui.nabu.casa" as Address, false],
  // Another scheme, a part of the paths, or no pattern.
  ["http://ha.example.org/*", OWN, false],
  ["wss://ha.example.org/*", OWN, false],
  ["file:///*", OWN, false],
  ["*://ha.example.org/", OWN, false],
  ["*://ha.example.org/lovelace/*", OWN, false],
  ["ha.example.org", OWN, false],
  ["", OWN, false],
];
it.each(GRANTS)("the pattern %j grants %s: %s", (pattern, address, is) => {
  expect(isGranted([pattern], address)).toBe(is);
});

it("needs one pattern of several to grant an address", () => {
  expect(isGranted(["*://example.com/*", "*://ha.example.org/*"], OWN)).toBe(true);
  expect(isGranted([], OWN)).toBe(false);
});

describe("the permission for the watched addresses is gone", () => {
  const cloud = stateOf([confirmed("1", "K")]);
  const both = stateOf([confirmed("1", "K"), unconfirmed("2", { hosts: [OWN] })]);
  const unwatched = (state: typeof both, ...addresses: Address[]) => ({
    ...state,
    stored: { ...state.stored, unwatched: addresses },
  });
  const CASES: [what: string, state: typeof both, origins: string[], isGone: boolean][] = [
    ["nothing is pinned, and the cloud is granted", stateOf([]), [CLOUD_PATTERN], false],
    ["nothing is pinned, and everything is granted", stateOf([]), ["<all_urls>"], false],
    ["nothing is pinned, and all of the web is granted", stateOf([]), ["*://*/*"], false],
    ["nothing is pinned, and only another host is granted", stateOf([]), ["*://ha.example.org/*"], true],
    ["nothing is pinned or granted", stateOf([]), [], true],
    ["the pinned address is granted", cloud, [CLOUD_PATTERN], false],
    ["the pinned address isn't granted", cloud, ["*://ha.example.org/*"], true],
    ["one of two pinned addresses isn't granted", both, [CLOUD_PATTERN], true],
    ["two pinned addresses are granted", both, [CLOUD_PATTERN, "*://ha.example.org/*"], false],
    ["the address that isn't granted isn't watched", unwatched(both, OWN), [CLOUD_PATTERN], false],
    ["no pinned address is watched, and the cloud isn't granted", unwatched(cloud, INSTANCE), [], true],
  ];
  it.each(CASES)("or not, if %s", (_, state, origins, isGone) => {
    expect(isPermissionGone(state, origins)).toBe(isGone);
  });
});
