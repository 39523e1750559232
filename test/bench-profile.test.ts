import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readProfile, type Thread } from "../scripts/bench-gecko-profile";
import {
  calls,
  events,
  holds,
  messages,
  timeByBeginning,
  timeByCallee,
  timeByFunction,
  timeByOwner,
  type Profiled,
} from "../scripts/bench-profile-sums";

const ID = "latchkey@pinned.home";
const BACKGROUND = "moz-extension://id/background.js";

/** The profiler's format, with the columns that are read, in a different order. */
const thread = (pid: number, processType: string, samples: unknown[], markers: unknown[]): object => ({
  name: "GeckoMain",
  pid,
  processType,
  samples: { schema: { time: 1, stack: 0, threadCPUDelta: 2 }, data: samples },
  markers: { schema: { name: 0, startTime: 1, endTime: 2, phase: 3, data: 4 }, data: markers },
  frameTable: { schema: { location: 0 }, data: [[0], [1], [2], [3], [4]] },
  stackTable: {
    schema: { frame: 1, prefix: 0 },
    data: [
      [null, 0],
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 2],
      [3, 4],
    ],
  },
  stringTable: [
    "recvRunListener (resource://gre/modules/ExtensionChild.sys.mjs:1:1)[4]",
    `webRequest.onCompleted (${BACKGROUND}:3:1)[7]`,
    `placeOf (${BACKGROUND}:9:1)[7]`,
    "URL constructor",
    "0x7f00",
    "ExtensionParent",
    "Extension Suspend",
    "ReceiveQuery",
  ],
});
const process = (...threads: object[]): object => ({ meta: { sampleUnits: { threadCPUDelta: "ns" } }, threads });

const SUSPENDED = { type: "Text", name: `onHeadersReceived https://a/ by ${ID} (chanId: 1)` };
const PARENT = thread(
  1,
  "default",
  [],
  [
    [5, 10, 14, 1, { type: "Text", name: `${ID}, api_event: webRequest.onCompleted` }],
    [5, 10, 18, 1, { type: "Text", name: `${ID}, api_event: webRequest.onCompleted` }],
    [5, 10, 11, 1, { type: "Text", name: `${ID}, api_call: webRequest.getSecurityInfo` }],
    [5, 10, 11, 1, { type: "Text", name: "other@example.com, api_call: tabs.query" }],
    [6, 20, 0, 2, SUSPENDED],
    [6, 0, 26, 3, SUSPENDED],
  ],
);
const EXTENSION = thread(
  2,
  "tab",
  [
    [2, 1, 2_000_000], // in placeOf
    [3, 2, 4_000_000], // in what placeOf calls
    [5, 3, 6_000_000], // … at an address that has no name
    [4, 4, 8_000_000], // placeOf again, without its listener
    [0, 5], // the processor was not used
  ],
  [[7, 10, 0, 0, { type: "JSActorMessage", actor: "Conduits", name: "RunListener" }]],
);

let folder = "";
let threads: Thread[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-profile-"));
  const file = join(folder, "profile.json");
  await writeFile(file, JSON.stringify({ ...process(PARENT), processes: [process(EXTENSION)] }));
  threads = await readProfile(file);
});
afterAll(() => rm(folder, { recursive: true }));

const profiled = (): Profiled => ({ threads, loads: 2, id: ID, pid: 2, sources: undefined });

it("gives the time of each listener, and of what went on after a wait", () => {
  expect([...timeByBeginning(profiled())]).toEqual([
    ["webRequest.onCompleted", [6]],
    ["after a wait: placeOf", [4]],
  ]);
});

it("separates a function's own time from that of Firefox's code that it calls", () => {
  expect([...timeByFunction(profiled())]).toEqual([
    ["webRequest.onCompleted", [0, 0, 6]],
    ["placeOf", [5, 5, 10]],
  ]);
});

it("gives the time of Firefox's code by the function that ours called", () => {
  expect([...timeByOwner(profiled())]).toEqual([
    ["Latchkey's functions", [5]],
    ["Firefox's code, called by them", [5]],
    ["Firefox's scripts around the listeners", [0]],
  ]);
  expect([...timeByCallee(profiled())]).toEqual([["URL constructor", [5]]]);
});

it("counts the extension's events and calls, and no other extension's", () => {
  expect([...events(profiled())]).toEqual([["webRequest.onCompleted", [1, 8]]]);
  expect([...calls(profiled())]).toEqual([["webRequest.getSecurityInfo", [0.5]]]);
});

it("gives how long a request was held, from the begin and the end that Firefox notes apart", () => {
  expect([...holds(profiled())]).toEqual([["onHeadersReceived", [0.5, 6, 3]]]);
});

it("counts messages, and gives the time that it takes to take them", () => {
  expect([...messages(threads[1], profiled())]).toEqual([["RunListener", [0.5, 0, 10]]]);
});
