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
];
it.each(CARRIED)("finds in %s %s with %j the secrets %j", (method, path, headers, carried) => {
  expect(secretKindsOf({ method, url: at(path), headers })).toEqual(carried);
});
