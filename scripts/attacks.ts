// `npm run attacks`: in how many visits each attacker gets a secret, without an extension, while the instance is
// watched, and under Guard. Then the share that a guessing attacker wins.
// - `-- --visits 10 --tries 200` sets how often.
// - `-- --only guarded` skips the other ways of visiting.
// - `-- --attacker late` plays only the attackers with that name.
// - `-- --resist-fingerprinting` uses a browser in which Guard refuses to work.
// - `-- --observe --visits 400 --line 20 --busy` plays an attacker who only measures.
// LATCHKEY_FIREFOX names another browser.
import { parseArgs } from "node:util";
import type { Page } from "playwright";
import { closeIncidents, incidents, openInstance, post, returning, switchGuardOn } from "../test/firefox/guarded";
import { isOpen } from "../src/core/incident/incident";
import { attack, type Strategy } from "../test/lab/attacker";
import { firstPasses, ROUND, STRATEGIES, rejects } from "../test/lab/strategies";
import { startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import { startLab, type Instance, type Lab } from "../test/lab/lab";
import { observed } from "./attacks-observe";
import { build } from "./build";

const { values } = parseArgs({
  options: {
    visits: { type: "string", default: "5" },
    tries: { type: "string", default: "200" },
    only: { type: "string" },
    attacker: { type: "string", default: "" },
    "resist-fingerprinting": { type: "boolean", default: false },
    observe: { type: "boolean", default: false },
    line: { type: "string", default: "0" },
    busy: { type: "boolean", default: false },
  },
});
const visits = Number(values.visits);
const tries = Number(values.tries);
const prefs = { "privacy.resistFingerprinting": values["resist-fingerprinting"] };

const HOW = ["without", "watched", "guarded"] as const;
type How = (typeof HOW)[number];
const wanted = HOW.filter((how) => values.only === undefined || values.only === how);
if (wanted.length === 0) throw new Error(`--only takes one of: ${HOW.join(", ")}`);

/** In how many visits the attacker got a secret that the page sent. */
async function won(how: How, strategy: Strategy): Promise<number> {
  const lab = await startLab();
  const firefox = await startFirefox(lab, how === "without" ? { extension: false, prefs } : { prefs });
  let count = 0;
  for (let visit = 0; visit < visits; visit++) {
    const { instance, page } = await (how === "without"
      ? openUnwatched(lab, firefox)
      : how === "guarded" && values["resist-fingerprinting"]
        ? openRefused(lab, firefox)
        : openInstance(lab, firefox, how === "guarded"));
    const loot = await attack(lab, instance, strategy);
    await returning(page);
    if (loot.secrets() > 0) count++;
    await page.close();
  }
  await firefox.close();
  await lab.close();
  return count;
}

/** Opens an instance with Guard on, and waits until Guard says that it can't work in this browser. */
async function openRefused(lab: Lab, firefox: FirefoxSession): Promise<{ instance: Instance; page: Page }> {
  const { instance, page } = await openInstance(lab, firefox, false);
  await switchGuardOn(firefox, instance);
  await page.bringToFront();
  await page.reload();
  await firefox.buttonShows("Latchkey: not checked, Guard can’t work in this browser");
  return { instance, page };
}

async function openUnwatched(lab: Lab, firefox: FirefoxSession): Promise<{ instance: Instance; page: Page }> {
  const instance = await lab.instance();
  const page = await firefox.context.newPage();
  await page.goto(instance.url);
  return { instance, page };
}

/** How often an attacker who lets the first round pass and takes the next group got the secret, and was reported. */
async function guesses(strategy: Strategy): Promise<{ won: number; reported: number }> {
  const lab = await startLab();
  const firefox: FirefoxSession = await startFirefox(lab);
  const { instance, page } = await openInstance(lab, firefox, true);
  let hits = 0;
  let reported = 0;
  for (let guess = 0; guess < tries; guess++) {
    const loot = await attack(lab, instance, strategy);
    const answer = await post(page);
    hits += loot.secrets();
    instance.attacker = undefined;
    instance.dropConnections();
    // "stopped" if the attacker ended the request. If the instance answered in the end, it may have rejected an earlier
    // try.
    if (answer === "stopped" || (await incidents(firefox, instance)).some(isOpen)) {
      await closeIncidents(firefox, instance);
      reported++;
    }
    if ((guess + 1) % 20 === 0)
      console.log(`  ${String(guess + 1)} guesses: ${String(hits)} won, ${String(reported)} reported`);
  }
  await firefox.close();
  await lab.close();
  return { won: hits, reported };
}

console.log("Building …");
await build();
if (values.observe) {
  await observed({ visits, line: Number(values.line), isBusy: values.busy });
  process.exit();
}
console.log(`\nVisits out of ${String(visits)} in which the attacker got a secret:\n`);
const columns = { without: "without an extension", watched: "watched", guarded: "under Guard" };
console.log(
  `| attacker | ${wanted.map((how) => columns[how]).join(" | ")} |\n| --- |${" --- |".repeat(wanted.length)}`,
);
for (const [name, strategy] of STRATEGIES.filter(([known]) => known.startsWith(values.attacker))) {
  const row: number[] = [];
  for (const how of wanted) row.push(await won(how, strategy));
  console.log(`| ${name} | ${row.join(" | ")} |`);
}
// If Guard refuses to send, there is nothing to guess.
const GUESSES: [way: string, strategy: Strategy][] = [
  ["closes the connections of the next group", firstPasses("close")],
  [
    "rejects a request of the next group, so that Firefox retries it",
    rejects("misdirected", { skip: ROUND, times: 1, distance: 20 }),
  ],
];
for (const [way, strategy] of values["resist-fingerprinting"] || tries === 0 ? [] : GUESSES) {
  console.log(`\nAn attacker who lets the first round pass and ${way}, under Guard:`);
  const { won: hits, reported } = await guesses(strategy);
  console.log(
    `The attacker got the secret in ${String(hits)} of ${String(tries)} tries, and Latchkey reported ${String(reported)}.`,
  );
}
process.exit(); // ends the attacker's open connections, too
