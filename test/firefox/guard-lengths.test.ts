// What an attacker below TLS sees of a connection after letting it pass, before deciding on the next one of its group.
import { expect, it } from "vitest";
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

it("gives nothing to an attacker who lets one connection of a group wait until another one's request has passed", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  const loot = await attack(lab, instance, STAGGERED);
  for (let time = 0; time < 3 * TIMES; time++) await page.evaluate(`${SENDS[0] ?? ""}.catch(() => undefined)`);
  expect(loot.secrets()).toBe(0);
  expect(await incidents(firefox, instance)).toEqual([]);
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
