import { it, expect } from "vitest";
import { withoutSecrets } from "../../../src/core/tls/observation";
import { INSTANCE } from "../samples";

const LONG = "x".repeat(1024 * 1024);

it("cuts a URL, whose text an attacker chooses, and keeps the host", () => {
  expect(withoutSecrets(`https://${INSTANCE}/${LONG}?secret`).length).toBeLessThan(2000);
  expect(withoutSecrets(`https://${INSTANCE}/${LONG}`)).toContain(INSTANCE);
});

it.each([
  ["a path", `https://${INSTANCE}/lovelace/0`, `https://${INSTANCE}/lovelace/0`],
  ["a query", `https://${INSTANCE}/?code=5ec4e7`, `https://${INSTANCE}/`],
  ["a fragment", `https://${INSTANCE}/#access_token=5ec4e7`, `https://${INSTANCE}/`],
  ["a user and password", `https://me:5ec4e7@${INSTANCE}/`, `https://${INSTANCE}/`],
  [
    "a camera's token in the path",
    `https://${INSTANCE}/api/hls/5ec4e7/segment/7.2.m4s?x=1`,
    `https://${INSTANCE}/api/hls/.../segment/7.2.m4s`,
  ],
  [
    "a speech's token in the path",
    `https://${INSTANCE}/api/tts_proxy/5ec4e7.mp3`,
    `https://${INSTANCE}/api/tts_proxy/...`,
  ],
  ["a webhook's id", `https://${INSTANCE}/api/webhook/5ec4e7`, `https://${INSTANCE}/api/webhook/...`],
  ["a port", `wss://${INSTANCE}:8443/api/websocket?token=5ec4e7`, `wss://${INSTANCE}:8443/api/websocket`],
])("keeps no secret of an address: %s", (_, address, kept) => {
  expect(withoutSecrets(address)).toBe(kept);
});
