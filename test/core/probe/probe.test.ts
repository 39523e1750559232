import { describe, expect, it } from "vitest";
import {
  nonceOf,
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
