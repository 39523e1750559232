// `npm run attacks -- --observe`: whether somebody who measures, and decrypts nothing, can tell the connection that will
// carry a secret from those of probes. He learns from half of the visits, and plays the other half live.
import type { Page } from "playwright";
import { closeIncidents, incidents, openHouse, post } from "../test/firefox/guarded";
import { isOpen } from "../src/core/incident";
import { attack } from "../test/lab/attacker";
import { startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import { startLab, type House, type Lab } from "../test/lab/lab";
import { observe, train, type Look, type Observer, type Sample } from "../test/lab/observer";
import { SILENT } from "../test/lab/strategies";
import { until } from "../test/lab/until";

export interface Manner {
  readonly visits: number;
  /** Round trip of the line, in milliseconds. */
  readonly line: number;
  /** Whether the page loads pictures meanwhile. */
  readonly isBusy: boolean;
}

const PATH = "/auth/token";

/** A page's token, and while it is busy three pictures, which may still be on their way. */
const visit = async (page: Page, isBusy: boolean): Promise<unknown> => {
  if (isBusy)
    await page.evaluate(
      "void [1, 2, 3].map(() => { new Image().src = '/image.svg?' + Math.random(); }); new Promise((done) => setTimeout(done, 100 * Math.random()))",
    );
  return post(page, PATH);
};

/** What he saw of a visit that he only watched, with what the house knows of it. */
function samplesOf(observer: Observer, house: House): Sample[] {
  const carriers = new Set(house.received.filter(({ path }) => path === PATH).map(({ port }) => port));
  house.received.length = 0;
  return observer.take().map(({ look, port }) => ({ look, isSecret: port !== undefined && carriers.has(port) }));
}

/** He takes the first connection of a visit that looks likely enough, and no other: so many, and so many with a secret. */
interface Score {
  readonly taken: number;
  readonly won: number;
}

async function learn(lab: Lab, house: House, page: Page, manner: Manner): Promise<Sample[]> {
  const observer = observe(
    lab,
    house,
    manner.line,
    () => false,
    () => undefined,
  );
  house.attacker = observer.attacker;
  house.dropConnections();
  house.received.length = 0;
  const samples: Sample[] = [];
  for (let count = 0; count < manner.visits / 2; count++) {
    await visit(page, manner.isBusy);
    samples.push(...samplesOf(observer, house));
  }
  return samples;
}

async function play(
  lab: Lab,
  firefox: FirefoxSession,
  house: House,
  page: Page,
  manner: Manner,
  wants: (look: Look) => boolean,
): Promise<Score> {
  let [taken, won] = [0, 0];
  for (let count = 0; count < manner.visits / 2; count++) {
    const takes: Look[] = [];
    const loot = await attack(lab, house, (tools) => {
      SILENT(tools);
      const wantsOne = (look: Look): boolean => takes.length === 0 && wants(look) && takes.push(look) > 0;
      return observe(lab, house, manner.line, wantsOne, tools.take).attacker;
    });
    await visit(page, manner.isBusy);
    if (takes.length === 0) continue;
    taken++;
    if (loot.secrets() > 0) won++;
    house.attacker = undefined;
    house.dropConnections();
    await until(
      async () => (await incidents(firefox, house)).filter(isOpen),
      (open) => open.length > 0,
    );
    await closeIncidents(firefox, house);
  }
  return { taken, won };
}

/** Of so many guesses with this chance, how far the number won is from the mean, in standard deviations. */
const deviation = ({ taken, won }: Score, chance: number): number =>
  (won - taken * chance) / Math.sqrt(taken * chance * (1 - chance));

/** Chance of one guess in the dark: among connections that are not of a visit's first group, which never carries any. */
const blindChance = (samples: readonly Sample[]): number => {
  const later = samples.filter(({ look }) => look.groups > 0);
  return later.filter(({ isSecret }) => isSecret).length / later.length;
};

/** So many times the blind chance makes a connection likely. */
const LIKELY = [1, 1.5, 2];

export async function observed(manner: Manner): Promise<void> {
  const lab = await startLab();
  const firefox = await startFirefox(lab);
  const { house, page } = await openHouse(lab, firefox, true);
  const samples = await learn(lab, house, page, manner);
  const blind = blindChance(samples);
  const likely = train(samples);
  const secrets = samples.filter(({ isSecret }) => isSecret).length;
  console.log(`\nLine of ${String(manner.line)} ms, ${manner.isBusy ? "busy" : "idle"}:`);
  console.log(`  ${String(samples.length)} connections, ${String(secrets)} with a secret. Blind: ${blind.toFixed(3)}.`);
  const scores = samples
    .filter(({ look }) => look.groups > 0)
    .map((sample) => ({ ...sample, score: likely(sample.look) }));
  for (const times of LIKELY) {
    const above = scores.filter(({ score }) => score > times * blind);
    const right = above.filter(({ isSecret }) => isSecret).length;
    console.log(`  Learnt: ${String(above.length)} above ${String(times)} times that, ${String(right)} of them right.`);
  }
  const sorted = scores.map(({ score }) => score).sort((a, b) => a - b);
  // Of the connections that he has seen a fifth looked more likely.
  const limit = sorted[Math.floor(sorted.length * 0.8)] ?? 1;
  const score = await play(lab, firefox, house, page, manner, (look) => look.groups > 0 && likely(look) > limit);
  console.log(
    `  Live: took ${String(score.taken)}, won ${String(score.won)}; blind ${(score.taken * blind).toFixed(1)}; ${deviation(score, blind).toFixed(2)} standard deviations.`,
  );
  await firefox.close();
  await lab.close();
}
