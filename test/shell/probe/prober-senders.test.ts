// Where a check is sent from, and what is reported if it has no result.
import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Target } from "../../../src/shell/probe/target";
import { timed, UNTIMED } from "../../core/probe/rounds";
import { INSTANCE } from "../../core/samples";
import {
  createFatedProber,
  IS_ATTACKERS,
  IS_GONE,
  IS_HELD,
  IS_OURS,
  IS_UNREACHABLE,
  judged,
  unanswered,
  type Fate,
  type Fates,
} from "./fates";
import { answered, MISMATCH, OURS } from "./sender";

vi.mock("../../../src/shell/probe/send-probe", async () => ({
  sendRound: (await import("./sender")).sendFromBackground,
}));
vi.mock("webextension-polyfill", async () => ({ default: (await import("./sender")).browser }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A page's service worker sends the requests under its own name. */
const IS_WORKERS: Fate = {
  ...IS_OURS,
  result: { first: [timed(25, 25, 25), timed(26, 26, 26)], then: [timed(112, 112, 112), timed(114, 114, 114)] },
};
type SenderRow = [what: string, target: Partial<Target>, fates: Fates, outcome: object, sent: string[]];
const APART = "apart";
const SENDERS: SenderRow[] = [
  ["the best tab", { tabIds: [7, 8] }, { "tab 7: page": IS_OURS }, judged("tab"), ["tab 7: page"]],
  [
    "the next tab if the best one shows another page by now",
    { tabIds: [7, 8] },
    { "tab 7: page": IS_GONE, "tab 8: page": IS_OURS },
    judged("tab"),
    ["tab 7: page", "tab 8: page"],
  ],
  [
    "the next tab if a service worker sends for the best one",
    { tabIds: [7, 8] },
    { "tab 7: page": IS_WORKERS, "tab 8: page": IS_OURS },
    judged("tab"),
    ["tab 7: page", "tab 8: page"],
  ],
  [
    "the next tab if the best one gives a malformed result",
    { tabIds: [7, 8] },
    { "tab 7: page": { report: answered(OURS), result: { first: "yes" } }, "tab 8: page": IS_OURS },
    judged("tab"),
    ["tab 7: page", "tab 8: page"],
  ],
  [
    "the best tab alone if it shows the attacker",
    { tabIds: [7, 8] },
    { "tab 7: page": IS_ATTACKERS, "tab 8: page": IS_OURS },
    judged("tab", MISMATCH),
    ["tab 7: page"],
  ],
  [
    "the background if no tab can",
    { tabIds: [7, 8] },
    { "background: apart": IS_OURS },
    judged("background"),
    ["tab 7: page", "tab 8: page", "background: apart"],
  ],
  [
    "the background if there is no tab",
    { tabIds: [] },
    { "background: apart": IS_OURS },
    judged("background"),
    ["background: apart"],
  ],
  [
    "the background if there is no tab, which shows the attacker",
    { tabIds: [] },
    { "background: apart": IS_ATTACKERS },
    judged("background", MISMATCH),
    ["background: apart"],
  ],
  [
    "a tab, without credentials for a check apart",
    { pool: APART },
    { "tab 7: apart": IS_OURS },
    judged("tab"),
    ["tab 7: apart"],
  ],
  [
    "the background at once for a WebSocket",
    { pool: "socket" },
    { "background: socket": IS_OURS },
    judged("background"),
    ["background: socket"],
  ],
  [
    "no one else after it failed",
    { tabIds: [] },
    { "background: apart": IS_UNREACHABLE },
    unanswered("unreachable"),
    ["background: apart"],
  ],
];
it.each(SENDERS)("sends a check from %s", async (_, target, fates, outcome, expected) => {
  const { probe, sent } = createFatedProber(fates, false);
  expect((await probe(target)).outcome).toMatchObject(outcome);
  expect(sent).toEqual(expected);
});

it("gives up a check whose probes wait for held requests for five seconds", async () => {
  const { outcome, took } = await createFatedProber({ "tab 7: page": IS_HELD }, false).probe();
  expect(outcome).toEqual(unanswered("probe-unanswered"));
  expect(took).toBeGreaterThan(5000);
  expect(took).toBeLessThan(5100);
});

describe("a failed check", () => {
  it.each<[what: string, fate: Fate, failures: object[]]>([
    ["because no server was reached is reported", IS_UNREACHABLE, [{ reason: "unreachable" }]],
    ["because the browser keeps no times says nothing about the instance", { ...IS_OURS, result: UNTIMED }, []],
    ["is not reported if the check shows the instance", IS_OURS, []],
  ])("%s", async (_, fate, failures) => {
    const at = Date.now();
    const { probe, unchecked } = createFatedProber({ "tab 7: page": fate }, false);
    await probe();
    expect(unchecked).toMatchObject(failures.map((failure) => ({ subject: { address: INSTANCE }, at, failure })));
  });

  it("because Latchkey itself failed is reported", async () => {
    const { probe, unchecked } = createFatedProber({}, false);
    vi.spyOn(crypto, "randomUUID").mockImplementationOnce(() => {
      throw new Error("no more numbers");
    });
    expect((await probe()).outcome).toEqual(unanswered("check-failed"));
    expect(unchecked).toMatchObject([{ failure: { reason: "check-failed" } }]);
  });
});
