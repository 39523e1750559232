// What happens to responses that are stored, redirected, for a probe, or for a WebSocket.
import "../newer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { plainSocketUrl, probeUrl, socketUrl } from "../../../src/core/probe/probe";
import type { State } from "../../../src/core/state/state";
import type { Peer } from "../fake/profile";
import { createEventBatches } from "../../../src/shell/event-batch";
import { INSTANCE } from "../../core/samples";
import { firefox } from "./certificates";
import { PAGE, watch, type Before } from "./watching";

vi.mock("webextension-polyfill", async () => ({ default: (await import("./certificates")).browser }));

beforeEach(() => {
  vi.useFakeTimers();
  firefox.peer = "own";
});
afterEach(() => {
  vi.useRealTimers();
});

/** The verdicts that are saved: of checks, and of warnings. */
const keptIn = ({ stored, session }: State): { checks: string[]; warnings: string[] } => ({
  checks: session.ordinary.checks.map(({ verdict }) => verdict.kind),
  warnings: stored.incidents.map(({ verdict }) => ("cause" in verdict ? verdict.cause : verdict.kind)),
});
const SHOWN = { checks: ["match"], warnings: [] };
const SAYS_NOTHING = { checks: [], warnings: [] };
const CACHED = { fromCache: true };
const NOT_MODIFIED = { statusCode: 304, statusLine: "HTTP/1.1 304 Not Modified" };
const PART = { statusCode: 206, statusLine: "HTTP/1.1 206 Partial Content" };
const RANGE = { requestHeaders: [{ name: "Range", value: "bytes=0-" }] };
const NO_STORE = { requestHeaders: [{ name: "Cache-Control", value: "no-store" }] };
const POST = { method: "POST" };
const ALARM = { checks: ["mismatch"], warnings: ["other-key"] };
const DOUBTED: Before = { isCleared: false };

type StoredRow = [what: string, before: Before, peer: Peer, sent: object, answer: object, kept: object];
const STORED: StoredRow[] = [
  ["a stored answer of the instance", {}, "own", {}, CACHED, SAYS_NOTHING],
  ["a stored answer of the attacker", {}, "attacker", {}, CACHED, { checks: [], warnings: ["cached"] }],
  ["a stored answer over HTTP", {}, "own", {}, { ...CACHED, url: PAGE.replace("https", "http") }, SAYS_NOTHING],
  ["an answer that is not modified", {}, "own", {}, NOT_MODIFIED, SHOWN],
  ["the same before the cache is cleared", DOUBTED, "own", {}, NOT_MODIFIED, SAYS_NOTHING],
  ["the rest of a file that Firefox has stored", DOUBTED, "own", {}, PART, SAYS_NOTHING],
  ["the part of a file that the page asked for", DOUBTED, "own", RANGE, PART, SHOWN],
  ["a whole answer before the cache is cleared", DOUBTED, "own", {}, {}, SHOWN],
  ["not modified, though Firefox left its cache closed", DOUBTED, "own", NO_STORE, NOT_MODIFIED, SHOWN],
  ["a part that the attacker sends, though Firefox left its cache closed", DOUBTED, "attacker", NO_STORE, PART, ALARM],
  ["a part that the attacker sends after a POST", DOUBTED, "attacker", POST, { ...POST, ...PART }, ALARM],
];
it.each(STORED)("judges %s by what it shows", async (_, before, peer, sent, details, kept) => {
  firefox.peer = peer;
  const { send, answer, state } = watch(before);
  send(sent);
  await answer(details);
  expect(keptIn(await state())).toEqual(kept);
});

it.each<[peer: Peer, isConfirmed: boolean, isCanceled: boolean]>([
  ["own", true, false],
  ["attacker", true, true],
  ["own", false, false],
  ["attacker", false, true],
])("under Guard, a stored answer of %s (pin confirmed: %s) is canceled: %s", async (peer, isConfirmed, isCanceled) => {
  firefox.peer = peer;
  const { send, answer } = watch({ isGuarded: true, isConfirmed });
  send();
  expect((await answer(CACHED)).cancel === true).toBe(isCanceled);
});

