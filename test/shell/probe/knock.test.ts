// What a knock shows about an instance: one POST without a client certificate, which goes before a check.
import "../newer";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PROBE_PATH } from "../../../src/core/probe/probe";
import type { ProbeReport } from "../../../src/core/probe/probe-outcome";
import type { ProbeResult } from "../../../src/core/probe/probe-round";
import { createEventBatches } from "../../../src/shell/event-batch";
import { knock } from "../../../src/shell/probe/knock";
import { createProbeRegistry } from "../../../src/shell/probe/probe-registry";
import type { Target } from "../../../src/shell/probe/target";
import { taken } from "../../core/probe/rounds";
import { INSTANCE } from "../../core/samples";
import {
  answered,
  CUT_OFF,
  HELD,
  MISMATCH,
  OURS,
  REFUSED,
  requestTo,
  SEEN,
  sender,
  tell,
  UNSEEN,
  type Sent,
} from "./sender";

vi.mock("../../../src/shell/probe/send-probe", async () => ({
  sendRound: (await import("./sender")).sendFromBackground,
}));
vi.mock("webextension-polyfill", async () => ({ default: (await import("./sender")).browser }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Knock {
  /** What webRequest reports about it, and what its sender sees of it, after `after` ms. */
  readonly report?: ProbeReport | undefined;
  readonly seen: ProbeResult;
  readonly after?: number;
  readonly proxy?: string;
  readonly pool?: Target["pool"];
  readonly isPrivate?: boolean;
}
const ENDED = 100;
const TIMEOUT = 5000;
const currentBatch = createEventBatches();

async function knockOnce({ report, seen, after = ENDED, proxy = "direct", pool = "page", isPrivate = false }: Knock) {
  const probes = createProbeRegistry();
  const sent: Sent[] = [];
  sender.send = async (knocked) => {
    sent.push(knocked);
    for (const url of knocked.first) await tell(probes, url, report, currentBatch(), { type: proxy });
    await new Promise((done) => setTimeout(done, after));
    return { first: [seen], then: [] };
  };
  const noted: (boolean | undefined)[] = [];
  const certificates = { wants: () => undefined, note: (_: string, isWanted?: boolean) => noted.push(isWanted) };
  const began = performance.now();
  const over = knock(probes, certificates, { address: INSTANCE, private: isPrivate }, pool).then((failure) => ({
    failure,
    took: performance.now() - began,
  }));
  await vi.advanceTimersByTimeAsync(after);
  const request = requestTo(sent[0]?.first[0]);
  const known = { isKnown: () => probes.answered(request) !== undefined, isPrivate: probes.isPrivate(request) };
  await vi.advanceTimersByTimeAsync(999);
  const isKnownForAWhile = known.isKnown();
  await vi.advanceTimersByTimeAsync(1);
  return { ...(await over), sent, noted, isPrivate: known.isPrivate, isKnownForAWhile, isKnownLater: known.isKnown() };
}

const NEITHER = { failure: undefined, noted: [] };
const TOLD = { failure: undefined, noted: [false] };
const failed = (reason: string, words?: string): object => ({ failure: { reason, words }, noted: [] });
const TUNNEL = "https";
const ROWS: [what: string, knocked: Knock, told: object][] = [
  ["was answered by the instance", { report: answered(OURS), seen: SEEN }, TOLD],
  ["was answered by someone else", { report: answered(MISMATCH), seen: SEEN }, TOLD],
  ["was answered without a certificate", { report: answered(undefined), seen: SEEN }, TOLD],
  ["was refused", { report: REFUSED, seen: UNSEEN }, failed("refused", "Firefox’s words")],
  ["was refused after it had been read", { report: REFUSED, seen: taken(true) }, failed("cut-off")],
  ["was cut off", { report: CUT_OFF, seen: UNSEEN }, failed("cut-off")],
  ["was cut off after it had been read", { report: CUT_OFF, seen: taken(true) }, failed("cut-off")],
  ["was cut off before anyone was connected", { report: CUT_OFF, seen: taken(false) }, failed("unreachable")],
  // If an HTTP/2 server rejects a request, Firefox reports that the page gave it up.
  ["was given up at once", { seen: UNSEEN }, failed("cut-off")],
  ["was given up at once, after it had been read", { seen: taken(true) }, failed("cut-off")],
  ["was given up at once, before anyone was connected", { seen: taken(false) }, failed("unreachable")],
  ["was not answered in time", { seen: UNSEEN, after: TIMEOUT }, failed("probe-unanswered")],
  [
    "was read and not answered in time",
    { seen: taken(true), after: TIMEOUT },
    { failure: { reason: "probe-unanswered", isTaken: true }, noted: [] },
  ],
  // A proxy's refusal says nothing about the server. But after it, no WebSocket is sent.
  [
    "was refused over a proxy's tunnel",
    { report: REFUSED, seen: UNSEEN, proxy: TUNNEL },
    { failure: { reason: "proxy" } },
  ],
  [
    "was read over a proxy's tunnel",
    { report: CUT_OFF, seen: taken(true), proxy: TUNNEL },
    { failure: { reason: "proxy" } },
  ],
  ["was given up over a proxy's tunnel", { seen: UNSEEN, proxy: TUNNEL }, { failure: { reason: "proxy" } }],
  ["was answered over a proxy's tunnel", { report: answered(OURS), seen: SEEN, proxy: TUNNEL }, TOLD],
  [
    "was refused over a proxy's tunnel before a check apart",
    { report: REFUSED, seen: UNSEEN, proxy: TUNNEL, pool: "apart" },
    { failure: { reason: "proxy" } },
  ],
  [
    "was cut off over a proxy's tunnel before a WebSocket",
    { report: CUT_OFF, seen: UNSEEN, proxy: TUNNEL, pool: "socket" },
    failed("cut-off"),
  ],
  ["was cut off over SOCKS", { report: CUT_OFF, seen: UNSEEN, proxy: "socks" }, failed("cut-off")],
  ["waits for a request that is held", { report: HELD, seen: UNSEEN }, NEITHER],
];
it.each(ROWS)("reports the outcome of a knock that %s", async (_, knocked, told) => {
  const { failure, noted } = await knockOnce(knocked);
  expect({ failure, noted }).toEqual({ noted: [], ...told });
});

it("knocks once, from the background, without credentials, and with a POST alone", async () => {
  const { sent } = await knockOnce({ report: answered(OURS), seen: SEEN });
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ from: "background", then: [], credentials: "omit", socket: undefined });
  expect(sent[0]?.first).toEqual([expect.stringContaining(`https://${INSTANCE}${PROBE_PATH}?`)]);
});

it.each<[what: string, knocked: Knock, took: number]>([
  ["has been answered", { report: answered(OURS), seen: SEEN }, 0],
  ["has been found to wait for a held request", { report: HELD, seen: UNSEEN, after: TIMEOUT }, 0],
  ["was refused and its sender has seen how far it came", { report: REFUSED, seen: UNSEEN }, ENDED],
  ["has not been reported for a second after its end", { seen: UNSEEN }, ENDED + 1000],
])("ends as soon as the knock %s", async (_, knocked, took) => {
  expect((await knockOnce(knocked)).took).toBe(took);
});

it.each([
  ["answered", answered(OURS)],
  ["held back", HELD],
])("knows a knock that is %s as its own for a second after its end", async (_, report) => {
  const { isKnownForAWhile, isKnownLater } = await knockOnce({ report, seen: UNSEEN, after: TIMEOUT });
  expect([isKnownForAWhile, isKnownLater]).toEqual([true, false]);
});

it.each([true, false])("knocks for the windows that are checked, private: %s", async (isPrivate) => {
  expect((await knockOnce({ report: answered(OURS), seen: SEEN, isPrivate })).isPrivate).toBe(isPrivate);
});
