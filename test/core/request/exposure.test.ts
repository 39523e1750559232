import { expect, it } from "vitest";
import { exposureOf, mergeExposures, NOT_EXPOSED, type Exposure } from "../../../src/core/request/exposure";

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

it("counts the first message of a WebSocket as sent only if it was opened", () => {
  expect(answered({ type: "websocket" }).carried).toEqual(["messages"]);
  expect(answered({ type: "websocket", stopped: true }).carried).toEqual([]);
});

it("adds up to the worst of both", () => {
  const stopped = answered({ stopped: true, carried: ["cookie"] });
  expect(mergeExposures(stopped, answered({ type: "image", carried: ["cookie", "token"] }))).toEqual({
    reach: "passive",
    carried: ["cookie", "token"],
    unseen: false,
  });
  expect(mergeExposures(answered({}), stopped).reach).toBe("active");
  expect(mergeExposures(NOT_EXPOSED, stopped).reach).toBe("stopped");
  expect(mergeExposures(undefined, stopped).unseen).toBe(true);
  expect(mergeExposures(stopped, answered({ carried: undefined })).unseen).toBe(true);
});