describe("what was exposed", () => {
  const AUTHORIZATION = { requestHeaders: [{ name: "Authorization", value: "Bearer" }] };
  const WSS = { type: "websocket", url: `wss://${INSTANCE}/api/websocket` };
  const SWITCHED = { ...WSS, statusCode: 101, statusLine: "HTTP/1.1 101 Switching Protocols" };
  const exposed = (reach: string, carried: string[], unseen = false): object => ({ reach, carried, unseen });
  type ExposedRow = [what: string, before: Before, sent: object | undefined, answer: object, exposed: object];
  const EXPOSED: ExposedRow[] = [
    ["a request with a token", {}, AUTHORIZATION, {}, exposed("passive", ["token"])],
    ["a page", {}, {}, { type: "main_frame" }, exposed("active", [])],
    ["a request that left unobserved", {}, undefined, {}, exposed("passive", [], true)],
    ["a stored answer to a request with a token", {}, AUTHORIZATION, CACHED, exposed("passive", [])],
    ["a request with a token under Guard", { isGuarded: true }, AUTHORIZATION, {}, exposed("stopped", ["token"])],
    ["a part, for a request with a token", DOUBTED, AUTHORIZATION, PART, exposed("passive", ["token"])],
    ["a WebSocket", {}, WSS, SWITCHED, exposed("passive", ["messages"])],
    ["a WebSocket under Guard", { isGuarded: true }, WSS, SWITCHED, exposed("stopped", [])],
  ];
  it.each(EXPOSED)("to the attacker of %s is kept with the warning", async (_, before, sent, details, expected) => {
    firefox.peer = "attacker";
    const { send, answer, state } = watch(before);
    if (sent !== undefined) send(sent);
    await answer(details);
    expect((await state()).stored.incidents).toMatchObject([{ exposed: expected }]);
  });

  it("after a redirect is what the second request carried", async () => {
    const { send, answer, state } = watch();
    send(AUTHORIZATION);
    await answer({ statusCode: 302, statusLine: "HTTP/1.1 302 Found" });
    firefox.peer = "attacker";
    send();
    await answer();
    expect((await state()).stored.incidents).toMatchObject([{ exposed: exposed("passive", []) }]);
  });

  it("after a redirect from the attacker is what the first request carried", async () => {
    firefox.peer = "attacker";
    const { send, answer, state } = watch();
    send(AUTHORIZATION);
    await answer({ statusCode: 302, statusLine: "HTTP/1.1 302 Found" });
    send({ url: "https://example.org/" });
    await answer({ url: "https://example.org/" });
    expect((await state()).stored.incidents).toMatchObject([{ count: 1, exposed: exposed("passive", ["token"]) }]);
  });
});

it.each<[what: string, details: object, inconclusive: boolean]>([
  ["a page's answer over HTTP/1.1", {}, false],
  ["a page's answer over HTTP/2", { statusLine: "HTTP/2.0 200 OK" }, true],
])("says of %s whether its connection is shared", async (_, details, inconclusive) => {
  const { send, answer, state } = watch();
  send();
  await answer(details);
  expect((await state()).session.ordinary.checks).toMatchObject([{ inconclusive, fresh: false }]);
});

it("dates a check by when its request was sent", async () => {
  const { send, answer, state } = watch();
  const at = Date.now();
  send();
  await vi.advanceTimersByTimeAsync(700);
  await answer();
  expect((await state()).session.ordinary.checks).toMatchObject([{ at }]);
});

it.each<[what: string, isOver: boolean, details: object]>([
  ["an answer, before its body has come", false, {}],
  ["a 304, which has no body", true, NOT_MODIFIED],
])("says of %s, whether its connection is free: %s", async (_, isOver, details) => {
  const { connections, send, answer, state } = watch();
  await state();
  connections.keep("1", "a pool", 7);
  let isFree = false;
  void connections.settled("a pool").then(() => (isFree = true));
  expect(connections.allAnswered("a pool")).toBeDefined();
  send();
  await answer(details);
  expect(connections.allAnswered("a pool")).toBeUndefined();
  expect(isFree).toBe(isOver);
});

type Kind = "first" | "socket" | "version";
const urlOf = (kind: Kind, nonce: string): string =>
  kind === "first" ? probeUrl(INSTANCE, nonce) : (kind === "socket" ? socketUrl : plainSocketUrl)(INSTANCE, nonce);

/** One response to a probe, and the outcome when its round was over. */
async function ask(kind: Kind, isFresh: boolean, details: object = {}, before: Before = {}, isPrivate = false) {
  const { probes, send, answer, state } = watch(before);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { nonce, told } = probes.expect({ address: INSTANCE, private: isPrivate }, kind, promise);
  const request = { url: urlOf(kind, nonce), method: kind === "first" ? "POST" : "GET", tabId: -1 };
  send(request);
  const response = await answer({ ...request, ...details });
  const early = keptIn(await state());
  probes.completed({ requestId: "1", ...request }, undefined);
  resolve(isFresh);
  await vi.advanceTimersByTimeAsync(1000);
  return { response, early, told: await told, state: await state() };
}

