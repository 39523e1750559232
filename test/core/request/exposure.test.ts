import { describe, expect, it } from "vitest";
import { secretKindsOf, type SecretKind } from "../../../src/core/request/secret-kinds";
import { exposureOf, mergeExposures, NOT_EXPOSED, type Exposure } from "../../../src/core/request/exposure";
import { exposureLevelOf, wasStopped } from "../../../src/core/incident/exposure-level";
import { INCIDENT } from "../../../src/core/incident/incident";
import { observe } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type State } from "../../../src/core/state/state";
import type { Verdict } from "../../../src/core/incident/verdict";
import { certificate, confirmed, INSTANCE, seenTls } from "../samples";

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
it.each(CARRIED)("%s %s with %j carries %j", (method, path, headers, carried) => {
  expect(secretKindsOf({ method, url: at(path), headers })).toEqual(carried);
});

const answered = (more: Partial<Parameters<typeof exposureOf>[0]>): Exposure =>
  exposureOf({ type: "main_frame", tabId: 1, carried: [], stopped: false, ...more });

const REACHES: [what: string, answer: Parameters<typeof answered>[0], Exposure["reach"]][] = [
  ["a document", { type: "main_frame" }, "active"],
  ["a frame", { type: "sub_frame" }, "active"],
  ["a script, or a worker's", { type: "script" }, "active"],
  ["what a worker fetches, and may keep as a script", { type: "xmlhttprequest", tabId: -1 }, "active"],
  ["what a page fetches", { type: "xmlhttprequest" }, "passive"],
  ["an image", { type: "image" }, "passive"],
  ["an image that a worker asks for", { type: "image", tabId: -1 }, "passive"],
  ["a WebSocket", { type: "websocket" }, "passive"],
  ["a document that was stopped", { type: "main_frame", stopped: true }, "stopped"],
];
it.each(REACHES)("%s counts as let in: %j as %s", (_, answer, reach) => {
  expect(answered(answer).reach).toBe(reach);
});

it("counts the first message of a WebSocket as sent only where it was opened", () => {
  expect(answered({ type: "websocket" }).carried).toEqual(["messages"]);
  expect(answered({ type: "websocket", stopped: true }).carried).toEqual([]);
});

it("adds up to the worst of both", () => {
  const stopped = answered({ stopped: true, carried: ["cookie"] });
  expect(mergeExposures(stopped, answered({ type: "image", carried: ["cookie", "token"] }))).toEqual({
    ...{ reach: "passive", carried: ["cookie", "token"], unseen: false },
  });
  expect(mergeExposures(answered({}), stopped).reach).toBe("active");
  expect(mergeExposures(NOT_EXPOSED, stopped).reach).toBe("stopped");
  expect(mergeExposures(undefined, stopped).unseen).toBe(true);
  expect(mergeExposures(stopped, answered({ carried: undefined })).unseen).toBe(true);
});

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

describe("an incident", () => {
  const pins = [confirmed("1", "K")];
  const state: State = { stored: { ...EMPTY_STORED_STATE, pins }, session: EMPTY_SESSION, guarded: [], ctStates: [] };
  const attack = seenTls(certificate("3", "X"));
  const after = (...exposed: (Exposure | undefined)[]): State =>
    exposed.reduce(
      (next, had) => observe(next, { ...attack, ...(had === undefined ? {} : { exposed: had }) }).state,
      state,
    );

  it("keeps the worst of all its answers, and the pins there were", () => {
    const [incident] = after(answered({ stopped: true }), answered({ type: "image", carried: ["cookie"] })).stored
      .incidents;
    expect(incident).toMatchObject({ exposed: { reach: "passive", carried: ["cookie"], unseen: false }, pins });
  });

  it("of which an older version kept nothing stays unknown", () => {
    const [incident] = after(undefined, answered({ stopped: true })).stored.incidents;
    expect(incident && exposureLevelOf(incident)).toBe("unknown");
  });

  it("as an older version wrote it is still read", () => {
    const [incident] = after(answered({})).stored.incidents;
    const { exposed, pins: kept, ...older } = incident ?? {};
    expect([exposed, kept]).not.toContain(undefined);
    expect(INCIDENT.safeParse(older).success).toBe(true);
  });

  it("tells of his stored script though it only repeats what was told, for it is the first that runs", () => {
    const stored = { ...attack, freshness: "cached", exposed: answered({ type: "script" }) } as const;
    const passive = after(answered({ type: "image" }));
    expect(observe(passive, stored).state.stored.incidents).toHaveLength(2);
    expect(observe(after(answered({})), stored).state.stored.incidents).toHaveLength(1);
  });
});
