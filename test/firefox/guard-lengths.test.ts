// What an attacker below TLS sees of a connection after letting it pass, before deciding on the next one of its group.
import { expect, it } from "vitest";
import { attack } from "../lab/attacker";
import { firefox, lab, useBrowser } from "./browser";
import { incidents, openInstance, post, untilKept } from "./guarded";
import { STAGGERED, watches } from "../lab/staggered";

useBrowser();

const LOGINS = 12;

it("gives nothing to an attacker who lets one connection of a group wait until another one's request has passed", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  const loot = await attack(lab, instance, STAGGERED);
  for (let login = 0; login < LOGINS; login++)
    console.log(await post(page, "/api/services"), loot.requests(), loot.secrets());
  expect(loot.secrets()).toBe(0);
  console.log(await incidents(firefox, instance));
  await page.close();
});

it("shows the same from outside, whatever a connection carries", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  await untilKept(firefox, page, instance);
  const flights: number[] = [];
  await attack(
    lab,
    instance,
    watches(({ bytes }) => flights.push(bytes)),
  );
  instance.received.length = 0;
  for (let request = 0; request < LOGINS; request++) await post(page, "/api/services");
  console.log(flights);
  for (const r of instance.received.slice(-8)) console.log(r.path, r.port, JSON.stringify(r.headers));
  await page.close();
});
