// An attacker opens any number of cloud addresses, with certificates, names and paths of any length. What is kept
// for the browser's session stays far below Firefox's limit of 10 MB, and the user's own addresses stay in it.
import { describe, expect, it } from "vitest";
import type { Address } from "../../src/core/address";
import { boundChain, keepNewest, MAX_CHAIN, MAX_ENTRIES } from "../../src/core/bounds";
import { forgetSecret, noteSecret } from "../../src/core/state/guard";
import type { Observation } from "../../src/core/tls/observation";
import { bypass } from "../../src/core/state/reduce";
import { certificate, confirmed, INSTANCE, seenTls, stateOf } from "./samples";
import { MB, CHAIN, other, sizeOf, after, intercepted } from "./crowd";

const pinned = stateOf([confirmed("1", "K")]);
const own = seenTls(certificate("1", "K"), { chain: ["leaf", "root"] });

it("keeps no chain of an address that is not pinned, and the leaf alone of one that is", () => {
  const many = Array.from({ length: 95 }, (_, index) =>
    seenTls(certificate("2", "X"), { address: other(index), chain: CHAIN }),
  );
  const { session } = after(pinned, own, ...many);
  expect(sizeOf(session)).toBeLessThan(MB / 4);
  expect(session.ordinary.checks.map(({ chain }) => chain).filter((chain) => chain.length > 0)).toEqual([["leaf"]]);
});

it.each<[string, Observation]>([
  ["a check", own],
  ["a failure", { ...own, seen: { kind: "nothing", reason: "cut-off" } }],
])("keeps %s of a pinned address, even if many others are opened", (_, first) => {
  const many = Array.from({ length: 3 * MAX_ENTRIES }, (_none, index): Observation => {
    const seen = seenTls(certificate("2", "X"), { address: other(index) });
    return first.seen.kind === "nothing" ? { ...seen, seen: first.seen } : seen;
  });
  const { checks, failures } = after(pinned, first, ...many).session.ordinary;
  const list: readonly { address: Address }[] = first.seen.kind === "nothing" ? failures : checks;
  expect(list).toHaveLength(MAX_ENTRIES);
  expect(list.map(({ address }) => address)).toContain(INSTANCE);
  expect(list.map(({ address }) => address)).toContain(other(3 * MAX_ENTRIES - 1));
});

describe("text that an attacker chooses", () => {
  const LONG = "x".repeat(MB);
  it("is cut in a method, in Firefox's error and in a chain", () => {
    const request = { type: "xmlhttprequest", method: LONG, url: `https://${INSTANCE}/` };
    const alarm = after(pinned, intercepted(INSTANCE, { request, chain: [...CHAIN, LONG] }));
    expect(sizeOf(alarm.stored.incidents)).toBeLessThan(MAX_CHAIN + 5000);
    const failed = after(pinned, { ...own, seen: { kind: "nothing", reason: "refused", words: LONG } });
    expect(sizeOf(failed.session)).toBeLessThan(5000);
  });
});

it("keeps a limited number of secrets and of tabs that are opened without protection", () => {
  let state = pinned;
  for (let index = 0; index < 3000; index++) state = bypass(noteSecret(state, String(index), 1), index, INSTANCE);
  expect(sizeOf(state.session)).toBeLessThan(60_000);
  expect(forgetSecret(state, "2999").session.secrets).toHaveLength(999);
});

it.each<[readonly number[], number, readonly number[]]>([
  [[1, 2, 3], 3, [1, 2, 3]],
  [[1, 2, 3], 2, [1, 3]], // 1 is pinned
  [[1, 2, 3], 1, [1]],
  [[1, 2, 3], 0, []],
])("of %j keeps at most %i", (entries, max, kept) => {
  expect(keepNewest(entries, (entry) => entry === 1, max)).toEqual(kept);
});

it.each<[readonly string[], number, readonly string[]]>([
  [["aa", "bb"], 4, ["aa", "bb"]],
  [["aa", "bb", "c"], 3, ["aa"]],
  [["aaaa"], 3, []],
  [[], 3, []],
])("of the chain %j keeps at most %i characters", (chain, max, kept) => {
  expect(boundChain(chain, max)).toEqual(kept);
});
