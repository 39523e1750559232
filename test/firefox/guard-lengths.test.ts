// What an attacker below TLS sees of a connection after letting it pass, before deciding on the next one of its group.
import { expect, it } from "vitest";
import { PROBE_PATH } from "../../src/core/probe/probe";
import { attack, SECRET } from "../lab/attacker";
import { measures, STAGGERED } from "../lab/staggered";
import { firefox, lab, useBrowser } from "./browser";
import { incidents, openInstance, untilKept } from "./guarded";

useBrowser();

/** What a page sends that carries a secret, of several methods, sizes and headers. */
const SENDS = [
  `fetch('/api/services', { method: 'POST', body: '${SECRET}' })`,
  `fetch('/api/services', { method: 'PUT', body: '${SECRET}'.repeat(20), headers: { 'Content-Type': 'text/x' } })`,
  `fetch('/api/camera', { headers: { Authorization: 'Bearer ${SECRET}' } })`,
  `fetch('/api/services', { method: 'DELETE', headers: { Authorization: 'Bearer ${SECRET}'.repeat(30) } })`,
];
const TIMES = 4;
/** The connections of a round, and of a secret with its companion. */
const PAIR = 2;

it("gives nothing to an attacker who lets one connection of a group wait until another one's request has passed", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  const loot = await attack(lab, instance, STAGGERED);
  for (let time = 0; time < 3 * TIMES; time++) await page.evaluate(`${SENDS[0] ?? ""}.catch(() => undefined)`);
  expect(loot.secrets()).toBe(0);
  expect(await incidents(firefox, instance)).toEqual([]);
  await page.close();
});

it("shows in no order which connection ends with its request", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  /** How often the connection that ends came first, in the pairs of rounds, and of secrets with their companions. */
  const used = new Set<number>();
  const ofRounds: boolean[] = [];
  const ofSecrets: boolean[] = [];
  for (let time = 0; time < 10 * TIMES; time++) {
    instance.received.length = 0;
    await page.evaluate(`${SENDS[0] ?? ""}.then((answer) => answer.text())`);
    // A later probe uses a connection again. Only the first request on each belongs to a pair.
    const began = instance.received.filter(({ port }) => !used.has(port) && used.add(port));
    const secret = began.findIndex(({ path }) => !path.startsWith(PROBE_PATH));
    // If the companion was quicker, the secret left over its connection.
    if (secret < began.length - PAIR || began.length % PAIR > 0) continue;
    ofSecrets.push(secret === began.length - PAIR);
    for (let index = 0; index < began.length - PAIR; index += PAIR)
      ofRounds.push(began[index]?.headers.connection === "close");
  }
  for (const order of [ofRounds, ofSecrets]) {
    // Half of them are expected. Of 2,000 runs, fewer than one is outside of this by chance.
    expect(order.length).toBeGreaterThanOrEqual(4 * TIMES);
    const share = order.filter(Boolean).length / order.length;
    console.log(`The connection that ends was the first in ${share.toFixed(2)} of ${String(order.length)} pairs.`);
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.9);
  }
  await page.close();
});

it.each(SENDS)("shows one length only, of probes and of %s", async (send) => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  const lengths: number[] = [];
  await attack(
    lab,
    instance,
    measures((bytes) => lengths.push(bytes)),
  );
  for (let time = 0; time < TIMES; time++) await page.evaluate(`${send}.then((answer) => answer.text())`);
  // The connections of secrets, of their companions, and of a round or more before each.
  expect(lengths.length).toBeGreaterThanOrEqual(4 * TIMES);
  // A stray connection may carry something else. What is a secret's or a companion's comes every time.
  const repeated = lengths.filter((length, index) => lengths.indexOf(length) !== index);
  expect([...new Set(repeated)]).toHaveLength(1);
  await page.close();
});
