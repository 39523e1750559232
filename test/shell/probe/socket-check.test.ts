// What a WebSocket's handshake shows about an instance: as a check, and when asking for the version.
import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nonceOf, plainSocketUrl, socketUrl } from "../../../src/core/probe/probe";
import type { Attempt, ProbeReport } from "../../../src/core/probe/probe-outcome";
import type { Verdict } from "../../../src/core/incident/verdict";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createProbeRegistry, type ProbeRegistry } from "../../../src/shell/probe/probe-registry";
import { checkBySocket, expectSocket } from "../../../src/shell/probe/socket-check";
import type { Target } from "../../../src/shell/probe/target";
import { INSTANCE, sha1 } from "../../core/samples";
import { answered, CUT_OFF, HELD, MISMATCH, OURS, REFUSED, requestTo, sender, tell, type Sent } from "./sender";

vi.mock("../../../src/shell/probe/send-probe", async () => ({
  sendRound: (await import("./sender")).sendFromBackground,
}));
vi.mock("webextension-polyfill", async () => ({ default: (await import("./sender")).browser }));

let probes: ProbeRegistry;
const currentBatch = createEventBatches();
beforeEach(() => {
  vi.useFakeTimers();
  probes = createProbeRegistry();
});
afterEach(() => {
  vi.useRealTimers();
});

const NOTHING_SENT = { first: [], then: [] };
const UNCHANGED: Verdict = { kind: "unchanged", pin: sha1("1") };

const TARGET: Target = { address: INSTANCE, private: false, tabIds: [7], pool: "socket" };

interface Checked {
  readonly attempt: Attempt;
  readonly took: number;
  readonly sent: readonly Sent[];
  /** What is known about it almost a second after its end, and a moment later. */
  readonly known: { readonly forAWhile: boolean; readonly isPrivate: boolean; readonly later: boolean };
}
/** Opens one, which is over after `duration` ms. */
async function check(
  report: ProbeReport | undefined,
  from: number | undefined,
  duration = 20,
  isPrivate = false,
): Promise<Checked> {
  const sent: Sent[] = [];
  sender.send = async (shaken) => {
    sent.push(shaken);
    await tell(probes, shaken.socket ?? "", report, currentBatch());
    await new Promise((done) => setTimeout(done, duration));
    return NOTHING_SENT;
  };
  const began = performance.now();
  const over = checkBySocket(probes, from, { ...TARGET, private: isPrivate }).then((attempt) => ({
    attempt,
    took: performance.now() - began,
  }));
  await vi.advanceTimersByTimeAsync(duration + 999);
  const request = requestTo(sent[0]?.socket);
  const known = { forAWhile: probes.answered(request) !== undefined, isPrivate: probes.isPrivate(request) };
  await vi.advanceTimersByTimeAsync(1);
  return { ...(await over), sent, known: { ...known, later: probes.answered(request) !== undefined } };
}

