// How a round of a check is sent. For its outcome, see prober.test.ts; for the probes that leave together with secrets,
// round-company.test.ts.
import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ProbeReport } from "../../../src/core/probe/probe-outcome";
import type { RoundResult } from "../../../src/core/probe/probe-round";
import { DIRECT, routeOf, type Route } from "../../../src/core/probe/route";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createProbeRegistry, type ProbeRegistry } from "../../../src/shell/probe/probe-registry";
import { createRounds, type Rounds } from "../../../src/shell/probe/round";
import type { Target } from "../../../src/shell/probe/target";
import { FRESH, USED } from "../../core/probe/rounds";
import { INSTANCE } from "../../core/samples";
import { answered, CUT_OFF, HELD, MISMATCH, OURS, post, requestTo, sender, tell, tellApart, type Sent } from "./sender";

vi.mock("../../../src/shell/probe/send-probe", async () => ({
  sendRound: (await import("./sender")).sendFromBackground,
}));
vi.mock("webextension-polyfill", async () => ({ default: (await import("./sender")).browser }));

let probes: ProbeRegistry;
let rounds: Rounds;
let sent: Sent[];
const currentBatch = createEventBatches();
beforeEach(() => {
  vi.useFakeTimers();
  // Leaves the order as it is.
  vi.spyOn(crypto, "getRandomValues").mockImplementation((numbers) => numbers);
  probes = createProbeRegistry();
  rounds = createRounds(probes, () => undefined);
  sent = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const TARGET: Target = { address: INSTANCE, private: false, tabIds: [7], pool: "page" };

describe("a round of a check", () => {
  /** Sends one. Returns for each request, at its response, whether it came over a new connection of its own. */
  async function check(report: ProbeReport, page: RoundResult, target = TARGET, proxyInfo?: object) {
    const isFresh: (boolean | undefined)[] = [];
    sender.send = async (round) => {
      sent.push(round);
      for (const urls of [round.first, round.then])
        await tellApart(urls, currentBatch, (url) => {
          void probes.answered(requestTo(url))?.isFresh.then((fresh) => isFresh.push(fresh));
          return tell(probes, url, report, currentBatch(), proxyInfo);
        });
      return page;
    };
    const over = rounds.send(target.tabIds[0], target);
    await vi.advanceTimersByTimeAsync(5000);
    return { attempt: await over, isFresh: isFresh.sort() };
  }

  it.each<[more: Partial<Target>, first: number, then: number]>([
    [{}, 2, 2],
    [{ width: 4 }, 4, 4],
    [{ width: 2, closing: 1 }, 2, 1],
    [{ width: 4, closing: 3 }, 4, 1],
  ])("with %j has %d POSTs, and then %d over the connections that didn't end", async (more, first, then) => {
    await check(answered(OURS), FRESH, { ...TARGET, ...more });
    expect(sent.map((round) => [round.first.length, round.then.length])).toEqual([[first, then]]);
  });

  it.each<[what: string, tabIds: number[], from: string]>([
    ["a tab", [7], "tab"],
    ["the background", [], "background"],
  ])("from %s says where it was sent from", async (_, tabIds, from) => {
    expect((await check(answered(OURS), FRESH, { ...TARGET, tabIds })).attempt).toMatchObject({ kind: "judged", from });
  });

  it.each<[what: string, report: ProbeReport, page: RoundResult, isFresh: boolean[]]>([
    ["that shows new connections", answered(OURS), FRESH, [false, false, true, true]],
    ["that shows the attacker", answered(MISMATCH), FRESH, [false, false, true, true]],
    ["over HTTP/2", answered(OURS, { isOwn: false }), FRESH, [false, false, false, false]],
    ["over connections that were there", answered(OURS), USED, [false, false, false, false]],
    ["that is cut off", CUT_OFF, FRESH, [false, false, false, false]],
  ])("%s shows which of its responses came over new connections", async (_, report, page, expected) => {
    expect((await check(report, page)).isFresh).toEqual(expected);
  });

  const SOCKS = { type: "socks", host: "proxy" };
  const COUNTS = { kind: "judged" };
  const PROVES_NOTHING = { kind: "unanswered", reason: "proxy" };
  it.each<[where: string, routes: Route[], proxyInfo: object, attempt: object]>([
    ["counts: the way of the requests that it is for", [DIRECT], { type: "direct" }, COUNTS],
    ["counts: through the same proxy", [routeOf(SOCKS)], SOCKS, COUNTS],
    ["proves nothing: through a proxy that they don't go through", [DIRECT], SOCKS, PROVES_NOTHING],
    ["proves nothing: past the proxy that they go through", [routeOf(SOCKS)], { type: "direct" }, PROVES_NOTHING],
    ["proves nothing: through a proxy's tunnel", [], { type: "https" }, PROVES_NOTHING],
  ])("%s", async (_, routes, proxyInfo, attempt) => {
    expect((await check(answered(OURS), FRESH, { ...TARGET, routes }, proxyInfo)).attempt).toMatchObject(attempt);
  });

  it("is sent again if one of its probes would wait for one that waits behind it, and leaves at the sixth time", async () => {
    sender.send = (round) => post(probes, currentBatch, round, { isEntangled: true });
    const kinds: boolean[] = [];
    for (let times = 0; times < 6; times++) {
      const over = rounds.send(7, TARGET);
      await vi.advanceTimersByTimeAsync(5000);
      kinds.push((await over).kind === "again");
    }
    expect(kinds).toEqual([true, true, true, true, true, false]);
  });

  it("lets the others of its width go at once when one is held", async () => {
    const left: boolean[] = [];
    const posts = [{ report: answered(OURS) }, { report: HELD }];
    sender.send = (round) => post(probes, currentBatch, round, { posts }, left);
    const over = rounds.send(7, { ...TARGET, width: 3 });
    await vi.advanceTimersByTimeAsync(0);
    expect([await over, left[0]]).toEqual([{ kind: "again", why: "stuck" }, true]);
  });
});
