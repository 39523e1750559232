import { expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { pin, trust, unpin } from "../../../src/core/state/pins";
import { keyOf, type Incident } from "../../../src/core/incident/incident";
import { closeIncident, observe, setGuard, setWatched } from "../../../src/core/state/reduce";
import { EMPTY_SESSION, type State } from "../../../src/core/state/state";
import {
  clearsCopies,
  copiesAt,
  freshnessOf,
  fromServer,
  isFromServer,
  mayBeStored,
  noteCleared,
  type Cache,
} from "../../../src/core/state/stored-copies";
import { certificate, INSTANCE, seenTls, sha1, stateOf } from "../samples";

const OTHER = "other.ui.nabu.casa" as Address;
const nothing = stateOf([]);
const typed = { address: INSTANCE, fingerprint: sha1("1"), source: "typed", at: 0, private: false } as const;
const pinned = pin(nothing, typed);
const cache: Cache = { address: INSTANCE, private: false, store: "firefox-default" };
const container: Cache = { ...cache, store: "firefox-container-1" };
const window: Cache = { ...cache, private: true, store: "firefox-private" };
const cleared = [cache, container, window, { ...cache, address: OTHER }].reduce(noteCleared, pinned);

const warned = observe(cleared, seenTls(certificate("9", "X"))).state;
const [incident] = warned.stored.incidents as [Incident];

const STATES: [what: string, state: State, cache: Cache, copies: ReturnType<typeof copiesAt>][] = [
  ["an address that is not pinned", nothing, cache, "as-firefox"],
  ["an instance that was just pinned", pinned, cache, "from-server"],
  ["… in a private window", pinned, window, "from-server"],
  ["another address", pinned, { ...cache, address: OTHER }, "as-firefox"],
  ["an instance whose cache was cleared", noteCleared(pinned, cache), cache, "as-firefox"],
  ["… the cache of another container", noteCleared(pinned, cache), container, "from-server"],
  ["… the cache of private windows", noteCleared(pinned, cache), window, "from-server"],
  ["… and all of them", cleared, window, "as-firefox"],
  ["… after the browser was closed", { ...cleared, session: EMPTY_SESSION }, cache, "from-server"],
  ["… pinned again", pin(cleared, typed), cache, "from-server"],
  ["… with a further pin", pin(cleared, { ...typed, fingerprint: sha1("2") }), container, "from-server"],
  ["… when Guard is switched on", setGuard(cleared, INSTANCE, true), window, "from-server"],
  ["… when Guard is switched off", setGuard(cleared, INSTANCE, false), window, "as-firefox"],
  ["… not watched", setWatched(cleared, INSTANCE, false, false), cache, "as-firefox"],
  [
    "… watched again",
    setWatched(setWatched(cleared, INSTANCE, false, false), INSTANCE, true, false),
    container,
    "from-server",
  ],
  ["… no longer pinned", unpin(cleared, INSTANCE, sha1("1")), cache, "as-firefox"],
  ["… when a warning of it is closed", closeIncident(warned, keyOf(incident), "done", 2), container, "from-server"],
  ["… while one is open", warned, container, "as-firefox"],
  ["pins that can't be read", { ...nothing, damage: "torn" }, cache, "from-server"],
];
it.each(STATES)("decides whether stored files may be used: %s", (_, state, where, copies) => {
  expect(copiesAt(state, where)).toBe(copies);
});

it("distrusts one address at a time, and doesn't change an unchanged state", () => {
  expect(copiesAt(pin(cleared, { ...typed, address: OTHER }), cache)).toBe("as-firefox");
  expect(noteCleared(cleared, cache)).toBe(cleared);
  expect(trust(cleared, OTHER, 0, false)).toBe(cleared);
});

type Answer = Parameters<typeof clearsCopies>[1];
const page: Answer = {
  ...cache,
  type: "main_frame",
  freshness: "live",
  ofOwnPage: false,
  isProbe: false,
  verdict: { kind: "match", pin: sha1("1") },
};
const part: Answer = { ...page, type: "script", ofOwnPage: true };
const ANSWERS: [what: string, state: State, answer: Answer, clears: boolean][] = [
  ["a page of the instance", pinned, page, true],
  ["… after a renewal", pinned, { ...page, verdict: { kind: "renewed", pin: sha1("1") } }, true],
  ["… trusted on first use", pinned, { ...page, verdict: { kind: "unchanged", pin: sha1("1") } }, true],
  ["… in a private window", pinned, { ...page, ...window }, true],
  ["… when it was cleared already", cleared, page, false],
  ["… when it is not pinned", nothing, page, false],
  ["… out of the cache", pinned, { ...page, freshness: "cached" }, false],
  ["someone else's page", pinned, { ...page, verdict: { kind: "mismatch", cause: "other-key" } }, false],
  ["a page that could not be checked", pinned, { ...page, verdict: { kind: "unchecked", reason: "not-fresh" } }, false],
  ["an answer without a verdict", pinned, { ...page, verdict: undefined }, false],
  ["a file for a page from a worker", pinned, part, true],
  ["a file in another site's page", pinned, { ...part, ofOwnPage: false }, false],
  ["a probe, whose times must stay", pinned, { ...part, type: "xmlhttprequest", isProbe: true }, false],
  ["a WebSocket, which has no answer to add to", pinned, { ...part, type: "websocket" }, false],
];
it.each(ANSWERS)("clears the cache with %s: %#", (_, state, answer, clears) => {
  expect(clearsCopies(state, answer)).toBe(clears);
});

const KINDS: [type: string, method: string, may: boolean][] = [
  ["main_frame", "GET", true],
  ["script", "GET", true],
  ["xmlhttprequest", "HEAD", true],
  ["xmlhttprequest", "POST", false],
  ["websocket", "GET", false],
];
it.each(KINDS)("knows which requests a cache can answer: %s %s", (type, method, may) => {
  expect(mayBeStored({ type, method })).toBe(may);
});

it("asks for a file without the cache, also if the request has a Cache-Control header", () => {
  const accept = { name: "Accept", value: "*/*" };
  expect(fromServer([accept, { name: "cache-control", value: "no-cache" }])).toEqual([
    accept,
    { name: "Cache-Control", value: "no-store" },
  ]);
});

const CAME: [
  copies: ReturnType<typeof copiesAt>,
  status: number,
  how: string,
  answer: Partial<Parameters<typeof freshnessOf>[1]>,
][] = [
  ["as-firefox", 200, "live", {}],
  ["as-firefox", 304, "live", {}],
  ["as-firefox", 206, "live", {}],
  ["as-firefox", 200, "cached", { fromCache: true }],
  ["from-server", 200, "live", {}],
  ["from-server", 304, "cached", {}],
  ["from-server", 206, "cached", {}],
  ["from-server", 206, "live", { asksForPart: true }],
  ["from-server", 304, "cached", { asksForPart: true }],
  ["from-server", 304, "live", { mayBeStored: false }],
  ["from-server", 206, "live", { mayBeStored: false }],
  ["from-server", 200, "cached", { fromCache: true }],
];
it.each(CAME)("with copies %s, takes %i for %s: %j", (copies, status, how, answer) => {
  const usual = { fromCache: false, asksForPart: false, mayBeStored: true };
  expect(freshnessOf(copies, { status, ...usual, ...answer })).toBe(how);
});

it.each([
  ["no-store", true],
  ["No-Cache, NO-STORE", true],
  ["no-cache", false],
  ["", false],
])("knows a request for which Firefox leaves its cache closed: %j", (value, isClosed) => {
  expect(isFromServer([{ name: "cache-control", value }])).toBe(isClosed);
});
