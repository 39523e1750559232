// How Guard classifies a request and its secrets. guard.test.ts has the states of an instance.
import { it, expect } from "vitest";
import type { Header } from "../../../src/core/request/header";
import {
  type Sensitivity,
  sensitivityOf,
  chanceToLeave,
  roundWidth,
  mayKeepConnection,
} from "../../../src/core/state/guard";
import { INSTANCE } from "../samples";
import type { GuardLevel } from "../../../src/core/state/state";

const url = (path: string): string => `https://${INSTANCE}${path}`;

const BASIC: Header = { name: "Authorization", value: "Basic dTpw" };
const SENSITIVITIES: [method: string, path: string, headers: Header[], sensitivity: Sensitivity][] = [
  ["GET", "/", [], "nothing"],
  ["HEAD", "/manifest.json", [{ name: "Accept" }], "nothing"],
  ["OPTIONS", "/auth/token", [], "nothing"],
  ["POST", "/auth/token", [], "login"],
  ["POST", "/auth/login_flow", [], "login"],
  ["POST", "/auth/login_flow/0a1b", [], "login"],
  ["POST", "/auth/tokens", [], "secret"],
  ["POST", "/api/webhook/abc", [], "secret"],
  ["PUT", "/", [], "secret"],
  ["DELETE", "/auth/login_flow/0a1b", [], "login"],
  ["PROPFIND", "/", [], "secret"],
  // An access token can make a long-lived one.
  ["GET", "/api/states", [{ name: "Authorization", value: "Bearer a.b.c" }], "login"],
  ["GET", "/api/states", [{ name: "authorization", value: "bearer a.b.c" }], "login"],
  ["POST", "/api/services/a/b", [{ name: "Authorization", value: "Bearer a.b.c" }], "login"],
  ["GET", "/x?access_token=1", [], "login"],
  ["GET", "/x?token=1", [], "login"],
  ["GET", "/api/camera_proxy?token=1", [], "login"],
  ["GET", "/api/camera_proxy/c?token=1&access_token=1", [], "login"],
  // Anything that isn't known to be less counts as one.
  ["GET", "/", [{ name: "Authorization", value: "Digest a" }], "login"],
  ["GET", "/", [{ name: "Authorization", value: "a.b.c" }], "login"],
  ["GET", "/", [{ name: "Authorization", value: "Basically a.b.c" }], "login"],
  ["GET", "/", [{ name: "Authorization" }], "login"],
  ["GET", "/", [BASIC, { name: "Authorization", value: "Bearer a.b.c" }], "login"],
  // The password of a server in front opens that server, and stands in each request.
  ["GET", "/image.svg", [BASIC], "secret"],
  ["GET", "/image.svg", [{ name: "authorization", value: "BASIC dTpw" }], "secret"],
  ["POST", "/auth/token", [BASIC], "login"],
  ["GET", "/x?access_token=1", [BASIC], "login"],
  // A code may be the login's, on any path.
  ["GET", "/?auth_callback=1&code=1", [], "login"],
  ["GET", "/auth/external/callback?code=1&state=a.b.c", [], "login"],
  ["GET", "/x?state=code", [], "nothing"],
  // These open one path, one picture, or an add-on.
  ["GET", "/api/image?authSig=1", [], "secret"],
  ["GET", "/api/camera_proxy/c?token=1", [], "secret"],
  ["GET", "/api/camera_proxy_stream/c?token=1", [], "secret"],
  ["GET", "/api/image_proxy/c?token=1", [], "secret"],
  ["GET", "/api/media_player_proxy/c?token=1&cache=2", [], "secret"],
  ["GET", "/api/hls/5ec4e7/playlist.m3u8", [], "secret"],
  ["GET", "/api/hls/5ec4e7/segment/7.2.m4s", [], "secret"],
  ["GET", "/api/tts_proxy/5ec4e7.mp3", [], "secret"],
  ["GET", "/api/webhook/5ec4e7", [], "secret"],
  ["GET", "/api/hls/5ec4e7/playlist.m3u8?token=1", [], "login"],
  ["GET", "/api/hassio_ingress/x/", [{ name: "Cookie", value: "ingress_session=1" }], "secret"],
];
it.each(SENSITIVITIES)("%s %s with %j carries %s", (method, path, headers, sensitivity) => {
  expect(sensitivityOf({ method, url: url(path), headers })).toBe(sensitivity);
});

