import { it, expect, describe } from "vitest";
import { INSTANCE, sha1, handshake, certificate, unconfirmed, confirmed, stateOf, sha256 } from "../samples";
import { compareLocal, needsProbe, type Comparison } from "../../../src/core/pin/compare-local";
import type { Address } from "../../../src/core/address";

it("matches both digests of a certificate when the local page reports its SHA-1", () => {
  const pinned = stateOf([unconfirmed("1", { fingerprint: sha256("1"), sha1: sha1("1") })]);
  const page = { hosts: [INSTANCE], fingerprint: sha1("1"), expires: 0, namesTold: true };
  expect(compareLocal(page, pinned.stored.pins, undefined)).toMatchObject({ kind: "same" });
  expect(needsProbe(page, pinned.stored.pins)).toBe(false);
});

describe("the local page's certificate compared with the pins", () => {
  const page = {
    hosts: [INSTANCE, "ha.example.org" as Address],
    fingerprint: sha1("2"),
    expires: 0,
    namesTold: true,
  };
  const onFirstUse = confirmed("1", "X", { source: "first-use" });
  const answers = (digit: string, key: string) => handshake(certificate(digit, key));
  const cases: [string, Parameters<typeof compareLocal>[1], Parameters<typeof compareLocal>[2], Comparison["kind"]][] =
    [
      ["nothing is pinned", [], undefined, "new"],
      ["it is the unconfirmed pin", [unconfirmed("2")], undefined, "same"],
      [
        "another is pinned, and the server presents the page's certificate with the known key",
        [confirmed("1", "K")],
        answers("2", "K"),
        "same-key",
      ],
      ["… with an unknown key", [confirmed("1", "K")], answers("2", "X"), "new-key"],
      ["… and no connection ever showed a key", [unconfirmed("1")], answers("2", "K"), "new-key"],
      ["the server still presents the old leaf", [confirmed("1", "K")], answers("1", "K"), "behind"],
      ["the server presents another leaf of the known key", [confirmed("1", "K")], answers("3", "K"), "behind"],
      ["the server presents neither", [confirmed("1", "K")], answers("3", "X"), "other-leaf"],
      ["… and was trusted on first use", [onFirstUse], answers("1", "X"), "other-leaf"],
      ["… or another leaf of a key that was trusted on first use", [onFirstUse], answers("3", "X"), "other-leaf"],
      ["what was trusted on first use is the page's own", [onFirstUse], answers("2", "X"), "same-key"],
      ["the server doesn't answer", [confirmed("1", "K")], undefined, "unreachable"],
    ];
  it.each(cases)("%s", (_, pins, seen, kind) => {
    expect(compareLocal(page, pins, seen).kind).toBe(kind);
    expect(needsProbe(page, pins)).toBe(kind !== "new" && kind !== "same");
  });

  const OWN = "ha.example.org" as Address;
  const nginx = confirmed("5", "N", { hosts: [OWN], note: "NGINX at home" });
  const CHANGED: [string, Parameters<typeof compareLocal>[2], Comparison["kind"]][] = [
    ["the server presents it", answers("2", "X"), "new-key"],
    ["the server presents neither", answers("3", "Y"), "other-leaf"],
    ["the server doesn't answer", undefined, "unreachable"],
    ["the server presents the other pinned certificate of the name", answers("5", "N"), "other-pin"],
    ["the server presents a renewal of that one", answers("6", "N"), "other-pin"],
  ];
  it.each(CHANGED)("with two pins for one name, it is compared with the instance's own pin: %s", (_, seen, kind) => {
    const compared = compareLocal(page, [nginx, confirmed("1", "K")], seen);
    expect(compared).toMatchObject({ kind, pin: { fingerprint: sha1("1") } });
  });

  it("names the hosts that the pin does not have yet", () => {
    expect(compareLocal(page, [unconfirmed("2")], undefined)).toMatchObject({ more: ["ha.example.org"] });
  });
});
