// The outcome of a check if the server may refuse a client that shows no certificate.
import "../newer";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  createFatedProber,
  IS_ATTACKERS,
  IS_CUT_OFF,
  IS_HELD,
  IS_OURS,
  IS_REFUSED,
  IS_SILENT,
  IS_STALLED,
  IS_TAKEN,
  IS_UNREACHABLE,
  judged,
  unanswered,
  type Fate,
  type Fates,
  type Wanted,
} from "./fates";
import { MISMATCH } from "./sender";

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

type CertificateRow = [what: string, wanted: Wanted, fates: Fates, outcome: object, sent: string[], notes: Wanted[]];
const KNOCK = "background: knock";
const PAGE = "tab 7: page";
const TAB = "tab 7: apart";
const CERTIFICATES: CertificateRow[] = [
  ["that is known to want none", false, { [TAB]: IS_OURS }, judged("tab"), [TAB], []],
  ["that is known to want one", true, { [PAGE]: IS_OURS }, judged("tab"), [PAGE], []],
  ["that is known to want one, without a page", true, {}, unanswered("client-certificate"), [PAGE], []],
  [
    "that is known to want one, but says nothing",
    true,
    { [PAGE]: IS_SILENT },
    unanswered("client-certificate"),
    [PAGE],
    [],
  ],
  [
    "that is known to want one, while someone takes the page's requests and stays silent",
    true,
    { [PAGE]: IS_TAKEN },
    { ...unanswered("probe-unanswered"), isTaken: true },
    [PAGE],
    [],
  ],
  [
    "that is known to want one, while someone keeps the page's connections waiting",
    true,
    { [PAGE]: IS_STALLED },
    { ...unanswered("probe-unanswered"), isStalled: true },
    [PAGE],
    [],
  ],
  ["that is known to want one, and refuses the page", true, { [PAGE]: IS_CUT_OFF }, unanswered("cut-off"), [PAGE], []],
  ["that answers the knock", undefined, { [KNOCK]: IS_OURS, [TAB]: IS_OURS }, judged("tab"), [KNOCK, TAB], [false]],
  [
    "that refuses the knock, but not the page",
    undefined,
    { [KNOCK]: IS_REFUSED, [PAGE]: IS_OURS },
    judged("tab"),
    [KNOCK, PAGE],
    [true],
  ],
  [
    "that refuses the knock, while the attacker answers the page",
    undefined,
    { [KNOCK]: IS_REFUSED, [PAGE]: IS_ATTACKERS },
    judged("tab", MISMATCH),
    [KNOCK, PAGE],
    [],
  ],
  [
    "that refuses the knock and the page",
    undefined,
    { [KNOCK]: IS_REFUSED, [PAGE]: IS_CUT_OFF },
    unanswered("cut-off"),
    [KNOCK, PAGE],
    [],
  ],
  [
    "that refuses the knock, without a page",
    undefined,
    { [KNOCK]: IS_REFUSED },
    unanswered("refused"),
    [KNOCK, PAGE],
    [],
  ],
  [
    "whose knock waits for a held request, without waiting for another one",
    undefined,
    { [KNOCK]: [IS_HELD, IS_REFUSED], [TAB]: IS_OURS },
    judged("tab"),
    [KNOCK, TAB],
    [],
  ],
  ["that can't be reached", undefined, { [KNOCK]: IS_UNREACHABLE }, unanswered("unreachable"), [KNOCK], []],
  // It accepted every client before, so it is asked again whether it wants a certificate now.
  [
    "that accepted every client, and now refuses all but the page",
    false,
    { [TAB]: IS_CUT_OFF, [KNOCK]: IS_REFUSED, [PAGE]: IS_OURS },
    judged("tab"),
    [TAB, KNOCK, PAGE],
    [undefined, true],
  ],
  [
    "that accepted every client, and refuses this one alone",
    false,
    { [TAB]: IS_CUT_OFF, [KNOCK]: IS_OURS },
    unanswered("cut-off"),
    [TAB, KNOCK],
    [undefined, false],
  ],
  [
    "that accepted every client, and is offline now",
    false,
    { [TAB]: IS_CUT_OFF, [KNOCK]: IS_UNREACHABLE },
    unanswered("unreachable"),
    [TAB, KNOCK],
    [undefined],
  ],
  [
    "that accepted every client, and is not reached",
    false,
    { [TAB]: IS_UNREACHABLE },
    unanswered("unreachable"),
    [TAB],
    [],
  ],
];
it.each(CERTIFICATES)("checks a server %s", async (_, wanted, fates, outcome, expected, noted) => {
  const { probe, sent, notes } = createFatedProber(fates, wanted);
  expect((await probe({ pool: "apart" })).outcome).toMatchObject(outcome);
  expect({ sent, notes }).toEqual({ sent: expected, notes: noted });
});

