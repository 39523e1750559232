import { it, expect, describe } from "vitest";
import { INSTANCE, sha1, handshake, certificate, unconfirmed, confirmed, stateOf, sha256 } from "../samples";
import { compareLocal, needsProbe, type Comparison } from "../../../src/core/pin/compare-local";
import type { Address } from "../../../src/core/address";

it("takes two digests for the same certificate when the instance tells its SHA-1 at home", () => {
  const pinned = stateOf([unconfirmed("1", { fingerprint: sha256("1"), sha1: sha1("1") })]);
  const telling = { hosts: [INSTANCE], fingerprint: sha1("1"), expires: 0, namesTold: true };
  expect(compareLocal(telling, pinned.stored.pins, undefined)).toMatchObject({ kind: "same" });
  expect(needsProbe(telling, pinned.stored.pins)).toBe(false);
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
      ["it is what was told", [unconfirmed("2")], undefined, "same"],
      [
        "another is pinned, and what it tells answers with the known key",
        [confirmed("1", "K")],
        answers("2", "K"),
        "same-key",
      ],
      ["… with a key nobody has seen", [confirmed("1", "K")], answers("2", "X"), "new-key"],
      ["… and no connection ever told a key", [unconfirmed("1")], answers("2", "K"), "new-key"],
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
    expect(compareLocal(telling, [unconfirmed("2")], undefined)).toMatchObject({ more: ["ha.example.org"] });
  });
});
