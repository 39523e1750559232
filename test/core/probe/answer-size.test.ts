// How many bytes an answer has. The counted sizes are those that Firefox 153 and 159 reported.
import { expect, it } from "vitest";
import { exactSizeOf, sizeOf, wasRestarted } from "../../../src/core/probe/answer-size";
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

it("doesn't overestimate an answer in chunks", () => {
  const chunked = { statusLine: "HTTP/1.1 200 OK", headers: [{ name: "Transfer-Encoding", value: "chunked" }] };
  expect([sizeOf(chunked), exactSizeOf(chunked)]).toEqual([47, undefined]);
  expect(exactSizeOf({ ...chunked, headers: [FIVE] })).toBe(43);
  expect(exactSizeOf({ statusLine: "HTTP/1.1 204 No Content", headers: [] })).toBe(27);
});
