import "../newer";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Address } from "../../../src/core/address";
import type { Reason } from "../../../src/core/tls/observation";
import { createConnections, type Connections } from "../../../src/shell/guard/connections";
import { createGate, type Gate } from "../../../src/shell/probe/gate";
import type { Secret } from "../../../src/shell/guard/held-request";
import { createRequestHolder, type Limits, type RequestHolder } from "../../../src/shell/guard/request-holder";
import type { Outcome } from "../../../src/core/probe/probe-outcome";
import type { Prober } from "../../../src/shell/probe/prober";
import type { Target } from "../../../src/shell/probe/target";
import { createStore } from "../../../src/shell/storage/store";
import { createEventBatches } from "../../../src/shell/event-batch";
import { INSTANCE, sha1 } from "../../core/samples";
import { openGate, secret } from "./held-secret";

const OTHER_INSTANCE = "def.ui.nabu.casa" as Address;
const LIMIT = 7500;
const LIMITS: Limits = { check: LIMIT, all: 2 * LIMIT };
/** After the browser's start, during which Firefox keeps no connection. */
const LATER = 60_000;
const OURS: Outcome = {
  kind: "judged",
  verdict: { kind: "match", pin: sha1("1") },
  from: "tab",
  isInconclusive: false,
};
const ATTACKERS: Outcome = { ...OURS, verdict: { kind: "mismatch", cause: "other-key" } };

const area = { get: () => Promise.resolve({}), set: () => Promise.resolve() };
const currentBatch = createEventBatches();
let connections: Connections;
let holder: RequestHolder;
/** How long a probe of an address takes, and its outcome. */
let answer: (target: Target) => { readonly after: number; readonly outcome: Outcome };
/** How many secrets were released together, each time. */
let gone: number[];
let accompanied: () => Gate;
let limit: Reason | undefined;
let checks: { readonly address: string; readonly began: number; readonly ended: number }[];

