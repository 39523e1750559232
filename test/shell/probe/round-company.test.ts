// The probes that leave together with secrets, and when they are given up. For a round of a check, see round.test.ts.
import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PROBE_PATH } from "../../../src/core/probe/probe";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createProbeRegistry, type ProbeRegistry } from "../../../src/shell/probe/probe-registry";
import { createRounds, type Company, type Rounds } from "../../../src/shell/probe/round";
import type { Target } from "../../../src/shell/probe/target";
import { FRESH, taken } from "../../core/probe/rounds";
import { INSTANCE } from "../../core/samples";
import {
  answered,
  CUT_OFF,
  MISMATCH,
  OURS,
  post,
  REFUSED,
  SEEN,
  sender,
  tell,
  tellApart,
  UNSEEN,
  type Course,
  type Post,
  type Sent,
  requestTo,
} from "./sender";

vi.mock("../../../src/shell/probe/send-probe", async () => ({
  sendRound: (await import("./sender")).sendFromBackground,
}));
vi.mock("webextension-polyfill", async () => ({ default: (await import("./sender")).browser }));

let probes: ProbeRegistry;
let rounds: Rounds;
/** What was sent, and which of its requests left. */
let sent: Sent[];
let left: boolean[];
const currentBatch = createEventBatches();
beforeEach(() => {
  vi.useFakeTimers();
  // Leaves the order as it is.
  vi.spyOn(crypto, "getRandomValues").mockImplementation((numbers) => numbers);
  probes = createProbeRegistry();
  rounds = createRounds(probes, () => undefined);
  [sent, left] = [[], []];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const TARGET: Target = { address: INSTANCE, private: false, tabIds: [7], pool: "page" };
/** A tab in which Latchkey may not send anything. */
const FOREIGN = 9;

/** Sends the requests as a page does. */
const sendAs =
  (course: Course) =>
  (round: Sent): Promise<unknown> => {
    sent.push(round);
    return post(probes, currentBatch, round, course, left);
  };

/** The fate of a secret that leaves together with it: the secret joins at the gate. */
async function outcomeOf({ gate, taken: came }: Company) {
  const isReleased = gate.join();
  await vi.advanceTimersByTimeAsync(20_000);
  return { isReleased: await isReleased, taken: await came };
}

async function accompany(course: Course, secrets = 1, more: Partial<Target> = {}) {
  sender.send = sendAs(course);
  return outcomeOf(rounds.accompany({ ...TARGET, ...more }, secrets));
}

/** An earlier check, which shows whether the instance's responses have exactly as many bytes as their headers say. */
async function checkBefore(surplus: number): Promise<void> {
  sender.send = async ({ first, then }) => {
    for (const urls of [first, then])
      await tellApart(urls, currentBatch, (url) => tell(probes, url, answered(OURS, { surplus }), currentBatch()));
    return FRESH;
  };
  const over = rounds.send(7, TARGET);
  await vi.advanceTimersByTimeAsync(2000);
  await over;
}

const REPORTS: [what: string, posts: Post[], taken: string | undefined][] = [
  ["the instance answers", [{ report: answered(OURS) }], undefined],
  ["the attacker answers, whom the watcher reports", [{ report: answered(MISMATCH) }], undefined],
  ["is read and cut off", [{ report: CUT_OFF, seen: taken(true) }], "probe"],
  ["is cut off at an unknown point", [{ report: CUT_OFF, seen: UNSEEN }], "probe"],
  ["is cut off before anyone was connected", [{ report: CUT_OFF, seen: taken(false) }], undefined],
  ["is refused before it was read", [{ report: REFUSED, seen: UNSEEN }], undefined],
  ["is read and refused", [{ report: REFUSED, seen: taken(true) }], "probe"],
  ["is read and never answered", [{ seen: taken(true) }], "probe"],
  ["is not answered, and its times are unknown", [{ seen: UNSEEN }], undefined],
  // An attacker can only have taken those that left.
  ["the instance answers, and the stand-in fails", [{ report: answered(OURS) }, { seen: taken(true) }], undefined],
];
it.each(REPORTS)(
  "reports whether an attacker took the probe that leaves with a secret: %s",
  async (_, posts, expected) => {
    expect(await accompany({ posts })).toEqual({ isReleased: true, taken: expected });
  },
);

it("reports the one of several that was taken", async () => {
  const posts = [{ report: answered(OURS) }, { report: CUT_OFF, seen: taken(true) }, {}];
  expect(await accompany({ posts }, 1, { width: 3 })).toEqual({ isReleased: true, taken: "probe" });
});

it.each<[what: string, before: number | undefined, surplus: number, isTooLong: boolean, taken: string | undefined]>([
  ["more bytes than one can have, unlike the responses before", 0, 130, true, "restarted-probe"],
  ["more bytes than its headers say, as with chunks", 0, 130, false, undefined],
  ["more bytes than one can have, like the responses before", 6, 6, true, undefined],
  ["more bytes than one can have, and nothing was checked before", undefined, 130, true, undefined],
  ["exactly its bytes", 0, 0, false, undefined],
])("reports what Firefox sent twice: a response with %s", async (_, before, surplus, isTooLong, expected) => {
  if (before !== undefined) await checkBefore(before);
  const posts = [{ report: answered(OURS, { surplus, isTooLong }) }];
  expect(await accompany({ posts })).toEqual({ isReleased: true, taken: expected });
});

it.each<[what: string, report: Post, taken: string | undefined]>([
  [
    "was answered with too many bytes",
    { report: answered(OURS, { surplus: 130, isTooLong: true }) },
    "restarted-probe",
  ],
  ["was answered", { report: answered(OURS, { surplus: 0 }) }, undefined],
  ["was cut off, as Firefox itself reports", { report: CUT_OFF }, "probe"],
  ["has no response yet", {}, undefined],
])("reports what an attacker did, even if the page was left meanwhile: to a probe that %s", async (_, report, is) => {
  await checkBefore(0);
  sender.send = async (round) => {
    await post(probes, currentBatch, round, { posts: [report] }, left);
    return undefined;
  };
  expect(await outcomeOf(rounds.accompany(TARGET, 1))).toEqual({ isReleased: true, taken: is });
});

describe("a round that accompanies secrets", () => {
  it.each<[width: number | undefined, secrets: number, left: boolean[]]>([
    [undefined, 1, [true, false]],
    [2, 1, [true, false]],
    [2, 2, [true, false]],
    [3, 1, [true, true, false]],
    [3, 2, [true, false, false]],
    [6, 2, [true, true, true, true, false, false]],
    [3, 5, [true, false, false]], // never alone
  ])("of width %s, with %d secrets, leaves except for the stand-ins: %j", async (width, secrets, expected) => {
    expect(await accompany({}, secrets, width === undefined ? {} : { width })).toMatchObject({ isReleased: true });
    expect(left).toEqual(expected);
  });

  it.each<[what: string, tabIds: number[], from: number | "background"]>([
    ["the best tab", [7, 8], 7],
    ["the next tab if the first one shows another site", [FOREIGN, 7], 7],
    ["the background if there is no tab", [], "background"],
    ["the background if all tabs show other sites", [FOREIGN], "background"],
  ])("leaves from %s, like the first half of a round", async (_, tabIds, from) => {
    sender.send = async (round) => (round.from === FOREIGN ? undefined : sendAs({})(round));
    const company = rounds.accompany({ ...TARGET, tabIds, size: 300 }, 1);
    expect(await outcomeOf(company)).toEqual({ isReleased: true, taken: undefined });
    expect(left).toEqual([true, false]);
    expect(sent).toMatchObject([{ from, then: [], socket: undefined }]);
    expect(sent[0]?.body).toHaveLength(300);
    for (const url of sent[0]?.first ?? []) expect(url).toContain(`https://${INSTANCE}${PROBE_PATH}?`);
  });

  it("lets nothing go before all of it is there", async () => {
    let isReleased: boolean | undefined;
    const { promise: arrives, resolve: arrive } = Promise.withResolvers<undefined>();
    sender.send = async (round) => {
      const [one = "", other = ""] = round.first;
      const first = tell(probes, one, answered(OURS), currentBatch());
      await arrives;
      await Promise.all([first, tell(probes, other, undefined, currentBatch())]);
      return { first: [SEEN, SEEN], then: [] };
    };
    void rounds
      .accompany(TARGET, 1)
      .gate.join()
      .then((goes) => (isReleased = goes));
    await vi.advanceTimersByTimeAsync(149);
    expect(isReleased).toBeUndefined();
    arrive(undefined);
    await vi.advanceTimersByTimeAsync(10);
    expect(isReleased).toBe(true);
  });

  it.each([true, false])("stays known for a second after its end, in private windows: %s", async (isPrivate) => {
    sender.send = sendAs({});
    const company = rounds.accompany({ ...TARGET, private: isPrivate }, 1);
    await vi.advanceTimersByTimeAsync(100); // the stand-in is cancelled a moment after the others have left
    await company.taken;
    const request = requestTo(sent[0]?.first[0]);
    await vi.advanceTimersByTimeAsync(999);
    expect([probes.answered(request) !== undefined, probes.isPrivate(request)]).toEqual([true, isPrivate]);
    await vi.advanceTimersByTimeAsync(1);
    expect(probes.answered(request)).toBeUndefined();
  });
});

const GIVEN_UP: [what: string, course: Course][] = [
  ["the page sends nothing", { count: 0 }],
  ["one of its probes would wait for one that waits behind it", { isEntangled: true }],
];
describe("a secret stays if what goes with it can't leave", () => {
  it.each(GIVEN_UP)("because %s", async (_, course) => {
    expect(await accompany(course)).toEqual({ isReleased: false, taken: undefined });
    expect(left).not.toContain(true);
  });

  it("even if the page claims that what it didn't send was read", async () => {
    const posts = [{ seen: taken(true) }];
    expect(await accompany({ count: 0, posts })).toEqual({ isReleased: false, taken: undefined });
  });

  it("at once, however long the page takes to see that its probes are canceled", async () => {
    sender.send = async (round) => {
      await sendAs({ isEntangled: true })(round);
      return new Promise(() => undefined);
    };
    const company = rounds.accompany(TARGET, 1);
    let isOver = false;
    void company.taken.then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isOver).toBe(true);
  });

  it.each(GIVEN_UP)("and leaves at the sixth time in a row, because %s", async (_, course) => {
    const released: boolean[] = [];
    for (let times = 0; times < 7; times++) released.push((await accompany(course)).isReleased);
    expect(released).toEqual([false, false, false, false, false, true, false]);
  });

  it("and what was given up before counts no more after a time that worked", async () => {
    const released: boolean[] = [];
    const [, entangled] = GIVEN_UP.map(([, course]) => course);
    for (const course of [entangled, entangled, entangled, {}, entangled, entangled, entangled])
      released.push((await accompany(course ?? {})).isReleased);
    expect(released).toEqual([false, false, false, true, false, false, false]);
  });
});
