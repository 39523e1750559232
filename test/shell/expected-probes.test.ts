import "./newer";
import { expect, it } from "vitest";
import { createExpectedProbes } from "../../src/shell/expected-probes";
import { createGate } from "../../src/shell/gate";
import { createTurns } from "../../src/shell/turns";
import { HOUSE } from "../core/samples";

const subject = { address: HOUSE, private: false };
const DIRECT = { type: "direct" };

/** Two probes of a round, of which the first is at its gate in the turn in which Firefox asks about the second. */
async function asksInOneTurn(isPatient: boolean) {
  const turnNow = createTurns();
  const probes = createExpectedProbes();
  const gate = createGate(2, isPatient);
  const [one, other] = [0, 1].map(() => probes.expect(subject, "first", Promise.resolve(true), gate));
  probes.asked(one?.nonce, turnNow());
  await turnNow().whole;
  const turn = turnNow();
  const leaves = probes.onSendHeaders(one?.nonce, [], DIRECT, turn);
  probes.asked(other?.nonce, turn);
  await turn.whole;
  return { probes, gate, other, turnNow, leaves };
}

it("gives a round up before it leaves if one of its probes would wait for one that waits behind it", async () => {
  const { probes, gate, other, turnNow, leaves } = await asksInOneTurn(false);
  expect([await gate.abandoned, await leaves]).toEqual(["abandoned", { cancel: true }]);
  expect(await probes.onSendHeaders(other?.nonce, [], DIRECT, turnNow())).toEqual({ cancel: true });
});

it("lets both go when rounds were given up often, as soon as Firefox has answered", async () => {
  const { probes, gate, other, turnNow, leaves } = await asksInOneTurn(true);
  gate.open();
  expect(await leaves).toHaveProperty("requestHeaders");
  expect(await probes.onSendHeaders(other?.nonce, [], DIRECT, turnNow())).toHaveProperty("requestHeaders");
});

it("gives up no round whose probes Firefox asks about one after the other, or together", async () => {
  const turnNow = createTurns();
  const probes = createExpectedProbes();
  for (const isTogether of [true, false]) {
    const gate = createGate(2);
    const both = [0, 1].map(() => probes.expect(subject, "first", Promise.resolve(true), gate));
    for (const { nonce } of both) probes.asked(nonce, turnNow());
    await turnNow().whole;
    const [one, other] = both;
    const first = probes.onSendHeaders(one?.nonce, [], DIRECT, turnNow());
    if (!isTogether) await turnNow().whole;
    const second = probes.onSendHeaders(other?.nonce, [], DIRECT, turnNow());
    expect(await first).toHaveProperty("requestHeaders");
    expect(await second).toHaveProperty("requestHeaders");
  }
});
