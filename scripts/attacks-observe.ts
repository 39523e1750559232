// `npm run attacks -- --observe`: whether an attacker who measures, and decrypts nothing, can distinguish the
// connection that will carry a secret from those of probes. The attacker learns from half of the visits, and attacks in
// the other half.
import type { Page } from "playwright";
import { closeIncidents, incidents, openInstance, post } from "../test/firefox/guarded";
import { isOpen } from "../src/core/incident/incident";
import { attack } from "../test/lab/attacker";
import { startFirefox, type FirefoxSession } from "../test/lab/firefox-session";
import { startLab, type Instance, type Lab } from "../test/lab/lab";
import { MEASURED, observe, train, type Features, type Observer, type Sample } from "../test/lab/observer";
import { ROUND, SILENT } from "../test/lab/strategies";
import { until } from "../test/lab/until";

export interface Manner {
  readonly visits: number;
  /** Round trip time of the line, in ms. */
  readonly line: number;
  /** Whether the page loads pictures meanwhile. */
  readonly isBusy: boolean;
}

const PATH = "/auth/token";

/** Requests a page's token and, on a busy page, three images, which may still be loading afterward. */
const visit = async (page: Page, isBusy: boolean): Promise<unknown> => {
  if (isBusy)
    await page.evaluate(
      "void [1, 2, 3].map(() => { new Image().src = '/image.svg?' + Math.random(); }); new Promise((done) => setTimeout(done, 100 * Math.random()))",
    );
  return post(page, PATH);
};

interface Group extends Sample {
  /** Whether a secret could go in it: only after the first whole round. */
  readonly isPossible: boolean;
}

/**
 * What the attacker saw of a visit. On a busy page, the first probes use up connections that images left behind. Those
 * don't make a round whole.
 */
function groupsOf(observer: Observer, instance: Instance): Group[] {
  const portsOf = (isIt: (path: string) => boolean): Set<number> =>
    new Set(instance.received.filter(({ path }) => isIt(path)).map(({ port }) => port));
  const isProbe = (path: string): boolean => path.includes("latchkey=");
  const secrets = portsOf((path) => path === PATH);
  const probes = portsOf(isProbe);
  const others = portsOf((path) => !isProbe(path));
  instance.received.length = 0;
  const groups = observer.take().map(({ features, ports }) => ({
    features,
    isSecret: ports.some((port) => secrets.has(port)),
    probes: ports.filter((port) => probes.has(port) && !others.has(port)).length,
  }));
  const first = groups.findIndex((group) => group.probes >= ROUND);
  return groups.map(({ features, isSecret, probes: count }, index) => ({
    features,
    isSecret,
    isPossible: first !== -1 && index > first && (isSecret || count > 0),
  }));
}

/** In how many visits the attacker took a group of connections, and in how many of those one carried a secret. */
interface Score {
  readonly taken: number;
  readonly won: number;
  /** Groups of the visits between. */
  readonly unattacked: readonly Group[];
}

/** One attacker for all visits: open connections and earlier requests are the same for learning as for playing. */
async function createPlayer(lab: Lab, firefox: FirefoxSession, instance: Instance, page: Page, manner: Manner) {
  let wants: (features: Features) => boolean = () => false;
  let watcher: Observer | undefined;
  const loot = await attack(lab, instance, (tools) => {
    SILENT(tools);
    watcher = observe(lab, instance, manner.line, (features) => wants(features), tools.take);
    return watcher.attacker;
  });
  if (watcher === undefined) throw new Error("the attack has not begun");
  const observer = watcher;
  instance.dropConnections();
  instance.received.length = 0;
  await visit(page, manner.isBusy);
  observer.take();

  const learn = async (visits: number): Promise<Group[][]> => {
    const seen: Group[][] = [];
    instance.received.length = 0;
    for (let count = 0; count < visits; count++) {
      await visit(page, manner.isBusy);
      seen.push(groupsOf(observer, instance));
      if ((count + 1) % PROGRESS === 0) console.log(`  ${String(count + 1)} visits watched`);
    }
    return seen;
  };

  /** In each visit, takes the first group that is likely enough, and no other. */
  const play = async (visits: number, isLikely: (features: Features) => boolean): Promise<Score> => {
    let [taken, won] = [0, 0];
    const unattacked: Group[] = [];
    for (let count = 0; count < visits; count++) {
      const takes: Features[] = [];
      wants = (features) => takes.length === 0 && isLikely(features) && takes.push(features) > 0;
      const before = loot.secrets();
      await visit(page, manner.isBusy);
      wants = () => false;
      if ((count + 1) % PROGRESS === 0)
        console.log(`  ${String(count + 1)} visits played: ${String(won)} of ${String(taken)} won`);
      if (takes.length > 0) {
        taken++;
        if (loot.secrets() > before) won++;
        await until(
          async () => (await incidents(firefox, instance)).filter(isOpen),
          (open) => open.length > 0,
        );
        await closeIncidents(firefox, instance);
        // A visit without an attack, so that each one begins in the same way. It also shows what blind guesses would win
        // at this time: Guard's chance depends on how busy the computer is.
        groupsOf(observer, instance);
        await visit(page, manner.isBusy);
        unattacked.push(...groupsOf(observer, instance));
      }
      observer.take();
    }
    return { taken, won, unattacked };
  };
  return { learn, play };
}

