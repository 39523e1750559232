import { describe, expect, it } from "vitest";
import {
  type Head,
  headSize,
  nonceOf,
  padded,
  paddedSize,
  plainSocketUrl,
  probeAnswer,
  probeHeaders,
  SOCKET_PATH,
  socketUrl,
} from "../../../src/core/probe/probe";
import { INSTANCE } from "../samples";

describe("a probe", () => {
  it.each(["Cookie", "authorization", "Referer"])("carries no %s", (name) => {
    expect(probeHeaders([{ name, value: "secret" }], "keep")).toEqual([]);
  });

  it("ends its connection, unless another request will use it", () => {
    expect(probeHeaders([{ name: "Connection", value: "keep-alive" }], "close")).toEqual([
      { name: "Connection", value: "close" },
    ]);
  });
});

describe("the heads of probes and secrets", () => {
  const CLOSE = { name: "Connection", value: "close" };
  const KEEP = { name: "Connection", value: "keep-alive" };
  const headOf = (method: string, path: string, ...headers: Head["headers"]): Head => ({
    method,
    url: `https://${INSTANCE}${path}`,
    headers,
  });
  const HEADS: Head[] = [
    headOf("POST", "/auth/revoke?latchkey=1", KEEP),
    headOf("POST", "/auth/revoke?latchkey=1"),
    headOf("POST", "/auth/token", CLOSE, { name: "Referer", value: `https://${INSTANCE}/` }),
    headOf("GET", "/api/camera", CLOSE, { name: "Authorization", value: `Bearer ${"x".repeat(900)}` }),
    headOf("DELETE", `/api/${"y".repeat(2000)}`, CLOSE),
  ];

  it.each<[what: string, head: Head, bytes: number]>([
    ["method, path, and the header that Firefox adds", headOf("GET", "/a"), 3 + 2 + 10 + 4 + 10],
    ["the query", headOf("GET", "/a?b=c", KEEP), 3 + 6 + 10 + 4 + 10],
    ["each header with a colon, a blank and the end of the line", headOf("GET", "/", CLOSE, KEEP), 4 + 19 + 24],
    ["a header without a value", headOf("GET", "/", CLOSE, { name: "X" }), 4 + 19 + 5],
  ])("have the bytes of %s", (_, head, bytes) => {
    expect(headSize(head)).toBe(bytes);
  });

  it("get one length", () => {
    const size = paddedSize(HEADS.map(headSize));
    expect(HEADS.map((head) => headSize({ ...head, headers: padded(head, size) }))).toEqual(HEADS.map(() => size));
  });

  it.each<[heads: number[], size: number]>([
    [[500], 1024],
    [[500, 900], 1024],
    [[1000], 1024],
    [[1001], 1024],
    [[1002], 1280], // no room for the smallest header that pads
    [[500, 1300], 1536],
  ])("of %j bytes are padded to %d", (heads, size) => {
    expect(paddedSize(heads)).toBe(size);
  });

  it("stay as they are if they are longer", () => {
    const [head = headOf("GET", "/")] = HEADS;
    expect(padded(head, headSize(head) - 1)).toEqual(head.headers);
  });
});

describe("the WebSocket of a check", () => {
  const nonces = Array.from({ length: 200 }, () => crypto.randomUUID().replaceAll("-", ""));
  const paths = nonces.map((nonce) => new URL(socketUrl(INSTANCE, nonce)).pathname);

  it("has its own spelling of the path, so Firefox doesn't make it wait for a refused one", () => {
    // 2^12 spellings: two in a row are the same once in 4,096.
    expect(new Set(paths).size).toBeGreaterThan(180);
  });

  it("is the same path to a server", () => {
    expect(new Set(paths.map(decodeURIComponent))).toEqual(new Set([SOCKET_PATH]));
  });

  it("keeps its nonce", () => {
    expect(nonces.map((nonce) => nonceOf(socketUrl(INSTANCE, nonce)))).toEqual(nonces);
  });

  it("has the plain path if it has to open", () => {
    expect(new URL(plainSocketUrl(INSTANCE, "0".repeat(32))).pathname).toBe(SOCKET_PATH);
  });
});

describe("the answer to a probe", () => {
  const allowed = { name: "Timing-Allow-Origin", value: "*" };

  it.each([
    ["asks for no login", [{ name: "WWW-Authenticate", value: 'Basic realm="home"' }], [allowed]],
    [
      "asks for no login, of however many kinds",
      [
        { name: "www-authenticate", value: "Digest" },
        { name: "Www-Authenticate", value: "Negotiate" },
      ],
      [allowed],
    ],
    ["may be timed by the background", [{ name: "timing-allow-origin", value: "null" }], [allowed]],
    ["keeps everything else", [{ name: "Server", value: "Caddy" }], [{ name: "Server", value: "Caddy" }, allowed]],
  ])("%s", (_, headers, expected) => {
    expect(probeAnswer(headers)).toEqual(expected);
  });
});