describe("an answer to a probe", () => {
  it.each<[what: string, isFresh: boolean, checks: object[]]>([
    ["on a connection of its own", true, [{ fresh: true, chain: ["AQ=="] }]],
    ["on a connection that was there", false, []],
  ])("%s is a check, or none, when its round is over", async (_, isFresh, checks) => {
    const { early, state } = await ask("first", isFresh);
    expect(early).toEqual(SAYS_NOTHING);
    expect(state.session.ordinary.checks).toMatchObject(checks);
  });

  it("is stuck if Firefox asks about it together with a request that is held", async () => {
    const { probes, hold, answer } = watch();
    const { nonce, told } = probes.expect({ address: INSTANCE, private: false }, "first", Promise.resolve(true));
    hold();
    void answer({ url: urlOf("first", nonce), method: "POST" });
    expect(await told).toEqual({ kind: "stuck" });
  });

  it("of the attacker warns at once", async () => {
    firefox.peer = "attacker";
    expect((await ask("first", false)).early).toEqual({ checks: ["mismatch"], warnings: ["other-key"] });
  });

  it.each([
    [false, "passive"],
    [true, "stopped"],
  ])("of the attacker exposes nothing (guarded: %s): %s", async (isGuarded, reach) => {
    firefox.peer = "attacker";
    const { state } = await ask("first", false, {}, { isGuarded });
    expect(state.stored.incidents).toMatchObject([{ exposed: { reach, carried: [], unseen: false } }]);
  });

  it.each<[kind: Kind, peer: Peer, isCanceled: boolean]>([
    ["first", "own", false],
    ["first", "attacker", true],
    ["socket", "own", false],
    ["socket", "attacker", true],
    ["version", "own", false],
    ["version", "attacker", true],
  ])("(%s) of %s is canceled: %s", async (kind, peer, isCanceled) => {
    firefox.peer = peer;
    expect((await ask(kind, true)).response.cancel).toBe(isCanceled);
  });

  it("is only the answer to the request that Firefox asked about, though others may carry its nonce", async () => {
    firefox.peer = "attacker";
    const { probes, send, answer, fail, state } = watch({ isGuarded: true });
    const { nonce, told } = probes.expect({ address: INSTANCE, private: false }, "first", Promise.resolve(false));
    const [probe, other] = ["1", "2"].map((requestId) => ({ requestId, url: urlOf("first", nonce), method: "POST" }));
    probes.asked({ requestId: "1", url: urlOf("first", nonce) }, createEventBatches()());
    send(probe);
    send(other);
    expect(await answer({ ...other, type: "main_frame" })).toMatchObject({ cancel: true });
    expect((await state()).stored.incidents).toMatchObject([{ exposed: { carried: ["change"] } }]);
    await fail("NS_ERROR_NET_RESET", other);
    let isTold = false;
    void told.then(() => (isTold = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isTold).toBe(false);
    await answer(probe);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await told).toMatchObject({ kind: "answered", verdict: { kind: "mismatch" } });
  });
});

describe("an answer to a probe, for Firefox and for its sender,", () => {
  it("lets the background read its times, and asks for no login", async () => {
    const responseHeaders = [{ name: "WWW-Authenticate", value: "Basic" }];
    const { response } = await ask("first", true, { responseHeaders });
    expect(response.responseHeaders).toEqual([{ name: "Timing-Allow-Origin", value: "*" }]);
  });

  it.each<[what: string, details: object, report: object]>([
    ["over HTTP/1.1", {}, { isOwn: true, isRedirect: false }],
    ["over HTTP/2", { statusLine: "HTTP/2.0 200 OK" }, { isOwn: false, isRedirect: false }],
    ["that redirects", { statusCode: 302, statusLine: "HTTP/1.1 302 Found" }, { isOwn: true, isRedirect: true }],
    [
      "that is not found",
      { statusCode: 404, statusLine: "HTTP/1.1 404 Not Found" },
      { isOwn: true, isRedirect: false },
    ],
  ])("%s is told to its sender", async (_, details, report) => {
    expect((await ask("first", true, details)).told).toMatchObject({ kind: "answered", ...report });
  });

  it.each<[kind: Kind, inconclusive: boolean]>([
    ["first", true],
    ["socket", false],
  ])("(%s) over HTTP/2 says that connections are shared: %s", async (kind, inconclusive) => {
    const { state } = await ask(kind, true, { statusLine: "HTTP/2.0 200 OK" });
    expect(state.session.ordinary.checks).toMatchObject([{ inconclusive }]);
  });

  it("for a private window is kept apart, also if the background sent it", async () => {
    const { session } = (await ask("first", true, {}, {}, true)).state;
    expect([session.ordinary.checks, session.private.checks]).toMatchObject([[], [{ fresh: true }]]);
  });
});
