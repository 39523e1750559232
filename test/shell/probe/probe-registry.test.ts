import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProbeRegistry } from "../../../src/shell/probe/probe-registry";
import { createGate } from "../../../src/shell/probe/gate";
import { createEventBatches } from "../../../src/shell/event-batch";
import { INSTANCE } from "../../core/samples";

const subject = { address: INSTANCE, private: false };
const DIRECT = { type: "direct" };

/** Two probes of a round. The first is at its gate, in the batch in which Firefox asks about the second. */
async function asksInOneBatch(isPatient: boolean) {
  const currentBatch = createEventBatches();
  const probes = createProbeRegistry();
  const gate = createGate(2, isPatient);
  const [one, other] = [0, 1].map(() => probes.expect(subject, "first", Promise.resolve(true), gate));
  probes.asked(one?.nonce, currentBatch());
  await currentBatch().whole;
  const batch = currentBatch();
  const leaves = probes.onSendHeaders(one?.nonce, [], DIRECT, batch);
  probes.asked(other?.nonce, batch);
  await batch.whole;
  return { probes, gate, other, currentBatch, leaves };
}

it("gives a round up before it leaves if one of its probes would wait for another in the same batch", async () => {
  const { probes, gate, other, currentBatch, leaves } = await asksInOneBatch(false);
  expect([await gate.abandoned, await leaves]).toEqual(["abandoned", { cancel: true }]);
  expect(await probes.onSendHeaders(other?.nonce, [], DIRECT, currentBatch())).toEqual({ cancel: true });
});

it("lets both probes go after rounds were given up often, as soon as Firefox has answered", async () => {
  const { probes, gate, other, currentBatch, leaves } = await asksInOneBatch(true);
  gate.open();
  expect(await leaves).toHaveProperty("requestHeaders");
  expect(await probes.onSendHeaders(other?.nonce, [], DIRECT, currentBatch())).toHaveProperty("requestHeaders");
});

it("gives up no round whose probes Firefox asks about one after the other, or together", async () => {
  const currentBatch = createEventBatches();
  const probes = createProbeRegistry();
  for (const isTogether of [true, false]) {
    const gate = createGate(2);
    const both = [0, 1].map(() => probes.expect(subject, "first", Promise.resolve(true), gate));
    for (const { nonce } of both) probes.asked(nonce, currentBatch());
    await currentBatch().whole;
    const [one, other] = both;
    const first = probes.onSendHeaders(one?.nonce, [], DIRECT, currentBatch());
    if (!isTogether) await currentBatch().whole;
    const second = probes.onSendHeaders(other?.nonce, [], DIRECT, currentBatch());
    expect(await first).toHaveProperty("requestHeaders");
    expect(await second).toHaveProperty("requestHeaders");
  }
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
    const gate = createGate(2);
    const companion = probes.expect(subject, "companion", Promise.resolve(false), gate);
    const standIn = probes.expect(subject, "stand-in", Promise.resolve(false), gate);
    const leaves = probes.onSendHeaders(companion.nonce, [], DIRECT, currentBatch());
    if (!isTogether) await currentBatch().whole;
    let ended: unknown;
    void probes.onSendHeaders(standIn.nonce, [], DIRECT, currentBatch())?.then((answer) => {
      ended = answer;
    });
    expect(await leaves).toHaveProperty("requestHeaders");
    await vi.advanceTimersByTimeAsync(50);
    expect(ended).toEqual(isTogether ? { cancel: true } : undefined);
    await vi.advanceTimersByTimeAsync(50);
    expect(ended).toEqual({ cancel: true });
  });
});