beforeEach(async () => {
  vi.useFakeTimers();
  // The lowest number that can be drawn.
  vi.spyOn(crypto, "getRandomValues").mockImplementation((numbers) => numbers);
  checks = [];
  gone = [];
  limit = undefined;
  accompanied = openGate;
  answer = () => ({ after: 20, outcome: OURS });
  const store = createStore(area, area, () => undefined);
  connections = createConnections(store);
  const prober: Partial<Prober> = {
    probe: async (target) => {
      const began = Date.now();
      const { after, outcome } = answer(target);
      await new Promise((done) => setTimeout(done, after));
      checks.push({ address: target.address, began, ended: Date.now() });
      return outcome;
    },
    accompany: (_, secrets) => {
      gone.push(secrets);
      return { gate: accompanied(), taken: Promise.resolve(undefined) };
    },
    useUp: () => Promise.resolve(),
  };
  holder = createRequestHolder(
    store,
    prober as Prober,
    connections,
    () => Promise.resolve(),
    () => Promise.resolve(limit),
  );
  await vi.advanceTimersByTimeAsync(LATER);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const lastCheck = (address: string): number =>
  Math.max(...checks.filter((check) => check.address === address).map(({ ended }) => ended));
const nextBatch = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
/** Holds a request in the current batch. */
const hold = async (held: Secret, isAnswered = true): Promise<{ why: unknown; at: number }> => {
  const { promise: over, resolve: answered } = Promise.withResolvers<undefined>();
  const why = await holder.hold({ ...held, over: () => over.then(() => undefined) }, currentBatch(), LIMITS);
  if (isAnswered) answered(undefined);
  return { why, at: Date.now() };
};

it("releases all requests of a batch together, and none of them long after its check", async () => {
  answer = ({ address }) => ({ after: address === INSTANCE ? 20 : 1500, outcome: OURS });
  const both = Promise.all([hold(secret()), hold(secret(OTHER_INSTANCE))]);
  await vi.runAllTimersAsync();
  const [quick, slow] = await both;
  expect([quick.why, slow.why]).toEqual([undefined, undefined]);
  expect(quick.at).toBe(slow.at);
  for (const address of [INSTANCE, OTHER_INSTANCE]) expect(quick.at - lastCheck(address)).toBeLessThanOrEqual(500);
});

it("counts only the remaining time of a request that had to wait for another one's rounds", async () => {
  // Releases a login at a chance of 1/4, for a request with little time left, and not at the usual one of 1/8.
  vi.spyOn(crypto, "getRandomValues").mockImplementation((drawn) => Object.assign(drawn, { 0: 0.2 * 2 ** 32 }));
  const login = secret(INSTANCE, { sensitivity: "login" });
  const first = hold(login);
  await vi.advanceTimersByTimeAsync(300);
  const second = hold(login);
  await nextBatch();
  const third = hold(login);
  await vi.runAllTimersAsync();
  expect([(await first).why, (await second).why, (await third).why]).toEqual(["late", "late", undefined]);
});

it("releases a request together with the POSTs that make it resemble a round, and not before they are there", async () => {
  const gate = createGate(1);
  accompanied = () => gate;
  const held = hold(secret());
  await vi.advanceTimersByTimeAsync(100);
  expect(gone).toEqual([1]);
  let isGone = false;
  void held.then(() => (isGone = true));
  await vi.advanceTimersByTimeAsync(10);
  expect(isGone).toBe(false);
  void gate.arrive();
  await vi.advanceTimersByTimeAsync(100);
  expect(isGone).toBe(true);
  expect((await held).why).toBeUndefined();
});

it("asks whether a request may leave when its companions begin to arrive, and not only when all of them are there", async () => {
  const order: string[] = [];
  const gate = createGate(2);
  accompanied = () => gate;
  const mayLeave = (): undefined => void order.push("asked");
  const held = hold(secret(INSTANCE, { mayLeave }));
  await vi.advanceTimersByTimeAsync(100);
  expect(order).toEqual([]);
  void gate.arrive();
  expect(order).toEqual(["asked"]);
  await gate.arrive();
  await vi.runAllTimersAsync();
  expect([(await held).why, order]).toEqual([undefined, ["asked"]]);
});

it("releases a request with another round if one was given up before it left", async () => {
  const gates = [createGate(1), createGate(1)];
  gates[0]?.abandon();
  accompanied = () => gates[gone.length - 1] as Gate;
  const held = hold(secret());
  await vi.advanceTimersByTimeAsync(100);
  expect(gone).toEqual([1, 1]);
  gates[1]?.open();
  await vi.runAllTimersAsync();
  expect((await held).why).toBeUndefined();
});

it("stops the one of two that may not leave, and releases the other", async () => {
  const refused = hold(secret(INSTANCE, { mayLeave: () => "quarantine" }));
  const other = hold(secret(INSTANCE, { tabId: 2 }));
  await vi.runAllTimersAsync();
  expect([(await refused).why, (await other).why, gone]).toEqual(["quarantine", undefined, [2]]);
});

it("stops everything in an untested browser", async () => {
  limit = "unproven-firefox";
  const held = hold(secret());
  await vi.runAllTimersAsync();
  expect((await held).why).toBe("unproven-firefox");
  expect([checks, gone]).toEqual([[], []]);
});

it("stops a request if someone else answers while another one of its batch still waits", async () => {
  const began = Date.now();
  answer = ({ address }) =>
    address === INSTANCE
      ? { after: 20, outcome: Date.now() - began < 1000 ? OURS : ATTACKERS }
      : { after: 1500, outcome: OURS };
  const both = Promise.all([hold(secret()), hold(secret(OTHER_INSTANCE))]);
  await vi.runAllTimersAsync();
  expect((await both).map(({ why }) => why)).toEqual(["quarantine", undefined]);
});

it("checks once for all requests of one pool in one batch", async () => {
  const three = Promise.all([hold(secret()), hold(secret()), hold(secret(INSTANCE, { tabId: 2 }))]);
  await vi.runAllTimersAsync();
  expect((await three).map(({ why }) => why)).toEqual([undefined, undefined, undefined]);
  expect(checks.length).toBeLessThanOrEqual(2);
});

it("releases all secrets of one batch and pool together", async () => {
  const five = Promise.all(Array.from({ length: 5 }, () => hold(secret(INSTANCE, { sensitivity: "login" }))));
  await vi.runAllTimersAsync();
  expect((await five).map(({ why }) => why)).toEqual(Array.from({ length: 5 }, () => undefined));
  expect(gone).toEqual([5]);
});

it("lets 20 requests go one after the other, as of tabs that are restored", async () => {
  answer = () => ({ after: 300, outcome: OURS });
  const all = [];
  for (; all.length < 20; await nextBatch()) all.push(hold(secret()));
  await vi.runAllTimersAsync();
  expect((await Promise.all(all)).filter(({ why }) => why !== undefined)).toEqual([]);
});

it.each([
  ["each alone", true, 0],
  ["the second not before the first has been answered, or for five seconds", false, 5000],
])("releases secrets of two batches: %s", async (_, isAnswered, wait) => {
  const first = hold(secret(), isAnswered);
  await vi.advanceTimersByTimeAsync(1);
  const second = hold(secret());
  await vi.advanceTimersByTimeAsync(LIMIT);
  const [one, other] = [await first, await second];
  expect([one.why, other.why, gone]).toEqual([undefined, undefined, [1, 1]]);
  expect(Math.floor((other.at - one.at) / 200) * 200).toBe(wait);
});

it("stops a request that its page has given up, and sends nothing with it", async () => {
  let giveUp = (): void => undefined;
  const over = new Promise<void>((done) => {
    giveUp = done;
  });
  const held = holder.hold(secret(INSTANCE, { over: () => over }), currentBatch(), LIMITS);
  await vi.advanceTimersByTimeAsync(10);
  giveUp();
  await vi.runAllTimersAsync();
  expect([await held, gone]).toEqual(["given-up", []]);
});

it("checks again for a request that comes while probes are on their way", async () => {
  const first = hold(secret());
  await vi.advanceTimersByTimeAsync(10);
  const began = Date.now();
  const second = hold(secret());
  await vi.runAllTimersAsync();
  expect((await first).why).toBeUndefined();
  const { why, at } = await second;
  expect(why).toBeUndefined();
  expect(checks.filter((check) => check.began >= began && check.ended <= at)).not.toEqual([]);
});

it("does not let one instance wait for another of another batch", async () => {
  answer = ({ address }) => ({ after: address === INSTANCE ? 5000 : 20, outcome: OURS });
  const hanging = hold(secret());
  await vi.advanceTimersByTimeAsync(10);
  const began = Date.now();
  const other = hold(secret(OTHER_INSTANCE));
  await vi.runAllTimersAsync();
  expect((await other).at - began).toBeLessThan(100);
  await hanging;
});

it("doesn't check while a request is under way that may leave a connection behind", async () => {
  connections.keep("picture", secret().pool, 1);
  const held = hold(secret());
  await vi.advanceTimersByTimeAsync(1000);
  expect(checks).toEqual([]);
  const ended = Date.now();
  connections.ended("picture");
  await vi.runAllTimersAsync();
  expect((await held).why).toBeUndefined();
  expect(checks.every(({ began }) => began >= ended)).toBe(true);
});

it("doesn't make a request wait for that if Firefox may retry it", async () => {
  connections.keep("picture", secret().pool, 1);
  const held = hold(secret(INSTANCE, { method: "GET" }));
  await vi.advanceTimersByTimeAsync(1000);
  expect((await held).why).toBeUndefined();
});

it("doesn't check before the rest of its batch may go on, too", async () => {
  let free = (): void => undefined;
  currentBatch().hold(
    new Promise<void>((done) => {
      free = done;
    }),
  );
  const held = hold(secret());
  await vi.advanceTimersByTimeAsync(1000);
  expect(checks).toEqual([]);
  free();
  await vi.runAllTimersAsync();
  expect((await held).why).toBeUndefined();
});

it("stops a request that has waited too long", async () => {
  answer = () => ({ after: 60_000, outcome: OURS });
  const began = Date.now();
  const held = hold(secret());
  await vi.advanceTimersByTimeAsync(LIMIT);
  expect(await held).toEqual({ why: "late", at: began + LIMIT });
});