it("attributes a refusal before a secret to the attacker if the server accepted every client", async () => {
  const { probe, sent } = createFatedProber({ [PAGE]: IS_CUT_OFF, [KNOCK]: IS_REFUSED }, false);
  expect((await probe()).outcome).toMatchObject(unanswered("cut-off"));
  expect(sent).toEqual([PAGE]);
});

const ASK = "background: socket";
const SHAKE = "tab 7: socket";
it.each<[what: string, knock: Fate[], outcome: object, sent: string[]]>([
  ["by the background's WebSocket if the server answers a knock", [IS_OURS], judged("background"), [KNOCK, ASK]],
  ["by the page's WebSocket if the server refuses a knock", [IS_REFUSED], judged("tab"), [KNOCK, SHAKE]],
  [
    "by the page's WebSocket if the server refuses a second knock, as the first one waits for a held request",
    [IS_HELD, IS_REFUSED],
    judged("tab"),
    [KNOCK, KNOCK, SHAKE],
  ],
])("checks %s", async (_, knock, outcome, expected) => {
  const { probe, sent } = createFatedProber({ [KNOCK]: knock, [SHAKE]: IS_OURS, [ASK]: IS_OURS }, undefined);
  expect((await probe({ pool: "socket" })).outcome).toMatchObject(outcome);
  expect(sent).toEqual(expected);
});

const MAY_OPEN: [what: string, wanted: Wanted, knock: Fate | Fate[], mayOpen: boolean, sent: string[]][] = [
  ["is known to want no client certificate", false, IS_REFUSED, true, []],
  ["is known to want one", true, IS_OURS, false, []],
  ["answers a knock without one", undefined, IS_OURS, true, [KNOCK]],
  ["refuses a knock without one", undefined, IS_REFUSED, false, [KNOCK]],
  ["cuts off a knock without one", undefined, IS_CUT_OFF, false, [KNOCK]],
  ["can't be reached", undefined, IS_UNREACHABLE, false, [KNOCK]],
  ["says nothing to a knock", undefined, IS_SILENT, false, [KNOCK]],
  [
    "refuses a second knock, as the first one waits for a held request",
    undefined,
    [IS_HELD, IS_REFUSED],
    false,
    [KNOCK, KNOCK],
  ],
  [
    "answers a second knock, as the first one waits for a held request",
    undefined,
    [IS_HELD, IS_OURS],
    true,
    [KNOCK, KNOCK],
  ],
];
it.each(MAY_OPEN)("says of a server that %s whether the background may open a WebSocket", async (...row) => {
  const [, wanted, knock, mayOpen, expected] = row;
  const { mayOpenSocket, sent } = createFatedProber({ [KNOCK]: knock }, wanted);
  expect([(await mayOpenSocket()).outcome, sent]).toEqual([mayOpen, expected]);
});

it("opens no WebSocket from the background if all knocks of five seconds wait for held requests", async () => {
  const { outcome, took } = await createFatedProber({ [KNOCK]: IS_HELD }, undefined).mayOpenSocket();
  expect(outcome).toBe(false);
  expect(took).toBeGreaterThan(5000);
  expect(took).toBeLessThan(5100);
});
