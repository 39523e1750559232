import { it, expect } from "vitest";
import type { Verdict } from "../../../src/core/incident/verdict";
import { type Exposure, exposureOf, NOT_EXPOSED } from "../../../src/core/request/exposure";
import { CARRIED_WORDS, exposureLevelOf, exposureText, wasStopped } from "../../../src/core/incident/exposure-level";
import { SECRET_KIND } from "../../../src/core/request/secret-kinds";

const answered = (more: Partial<Parameters<typeof exposureOf>[0]>): Exposure =>
  exposureOf({ type: "main_frame", tabId: 1, carried: [], stopped: false, ...more });

const MISMATCH: Verdict = { kind: "mismatch", cause: "other-key" };
const TOLD: [what: string, verdict: Verdict, exposed: Exposure | undefined, ReturnType<typeof exposureLevelOf>][] = [
  ["his page was let in", MISMATCH, answered({}), "taken"],
  ["his page was let in, in the clear", { kind: "plaintext" }, answered({}), "taken"],
  ["his page was let in, nobody knows what left", MISMATCH, answered({ carried: undefined }), "taken"],
  ["a token went to him", MISMATCH, answered({ type: "xmlhttprequest", carried: ["token"] }), "carried"],
  ["a token went to him, his answer was stopped", MISMATCH, answered({ stopped: true, carried: ["token"] }), "carried"],
  ["a WebSocket was opened", MISMATCH, answered({ type: "websocket" }), "carried"],
  ["only images", MISMATCH, answered({ type: "image" }), "nothing"],
  ["all was stopped", MISMATCH, answered({ stopped: true }), "nothing"],
  ["only our own probes", MISMATCH, NOT_EXPOSED, "nothing"],
  ["sent before the background woke", MISMATCH, answered({ type: "image", carried: undefined }), "unknown"],
  ["recorded by an older version", MISMATCH, undefined, "unknown"],
  ["a probe was taken", { kind: "unanswered", carried: "probe" }, undefined, "nothing"],
  ["a probe was turned away", { kind: "unanswered", carried: "restarted-probe" }, undefined, "nothing"],
  ["a secret was taken", { kind: "unanswered", carried: "secret" }, undefined, "perhaps"],
];
it.each(TOLD)("tells of an incident in which %s", (_, verdict, exposed, exposure) => {
  expect(exposureLevelOf({ verdict, ...(exposed === undefined ? {} : { exposed }) })).toBe(exposure);
});

it("claims that all was stopped only where it was", () => {
  expect(wasStopped({ verdict: MISMATCH, exposed: answered({ stopped: true }) })).toBe(true);
  expect(wasStopped({ verdict: MISMATCH, exposed: answered({ type: "image" }) })).toBe(false);
  expect(wasStopped({ verdict: MISMATCH })).toBe(false);
});

const LEVELS: [level: ReturnType<typeof exposureLevelOf>, text: string][] = [
  ["taken", "exposureTaken"],
  ["unknown", "exposureUnknown"],
  ["perhaps", "exposurePerhaps"],
  ["nothing", "exposureNothing"],
];
it.each(LEVELS)("has a text for what was exposed: %s", (level, key) => {
  expect(exposureText(level, ["a password"])).toEqual({ key, values: {} });
});

it("names the secrets that were sent", () => {
  const secrets = SECRET_KIND.options.map((kind) => CARRIED_WORDS[kind]);
  expect(new Set(secrets).size).toBe(SECRET_KIND.options.length);
  expect(exposureText("carried", secrets)).toEqual({ key: "exposureCarried", values: { secrets } });
});
