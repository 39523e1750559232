import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { headSize, probeUrl } from "../../../src/core/probe/probe";
import {
  createProbeRegistry,
  type AskedRequest,
  type Expected,
  type ProbeRegistry,
} from "../../../src/shell/probe/probe-registry";
import { createGate } from "../../../src/shell/probe/gate";
import { createEventBatches } from "../../../src/shell/event-batch";
import { INSTANCE } from "../../core/samples";
import { OURS, requestTo } from "./sender";

const subject = { address: INSTANCE, private: false };
const DIRECT = { type: "direct" };
const requestOf = (probe: Expected | undefined): AskedRequest => requestTo(probeUrl(INSTANCE, probe?.nonce ?? ""));

/** Two probes of a round. The first is at its gate, in the batch in which Firefox asks about the second. */
async function asksInOneBatch(isPatient: boolean) {
  const currentBatch = createEventBatches();
  const probes = createProbeRegistry();
  const gate = createGate(2, isPatient);
  const [one, other] = [0, 1].map(() => probes.expect(subject, "first", Promise.resolve(true), gate));
  probes.asked(requestOf(one), currentBatch());
  await currentBatch().whole;
  const batch = currentBatch();
  const leaves = probes.onSendHeaders(requestOf(one), [], DIRECT, batch);
  probes.asked(requestOf(other), batch);
  await batch.whole;
  return { probes, gate, other, currentBatch, leaves };
}

it("gives a round up before it leaves if one of its probes would wait for another in the same batch", async () => {
  const { probes, gate, other, currentBatch, leaves } = await asksInOneBatch(false);
  expect([await gate.abandoned, await leaves]).toEqual(["abandoned", { cancel: true }]);
  expect(await probes.onSendHeaders(requestOf(other), [], DIRECT, currentBatch())).toEqual({ cancel: true });
});

it("lets both probes go after rounds were given up often, as soon as Firefox has answered", async () => {
  const { probes, gate, other, currentBatch, leaves } = await asksInOneBatch(true);
  gate.open();
  expect(await leaves).toHaveProperty("requestHeaders");
  expect(await probes.onSendHeaders(requestOf(other), [], DIRECT, currentBatch())).toHaveProperty("requestHeaders");
});

it.each([
  ["first", "keep"],
  ["companion", "keep"],
  ["ending", "close"],
  ["then", "close"],
  ["knock", "close"],
] as const)("%s: lets its connection %s, and has the length that it must have", async (kind, how) => {
  const probes = createProbeRegistry();
  const probe = probes.expect({ ...subject, head: 1024 }, kind, Promise.resolve(true));
  const request = requestOf(probe);
  const answer = await probes.onSendHeaders(request, [], DIRECT, createEventBatches()());
  const { requestHeaders: headers = [] } = answer ?? {};
  expect(headers.some(({ name, value }) => name === "Connection" && value === "close")).toBe(how === "close");
  expect(headSize({ method: "POST", url: request.url, headers })).toBe(1024);
});

it.each([
  ["gives up a round whose probes Firefox asks about together", true],
  ["gives up no round whose probes Firefox asks about one after the other", false],
])("%s: they would leave closer together than a secret does", async (_, isTogether) => {
  const currentBatch = createEventBatches();
  const probes = createProbeRegistry();
  const gate = createGate(2);
  const both = [0, 1].map(() => probes.expect(subject, "first", Promise.resolve(true), gate));
  for (const probe of both) probes.asked(requestOf(probe), currentBatch());
  await currentBatch().whole;
  const [one, other] = both;
  const first = probes.onSendHeaders(requestOf(one), [], DIRECT, currentBatch());
  if (!isTogether) await currentBatch().whole;
  const second = probes.onSendHeaders(requestOf(other), [], DIRECT, currentBatch());
  for (const answer of [await first, await second]) expect(answer?.cancel === true).toBe(isTogether);
});

describe("a stand-in", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([true, false])("is ended at once if a companion waits for it, in one batch: %s", async (isTogether) => {
    const currentBatch = createEventBatches();
    const probes = createProbeRegistry();
    // Otherwise, the gate would be abandoned.
    const gate = createGate(2, isTogether);
    const companion = probes.expect(subject, "companion", Promise.resolve(false), gate);
    const standIn = probes.expect(subject, "stand-in", Promise.resolve(false), gate);
    const leaves = probes.onSendHeaders(requestOf(companion), [], DIRECT, currentBatch());
    if (!isTogether) await currentBatch().whole;
    let ended: unknown;
    void probes.onSendHeaders(requestOf(standIn), [], DIRECT, currentBatch())?.then((answer) => {
      ended = answer;
    });
    await vi.advanceTimersByTimeAsync(50);
    expect(await leaves).toHaveProperty("requestHeaders");
    expect(ended).toEqual(isTogether ? { cancel: true } : undefined);
    await vi.advanceTimersByTimeAsync(50);
    expect(ended).toEqual({ cancel: true });
  });
});

describe("a nonce that an attacker has read in a probe", () => {
  const nonceOfAnother = () => {
    const probes = createProbeRegistry();
    const probe = probes.expect(subject, "first", Promise.resolve(true));
    const own = requestOf(probe);
    return { probes, probe, own, other: { ...own, requestId: "another" } };
  };

  it.each<[by: string, ask: (probes: ProbeRegistry, request: AskedRequest) => unknown]>([
    ["its beginning", (probes, request) => probes.asked(request, createEventBatches()())],
    ["its headers", (probes, request) => probes.onSendHeaders(request, [], DIRECT, createEventBatches()())],
  ])("makes no other request a probe, once Firefox has asked about %s", async (_, ask) => {
    const { probes, probe, own, other } = nonceOfAnother();
    ask(probes, own);
    expect(probes.asked(other, createEventBatches()())).toBe(false);
    expect(probes.onSendHeaders(other, [], DIRECT, createEventBatches()())).toBeUndefined();
    expect(probes.answered(other)).toBeUndefined();
    expect(probes.isPrivate(other)).toBe(false);
    expect(probes.failed(other, { reason: "cut-off" })).toBe(false);
    expect(probes.asked(own, createEventBatches()())).toBe(true);
    expect(probes.failed(own, { reason: "unreachable" })).toBe(true);
    expect(await probe.told).toEqual({ kind: "failed", reason: "unreachable" });
  });

  it("doesn't count the bytes of another request", async () => {
    const { probes, probe, own, other } = nonceOfAnother();
    probes.asked(own, createEventBatches()());
    probes.answered(own)?.judged(OURS, true, false, 100);
    probes.completed(other, 100);
    probes.completed(own, 230);
    expect(await probe.told).toMatchObject({ surplus: 130, isTooLong: false });
  });

  it.each([
    [229, true],
    [230, false],
  ])("is too long with 230 bytes if it can have %d: %s", async (maxSize, isTooLong) => {
    const { probes, probe, own } = nonceOfAnother();
    probes.asked(own, createEventBatches()());
    probes.answered(own)?.judged(OURS, true, false, 100, maxSize);
    probes.completed(own, 230);
    expect(await probe.told).toMatchObject({ isTooLong });
  });
});
