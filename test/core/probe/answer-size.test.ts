// How many bytes an answer has. The counted sizes are those that Firefox 153 and 159 reported.
import { expect, it } from "vitest";
import { maxSizeOf, sizeOf, wasRestarted } from "../../../src/core/probe/answer-size";
import type { Header } from "../../../src/core/request/header";

const FIVE: Header = { name: "Content-Length", value: "5" };

type Row = [what: string, statusLine: string, headers: Header[], size: number | undefined];
const ANSWERS: Row[] = [
  ["a body", "HTTP/1.1 200 OK", [FIVE], 43],
  ["no body", "HTTP/1.1 204 No Content", [], 27],
  ["an empty header", "HTTP/1.1 200 OK", [{ name: "Empty", value: "" }, FIVE], 52],
  ["a header without a value", "HTTP/1.1 200 OK", [{ name: "Empty" }, FIVE], 52],
  ["two cookies", "HTTP/1.1 200 OK", [{ name: "Set-Cookie", value: "a=1\nb=2" }, FIVE], 77],
  ["a WebSocket that is opened", "HTTP/1.1 101 Switching Protocols", [{ name: "Upgrade", value: "websocket" }], 56],
  ["a length in other letters", "HTTP/1.1 200 OK", [{ name: "content-length", value: "5" }], 43],
  ["HTTP/2", "HTTP/2 200 OK", [FIVE], undefined],
  ["HTTP/1.0", "HTTP/1.0 200 OK", [FIVE], undefined],
  ["a length that is none", "HTTP/1.1 200 OK", [{ name: "Content-Length", value: "5, 5" }], undefined],
];
it.each(ANSWERS)("%s", (_, statusLine, headers, size) => {
  expect(sizeOf({ statusLine, headers })).toBe(size);
});

it.each<[what: string, surpluses: (number | undefined)[], isSentAgain: boolean]>([
  ["all as their headers say", [0, 0, 0, 0], false],
  ["all with the same surplus", [6, 6, 6, 6], false],
  ["one with more", [0, 130, 0, 0], true],
  ["one with less: the others were retried", [130, 130, 0, 130], true],
  ["some of unknown size", [undefined, 0, undefined, 0], false],
  ["none of known size", [undefined, undefined], false],
])("answers to one request, %s: retried is %s", (_, surpluses, isSentAgain) => {
  expect(wasRestarted(surpluses)).toBe(isSentAgain);
});

const INSTANCE = "https://abc.ui.nabu.casa";
/** As Home Assistant answers a login (core: auth/login_flow.py, http/headers.py). */
const HOME_ASSISTANT: Header[] = [
  { name: "Content-Type", value: "application/json" },
  { name: "Cache-Control", value: "no-store" },
  { name: "Pragma", value: "no-cache" },
  { name: "Referrer-Policy", value: "no-referrer" },
  { name: "X-Content-Type-Options", value: "nosniff" },
  { name: "Server", value: "" },
  { name: "X-Frame-Options", value: "SAMEORIGIN" },
  { name: "Content-Length", value: "120" },
  { name: "Date", value: "Thu, 26 Nov 2026 10:00:00 GMT" },
];
/** The shortest answer that makes Firefox retry a request. */
const SHORTEST = "HTTP/1.1 421\r\n\r\n".length;

const bytesOf = (headers: readonly Header[]): number =>
  headers.reduce((sum, { name, value = "" }) => sum + `${name}: ${value}\r\n`.length, "HTTP/1.1 200 OK\r\n\r\n".length);

it.each(["/auth/token", "/auth/login_flow/0a1b", "/api/states", "/hassio/ingress/x"])(
  "sees each byte too many in Home Assistant's own answer at %s",
  (path) => {
    const size = maxSizeOf(`${INSTANCE}${path}`, { statusLine: "HTTP/1.1 200 OK", headers: HOME_ASSISTANT });
    expect(size).toBe(bytesOf(HOME_ASSISTANT) + 120);
  },
);

/** What the server sent, and what Firefox makes of it. */
const JOINED: [what: string, sent: Header[], joined: Header[]][] = [
  [
    "two of one name",
    [
      { name: "Cache-Control", value: "no-store" },
      { name: "Cache-Control", value: "max-age=0" },
    ],
    [{ name: "Cache-Control", value: "no-store, max-age=0" }],
  ],
  ["three of one name", ["a", "b", "c"].map((value) => ({ name: "Via", value })), [{ name: "Via", value: "a, b, c" }]],
  [
    "two dates",
    ["Thu, 26 Nov 2026 10:00:00 GMT", "Thu, 26 Nov 2026 10:00:01 GMT"].map((value) => ({ name: "Date", value })),
    [{ name: "Date", value: "Thu, 26 Nov 2026 10:00:00 GMT, Thu, 26 Nov 2026 10:00:01 GMT" }],
  ],
  [
    "two cookies",
    ["a=1", "b=2"].map((value) => ({ name: "Set-Cookie", value })),
    [{ name: "Set-Cookie", value: "a=1\nb=2" }],
  ],
];
it.each(JOINED)("counts %s as headers that came apart", (_, sent, headers) => {
  const size = maxSizeOf(INSTANCE, { statusLine: "HTTP/1.1 200 OK", headers: [...headers, FIVE] });
  expect(size).toBe(bytesOf([...sent, FIVE]) + 5);
});

it("still sees the shortest rejection if one header may have come twice", () => {
  const headers = [...HOME_ASSISTANT, { name: "Vary", value: "Origin, Accept" }];
  const size = maxSizeOf(INSTANCE, { statusLine: "HTTP/1.1 200 OK", headers });
  expect(size).toBeLessThan(bytesOf(headers) + 120 + SHORTEST);
});

/** An honest answer may have more bytes than its headers show. */
const UNKNOWN: [what: string, path: string, headers: Header[]][] = [
  ["an add-on's", "/api/hassio_ingress/x/flows", [FIVE]],
  ["one in chunks", "/auth/token", [{ name: "Transfer-Encoding", value: "chunked" }]],
  ["one with a letter of several bytes", "/api/x", [{ name: "Content-Disposition", value: "é.txt" }, FIVE]],
];
it.each(UNKNOWN)("knows no limit for an answer: %s", (_, path, headers) => {
  const head = { statusLine: "HTTP/1.1 200 OK", headers };
  expect(sizeOf(head)).toBeDefined();
  expect(maxSizeOf(`${INSTANCE}${path}`, head)).toBeUndefined();
});

it("knows the size of an answer without a body", () => {
  expect(maxSizeOf(INSTANCE, { statusLine: "HTTP/1.1 204 No Content", headers: [] })).toBe(27);
});