const judged = (verdict: Verdict, more: object = {}): object => ({
  ...{ kind: "judged", verdict, from: "tab", isInconclusive: false },
  ...more,
});
const ROWS: [what: string, report: ProbeReport | undefined, attempt: object][] = [
  ["the instance answers", answered(OURS), judged(OURS)],
  ["the instance answers over HTTP/2", answered(OURS, { isOwn: false }), judged(OURS, { isInconclusive: true })],
  ["the attacker answers", answered(MISMATCH), judged(MISMATCH)],
  ["is answered without a verdict", answered(undefined), { kind: "unanswered", reason: "probe-unanswered" }],
  ["is cut off", CUT_OFF, { kind: "unanswered", reason: "cut-off" }],
  ["is refused", REFUSED, { kind: "unanswered", reason: "refused", words: "Firefox’s words" }],
  ["is never answered", undefined, { kind: "unanswered", reason: "probe-unanswered" }],
  ["waits for a held request", HELD, { kind: "again", why: "stuck" }],
];
describe("a check by a WebSocket", () => {
  it.each(ROWS)("that %s has the outcome that it shows", async (_, report, attempt) => {
    expect((await check(report, 7)).attempt).toEqual(attempt);
  });

  it.each<[from: number | undefined, sentFrom: number | "background", judgedFrom: string]>([
    [7, 7, "tab"],
    [undefined, "background", "background"],
  ])("from tab %s is sent from the %s as a handshake alone", async (from, sentFrom, judgedFrom) => {
    const { attempt, sent } = await check(answered(OURS), from);
    expect(attempt).toMatchObject({ from: judgedFrom });
    const [{ socket = "" } = {}] = sent;
    expect(sent).toMatchObject([{ from: sentFrom, first: [], then: [], credentials: "omit" }]);
    expect(socket).toBe(socketUrl(INSTANCE, nonceOf(socket) ?? ""));
  });

  it("shows nothing if the tab no longer belongs to the instance", async () => {
    sender.send = () => Promise.resolve(undefined);
    expect(await checkBySocket(probes, 7, TARGET)).toEqual({ kind: "not-sent" });
  });

  it("ends at once if it waits for a held request, and is then given up", async () => {
    const { took, sent } = await check(HELD, undefined, 5000);
    expect([took, sent[0]?.giveUp?.aborted]).toEqual([0, true]);
  });

  it("is given up only if it waits for a held request", async () => {
    expect((await check(answered(OURS), undefined)).sent[0]?.giveUp?.aborted).toBe(false);
  });

  it.each<[what: string, report: ProbeReport]>([
    ["the instance answers", answered(OURS)],
    ["waits for a held request, and may go on later", HELD],
  ])("that %s is known as one of ours for a second after its end", async (_, report) => {
    expect((await check(report, 7, 5000)).known).toMatchObject({ forAWhile: true, later: false });
  });

  it.each([true, false])("is for the windows that are checked, private: %s", async (isPrivate) => {
    expect((await check(answered(OURS), 7, 0, isPrivate)).known).toMatchObject({ isPrivate });
  });
});

describe("a WebSocket that asks for the version", () => {
  const expected = () => {
    const socket = expectSocket(probes, INSTANCE);
    return { ...socket, nonce: nonceOf(socket.url) };
  };

  it("goes to the path that each version of Home Assistant knows", () => {
    const { url, nonce = "" } = expected();
    expect(url).toBe(plainSocketUrl(INSTANCE, nonce));
    expect(probes.isPrivate(requestTo(url))).toBe(false);
  });

  it.each<[what: string, isOurs: boolean, report: ProbeReport]>([
    ["the instance answers", true, answered(OURS)],
    ["the instance answers, whose pin was trusted on first use", true, answered(UNCHANGED)],
    ["the attacker answers", false, answered(MISMATCH)],
    ["an instance without a pin answers", false, answered({ kind: "unpinned" })],
    ["is answered without a verdict", false, answered(undefined)],
    ["is cut off", false, CUT_OFF],
    ["is refused", false, REFUSED],
  ])("that %s reached the instance: %s", async (_, isOurs, report) => {
    const socket = expected();
    await tell(probes, socket.url, report, currentBatch());
    expect(await socket.isOurs).toBe(isOurs);
  });

  it("reached no server if it ends without a response, and is then known for a second", async () => {
    const socket = expected();
    socket.end();
    expect(await socket.isOurs).toBe(false);
    await vi.advanceTimersByTimeAsync(999);
    expect(probes.answered(requestTo(socket.url))).toBeDefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(probes.answered(requestTo(socket.url))).toBeUndefined();
  });

  it("waits as long as a request that is held", async () => {
    const socket = expected();
    const batch = currentBatch();
    batch.hold();
    await tell(probes, socket.url, answered(OURS), batch);
    expect(await socket.isOurs).toBe(true);
  });

  it.each<[whom: string, isClosed: boolean, verdict: Verdict | undefined]>([
    ["the instance", false, OURS],
    ["the attacker", true, MISMATCH],
    ["an unknown server", true, undefined],
  ])("is closed if it did not reach the instance: it reached %s, closed: %s", (_, isClosed, verdict) => {
    expect(probes.answered(requestTo(expected().url))?.cancel(verdict)).toBe(isClosed);
  });
});