const PROGRESS = 50;

/** How far the number of won guesses is from the mean for this chance, in standard deviations. */
const deviation = ({ taken, won }: Score, chance: number): number =>
  (won - taken * chance) / Math.sqrt(taken * chance * (1 - chance));

const shareOf = (samples: readonly Sample[]): number =>
  samples.filter(({ isSecret }) => isSecret).length / samples.length;

/**
 * The probability that a group with a secret scores higher than one without: 0.5 is chance level.
 * @returns it, and its distance from 0.5, in standard deviations of random guesses (Mann and Whitney)
 */
function separation(
  samples: readonly Sample[],
  likely: (features: Features) => number,
): { chance: number; deviation: number } {
  const scores = (isSecret: boolean): number[] =>
    samples.filter((sample) => sample.isSecret === isSecret).map(({ features }) => likely(features));
  const [secret, other] = [scores(true), scores(false)];
  let before = 0;
  for (const a of secret) for (const b of other) before += a > b ? 1 : a === b ? 0.5 : 0;
  const chance = before / (secret.length * other.length);
  const spread = Math.sqrt((secret.length + other.length + 1) / (12 * secret.length * other.length));
  return { chance, deviation: (chance - 0.5) / spread };
}

/** The share of the observed groups that score lower than those that the attacker takes. */
const QUANTILE = 0.8;

export async function observed(manner: Manner): Promise<void> {
  const lab = await startLab();
  const firefox = await startFirefox(lab);
  const { instance, page } = await openInstance(lab, firefox, true);
  console.log(`\nLine of ${String(manner.line)} ms, ${manner.isBusy ? "busy" : "idle"}:`);
  const player = await createPlayer(lab, firefox, instance, page, manner);
  const all = await player.learn(manner.visits / 2);
  const seen = all.map((groups) => groups.filter(({ isPossible }) => isPossible));
  const samples = seen.flat();
  const blind = shareOf(samples);
  console.log(`  ${String(samples.length)} rounds after the first of a visit. Blind: ${blind.toFixed(3)}.`);
  for (const [name, measure] of MEASURED) {
    const { chance, deviation: far } = separation(samples, measure);
    console.log(`    by ${name} alone: ${chance.toFixed(3)}, ${far.toFixed(2)} standard deviations`);
  }
  const byPosition = [1, 2, 3, 4, 5].map((position) =>
    shareOf(seen.flatMap((possible) => possible[position - 1] ?? [])),
  );
  console.log(
    `  From the first of these groups to the fifth: ${byPosition.map((share) => share.toFixed(3)).join(", ")}.`,
  );
  const half = Math.floor(seen.length / 2);
  const rest = seen.slice(half).flat();
  const learned = train(seen.slice(0, half).flat());
  const known = separation(rest, learned);
  const likeliest = rest
    .toSorted((one, other) => learned(other.features) - learned(one.features))
    .slice(0, rest.length * (1 - QUANTILE));
  console.log(
    `  Learned on half of these visits, tried on the others: ${known.chance.toFixed(3)} (0.5 is blind), ${known.deviation.toFixed(2)} standard deviations. Of the fifth that looks likeliest, ${shareOf(likeliest).toFixed(3)} had a secret, and of all ${shareOf(rest).toFixed(3)}.`,
  );
  // Live, the attacker must also find out which groups can't have the secret.
  const groups = all.flat();
  const likely = train(groups);
  const limit =
    groups.map(({ features }) => likely(features)).sort((a, b) => a - b)[Math.floor(groups.length * QUANTILE)] ?? 1;
  const score = await player.play(manner.visits / 2, (features) => features.groups > 0 && likely(features) > limit);
  const now = shareOf(score.unattacked.filter(({ isPossible }) => isPossible));
  console.log(
    `  Live: took ${String(score.taken)}, won ${String(score.won)}; blind ${(score.taken * now).toFixed(1)}, with a share of ${now.toFixed(3)} in the visits between; ${deviation(score, now).toFixed(2)} standard deviations.`,
  );
  await firefox.close();
  await lab.close();
}