const CHANCES: [
  sensitivity: "login" | "secret",
  level: GuardLevel,
  suspectedMisses: number,
  fitting: number,
  chance: number,
][] = [
  ["login", "thorough", 0, 99, 1 / 8],
  ["secret", "thorough", 0, 99, 1 / 2],
  // A suspected miss makes the next guess harder.
  ["login", "thorough", 1, 99, 1 / 16],
  ["secret", "thorough", 1, 99, 1 / 4],
  ["secret", "thorough", 2, 99, 1 / 8],
  ["login", "thorough", 5, 99, 1 / 16],
  // On a slow line, at most one held request in a thousand is late, or after a suspected miss one in a hundred …
  ["login", "thorough", 0, 40, 0.159],
  ["login", "thorough", 1, 40, 0.109],
  ["login", "thorough", 1, 20, 0.206],
  ["secret", "thorough", 2, 10, 0.369],
  // … but an attacker who makes it slow gets no better chance than this.
  ["login", "thorough", 0, 1, 1 / 4],
  ["login", "thorough", 3, 0, 1 / 4],
  ["secret", "thorough", 3, 0, 1 / 2],
  // Under Quick a login goes as easily as a lesser secret.
  ["login", "quick", 0, 99, 1 / 2],
  ["secret", "quick", 0, 99, 1 / 2],
  // A suspected miss makes the next guess harder, to the same limit as under Thorough.
  ["login", "quick", 1, 99, 1 / 4],
  ["login", "quick", 2, 99, 1 / 8],
  ["login", "quick", 3, 99, 1 / 16],
  ["login", "quick", 9, 99, 1 / 16],
  // A slow line makes it no better than it is.
  ["login", "quick", 0, 1, 1 / 2],
  ["login", "quick", 9, 0, 1 / 2],
  ["login", "quick", 3, 10, 0.369],
];
it.each(CHANCES)(
  "after a round before a %s, at %s, after %d suspected misses, with time for %d rounds, the chance is %d",
  (...row) => {
    const [sensitivity, level, suspectedMisses, fitting, chance] = row;
    expect(chanceToLeave(sensitivity, level, suspectedMisses, fitting)).toBeCloseTo(chance, 3);
  },
);

const times = (count: number, sensitivity: Sensitivity): Sensitivity[] =>
  Array.from({ length: count }, () => sensitivity);
const WIDTHS: [held: Sensitivity[], width: number][] = [
  [times(1, "login"), 2],
  [times(1, "secret"), 2],
  [times(3, "secret"), 4],
  [times(8, "secret"), 4], // known: docs/guard.md, "Known to fall"
  [times(3, "login"), 4],
  [times(5, "login"), 6],
  [times(6, "login"), 6], // the same
  [[...times(4, "secret"), "login"], 6],
];
it.each(WIDTHS)("before %j a round has %d POSTs", (sensitivities, width) => {
  expect(roundWidth(sensitivities)).toBe(width);
});

const KEPT: [type: string, sensitivity: Sensitivity, isKept: boolean][] = [
  ["image", "nothing", true],
  ["main_frame", "nothing", true],
  ["script", "nothing", true],
  ["font", "nothing", true],
  ["stylesheet", "nothing", true],
  ["image", "secret", false],
  ["xmlhttprequest", "nothing", false],
  ["websocket", "nothing", false],
  ["beacon", "nothing", false],
  ["media", "nothing", false],
  ["other", "nothing", false],
];
it.each(KEPT)("the connection of a request of type %s with %s stays open: %s", (type, sensitivity, isKept) => {
  expect(mayKeepConnection(type, sensitivity)).toBe(isKept);
});
