import { it, expect } from "vitest";
import type { Verdict } from "../../../src/core/incident/verdict";
import { type Exposure, exposureOf, NOT_EXPOSED } from "../../../src/core/request/exposure";
import { CARRIED_WORDS, exposureLevelOf, exposureText, wasStopped } from "../../../src/core/incident/exposure-level";
import { SECRET_KIND } from "../../../src/core/request/secret-kinds";

const answered = (more: Partial<Parameters<typeof exposureOf>[0]>): Exposure =>
  exposureOf({ type: "main_frame", tabId: 1, carried: [], stopped: false, ...more });

const MISMATCH: Verdict = { kind: "mismatch", cause: "other-key" };
const INCIDENTS: [what: string, verdict: Verdict, exposed: Exposure | undefined, ReturnType<typeof exposureLevelOf>][] =
  [
    ["the attacker's page was let in", MISMATCH, answered({}), "taken"],
    ["the attacker's page was let in without encryption", { kind: "plaintext" }, answered({}), "taken"],
    ["the attacker's page was let in, and what left is unknown", MISMATCH, answered({ carried: undefined }), "taken"],
    ["a token went to the attacker", MISMATCH, answered({ type: "xmlhttprequest", carried: ["token"] }), "carried"],
    [
      "a token went to the attacker, whose answer was stopped",
      MISMATCH,
      answered({ stopped: true, carried: ["token"] }),
      "carried",
    ],
    ["a WebSocket was opened", MISMATCH, answered({ type: "websocket" }), "carried"],
    ["only images", MISMATCH, answered({ type: "image" }), "nothing"],
    ["everything was stopped", MISMATCH, answered({ stopped: true }), "nothing"],
    ["only our own probes", MISMATCH, NOT_EXPOSED, "nothing"],
    ["sent before the background woke", MISMATCH, answered({ type: "image", carried: undefined }), "unknown"],
    ["recorded by an older version", MISMATCH, undefined, "unknown"],
    ["a probe was taken", { kind: "unanswered", carried: "probe" }, undefined, "nothing"],
    ["a probe was rejected", { kind: "unanswered", carried: "restarted-probe" }, undefined, "nothing"],
    ["a secret was taken", { kind: "unanswered", carried: "secret" }, undefined, "perhaps"],
  ];
it.each(INCIDENTS)("describes an incident in which %s", (_, verdict, exposed, exposure) => {
  expect(exposureLevelOf({ verdict, ...(exposed === undefined ? {} : { exposed }) })).toBe(exposure);
});

it("says that everything was stopped only if it was", () => {
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
