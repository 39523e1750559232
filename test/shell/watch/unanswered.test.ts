// What is saved of requests without a response.
import "../newer";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { probeUrl } from "../../../src/core/probe/probe";
import type { ProbeReport } from "../../../src/core/probe/probe-outcome";
import { monotonicNow } from "../../../src/shell/monotonic-clock";
import { INSTANCE } from "../../core/samples";
import { PAGE, watch } from "./watching";

vi.mock("webextension-polyfill", async () => ({ default: (await import("./certificates")).browser }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SENTENCE = "The certificate is not trusted.";
const ROWS: [what: string, error: string, after: number, failure: object | undefined][] = [
  ["cut off", "NS_ERROR_NET_RESET", 100, { reason: "cut-off" }],
  ["not connected", "NS_ERROR_CONNECTION_REFUSED", 100, { reason: "unreachable" }],
  ["refused in the handshake", SENTENCE, 100, { reason: "refused", words: SENTENCE }],
  ["given up soon", "NS_BINDING_ABORTED", 100, undefined],
  ["given up after 15 seconds", "NS_BINDING_ABORTED", 15_000, { reason: "not-answered" }],
  ["timed out after 15 seconds", "NS_ERROR_NET_TIMEOUT", 15_000, { reason: "not-answered" }],
];
it.each(ROWS)("records why a request failed that was %s", async (_, error, after, failure) => {
  const { send, fail, state } = watch();
  const at = Date.now();
  send();
  await vi.advanceTimersByTimeAsync(after);
  await fail(error, { timeStamp: Date.now() });
  const { failures, awaited } = (await state()).session.ordinary;
  expect(failures).toEqual(failure === undefined ? [] : [{ address: INSTANCE, at, ...failure }]);
  expect(awaited ?? []).toEqual([]);
});

const PLAIN = PAGE.replace("https", "http");
it.each<[what: string, send: object | undefined, fail: object, unwatched: string[]]>([
  ["an address that isn't watched", {}, {}, [INSTANCE]],
  ["an address that isn't the user's", { url: "https://example.org/" }, { url: "https://example.org/" }, []],
  ["an address without encryption", { url: PLAIN }, { url: PLAIN }, []],
  ["an address of another scheme", { url: "ftp://abc.ui.nabu.casa/" }, { url: "ftp://abc.ui.nabu.casa/" }, []],
  ["a request that was never sent", undefined, {}, []],
  ["another request than the one that was sent", {}, { requestId: "2" }, []],
])("keeps nothing of %s", async (_, sent, failed, unwatched) => {
  const { send, fail, state } = watch({ unwatched });
  if (sent !== undefined) send(sent);
  await fail("NS_ERROR_NET_RESET", failed);
  expect((await state()).session.ordinary.failures).toEqual([]);
});

it("keeps nothing of a request that fails after its headers have come", async () => {
  const { send, answer, fail, state } = watch();
  send();
  await answer();
  await fail("NS_ERROR_NET_RESET");
  expect((await state()).session.ordinary.failures).toEqual([]);
});

it.each([
  ["its server", true],
  ["Firefox itself", false],
])("counts the time of a request from its second sending if %s redirected it", async (_, hasAnswered) => {
  const { send, answer, fail, state } = watch();
  send();
  if (hasAnswered) await answer({ statusCode: 302, statusLine: "HTTP/1.1 302 Found" });
  await vi.advanceTimersByTimeAsync(14_000);
  const at = Date.now();
  send();
  await vi.advanceTimersByTimeAsync(2000);
  await fail("NS_BINDING_ABORTED");
  expect((await state()).session.ordinary.failures).toEqual([]);
  send({ timeStamp: at });
  await fail("NS_ERROR_NET_RESET");
  expect((await state()).session.ordinary.failures).toMatchObject([{ at, reason: "cut-off" }]);
});

it("records why a request failed that was sent before the background restarted", async () => {
  const at = Date.now() - 20_000;
  const awaited = [{ id: "1", address: INSTANCE, tabId: 7, at, since: monotonicNow() - 20_000, isLate: true }];
  const { fail, state } = watch({ session: { ordinary: { checks: [], failures: [], awaited } } });
  await fail("NS_BINDING_ABORTED");
  const { ordinary } = (await state()).session;
  expect(ordinary).toMatchObject({ awaited: [], failures: [{ at, reason: "not-answered" }] });
});

it("records failures in private windows separately", async () => {
  const { send, fail, state } = watch();
  send({ incognito: true });
  await fail("NS_ERROR_NET_RESET", { incognito: true });
  const { session } = await state();
  expect([session.ordinary.failures, session.private.failures]).toMatchObject([[], [{ reason: "cut-off" }]]);
});

it.each<[what: string, unwatched: string[], warnings: object[]]>([
  ["warns", [], [{ verdict: { kind: "unanswered", carried: "secret" } }]],
  ["doesn't warn, at an address that isn't watched,", [INSTANCE], []],
])("%s if a request that carries a secret was cut off", async (_, unwatched, warnings) => {
  const { send, fail, state } = watch({ unwatched, session: { secrets: [{ id: "1", at: monotonicNow() }] } });
  await state(); // the background knows what is watched
  send();
  await fail("NS_ERROR_NET_RESET");
  expect((await state()).stored.incidents).toMatchObject(warnings);
});

type Kind = "first" | "companion" | "version";
const GIVEN_UP = { reported: undefined, isKept: false };
const LEFT: [kind: Kind, error: string, outcome: object][] = [
  ["first", "NS_ERROR_NET_RESET", { reported: "cut-off", isKept: false }],
  ["first", SENTENCE, { reported: "refused", isKept: false }],
  ["first", "NS_BINDING_ABORTED", GIVEN_UP],
  ["companion", "NS_ERROR_NET_RESET", { reported: "cut-off", isKept: false }],
  // For these two, only the watcher reports a refusal.
  ["companion", SENTENCE, { reported: "refused", isKept: true }],
  ["version", "NS_ERROR_NET_RESET", { reported: "cut-off", isKept: false }],
  ["version", SENTENCE, { reported: "refused", isKept: true }],
];
it.each(LEFT)("leaves a probe (%s) to its sender that ended with %s: %j", async (kind, error, outcome) => {
  const { probes, send, fail, state } = watch();
  const probe = probes.expect({ address: INSTANCE, private: false }, kind, Promise.resolve(false));
  let told: ProbeReport | undefined;
  void probe.told.then((report) => (told = report));
  const url = probeUrl(INSTANCE, probe.nonce);
  send({ url, method: "POST" });
  await fail(error, { url, method: "POST" });
  const { failures } = (await state()).session.ordinary;
  const reported = told?.kind === "failed" ? told.reason : undefined;
  expect({ reported, isKept: failures.length > 0 }).toEqual(outcome);
});

it("records failures of the background's probes for private windows separately", async () => {
  const { probes, send, fail, state } = watch();
  const { nonce } = probes.expect({ address: INSTANCE, private: true }, "companion", Promise.resolve(false));
  const url = probeUrl(INSTANCE, nonce);
  send({ url, tabId: -1 });
  await fail(SENTENCE, { url, tabId: -1 });
  const { session } = await state();
  expect([session.ordinary.failures, session.private.failures]).toMatchObject([[], [{ reason: "refused" }]]);
});
