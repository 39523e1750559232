import { it, expect } from "vitest";
import { type SecretKind, secretKindsOf } from "../../../src/core/request/secret-kinds";
import { INSTANCE } from "../samples";

const at = (path: string): string => `https://${INSTANCE}${path}`;

const CARRIED: [method: string, path: string, headers: string[], SecretKind[]][] = [
  ["GET", "/", [], []],
  ["GET", "/", ["Accept", "User-Agent"], []],
  ["HEAD", "/auth/token", [], []],
  ["OPTIONS", "/api/states", [], []],
  ["POST", "/auth/token", [], ["login"]],
  ["POST", "/auth/login_flow", [], ["login"]],
  ["POST", "/auth/login_flow/abc", ["cookie"], ["login", "cookie"]],
  ["POST", "/auth/tokens", [], ["change"]],
  ["POST", "/api/services/lock/unlock", ["AUTHORIZATION"], ["token", "change"]],
  ["DELETE", "/api/config", [], ["change"]],
  ["GET", "/api/states", ["Authorization"], ["token"]],
  ["GET", "/?auth_callback=1&code=c0de", [], ["code"]],
  ["GET", "/api/image?authSig=x", [], ["address-token"]],
  ["GET", "/api/camera?token=x", [], ["address-token"]],
  ["GET", "/api/stream?access_token=x", [], ["address-token"]],
  ["GET", "/hassio/ingress/x", ["Cookie"], ["cookie"]],
  // The path has the token, and nothing else is checked.
  ["GET", "/api/hls/5ec4e7/master_playlist.m3u8", [], ["address-token"]],
  ["GET", "/api/hls/5ec4e7/playlist.m3u8?_HLS_msn=7&_HLS_part=2", [], ["address-token"]],
  ["GET", "/api/hls/5ec4e7/init.mp4", [], ["address-token"]],
  ["GET", "/api/hls/5ec4e7/segment/7.m4s", [], ["address-token"]],
  ["GET", "/api/hls/5ec4e7/segment/7.2.m4s", [], ["address-token"]],
  ["GET", "/api/tts_proxy/5ec4e7.mp3", [], ["address-token"]],
  ["HEAD", "/api/webhook/5ec4e7", [], ["address-token"]],
  ["GET", "/api/webhook/5ec4e7", ["Cookie"], ["address-token", "cookie"]],
  ["POST", "/api/webhook/5ec4e7", [], ["address-token", "change"]],
  ["GET", "/api/hls", [], []],
  ["GET", "/api/hls/", [], []],
  ["GET", "/api/webhooks/5ec4e7", [], []],
  ["GET", "/local/api/webhook/5ec4e7", [], []],
];
it.each(CARRIED)("finds in %s %s with %j the secrets %j", (method, path, headers, carried) => {
  expect(secretKindsOf({ method, url: at(path), headers })).toEqual(carried);
});
