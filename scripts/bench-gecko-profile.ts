// Reads what Firefox's profiler writes: its raw format, which names the columns of each of its tables in the file
// itself (ProfileBufferEntry.h; docs-developer/gecko-profile-format.md in firefox-devtools/profiler). The profiler's
// own reader exists only as a command line for Node 24, and does not sum up by listener or message.
import { readFile } from "node:fs/promises";
import { z } from "zod";

const TABLE = z.object({ schema: z.record(z.string(), z.number()), data: z.array(z.array(z.unknown())) });
const THREAD = z.object({
  name: z.string(),
  pid: z.union([z.number(), z.string()]),
  processType: z.string(),
  samples: TABLE,
  markers: TABLE,
  frameTable: TABLE,
  stackTable: TABLE,
  stringTable: z.array(z.string()),
});
const PROCESS = z.object({
  meta: z.object({ sampleUnits: z.object({ threadCPUDelta: z.string() }).optional() }),
  threads: z.array(THREAD),
});
const PROFILE = PROCESS.extend({ processes: z.array(PROCESS) });

/** One frame of a stack: a function of JavaScript with its place, or one of Firefox's own labels without a place. */
export interface Frame {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a thread did between two samples: how long it used the processor, in ms, and the stack, outermost first. */
export interface Sample {
  readonly time: number;
  readonly stack: readonly Frame[];
}

/** An event that Firefox recorded by itself. */
export interface Marker {
  readonly name: string;
  readonly text: string;
  /** In ms; 0 if it has no duration. */
  readonly took: number;
}

export interface Thread {
  readonly pid: number;
  /** `default` is the parent process. */
  readonly processType: string;
  readonly samples: readonly Sample[];
  readonly markers: readonly Marker[];
}

/** The main threads of all processes. */
export async function readProfile(file: string): Promise<Thread[]> {
  const whole = PROFILE.parse(JSON.parse(await readFile(file, "utf8")));
  return [whole, ...whole.processes].flatMap(({ meta, threads }) => {
    const unit = meta.sampleUnits?.threadCPUDelta;
    if (unit !== "ns" && unit !== "µs") throw new Error(`the profiler counts processor time in ${String(unit)}`);
    return threads
      .filter(({ name }) => name === "GeckoMain")
      .map((thread) => readThread(thread, unit === "ns" ? 1e6 : 1e3));
  });
}

type Cell = (row: readonly unknown[]) => unknown;

/** How to read a column; one that a table doesn't have is `undefined` in each row. */
const column =
  ({ schema }: z.infer<typeof TABLE>, name: string): Cell =>
  (row) =>
    row[schema[name] ?? -1];

const NUMBER = z.number().catch(Number.NaN);

function readThread(thread: z.infer<typeof THREAD>, perMs: number): Thread {
  const frames = readFrames(thread);
  const stacks = readStacks(thread, frames);
  const [stack, delta] = [column(thread.samples, "stack"), column(thread.samples, "threadCPUDelta")];
  return {
    pid: Number(thread.pid),
    processType: thread.processType,
    samples: thread.samples.data.map((row) => ({
      time: (NUMBER.parse(delta(row)) || 0) / perMs,
      stack: stacks[NUMBER.parse(stack(row))] ?? [],
    })),
    markers: readMarkers(thread),
  };
}

/** `name (address:line:column)`, which may be followed by the number of the source in square brackets. */
const SCRIPT = /^(?<name>.*?) ?\((?<file>[^()]*?):(?<line>\d+):(?<column>\d+)\)(?:\[\d+\])?$/u;

function readFrames({ frameTable, stringTable }: z.infer<typeof THREAD>): Frame[] {
  const location = column(frameTable, "location");
  return frameTable.data.map((row) => {
    const text = stringTable[NUMBER.parse(location(row))] ?? "";
    const found = SCRIPT.exec(text)?.groups;
    if (found === undefined) return { name: text };
    const { name = "", file = "" } = found;
    return {
      name,
      file: file.split(" -> ").at(-1) ?? file,
      line: Number(found["line"]),
      column: Number(found["column"]),
    };
  });
}

/** Addresses in Firefox's own code, whose names it doesn't give, and the frame that any script runs in. */
const NAMELESS = /^0x|^js::RunScript$/u;

/** The outer part of a stack precedes it in the table. */
function readStacks({ stackTable }: z.infer<typeof THREAD>, frames: readonly Frame[]): Frame[][] {
  const [prefix, frame] = [column(stackTable, "prefix"), column(stackTable, "frame")];
  const stacks: Frame[][] = [];
  for (const row of stackTable.data) {
    const own = frames[NUMBER.parse(frame(row))];
    stacks.push([
      ...(stacks[NUMBER.parse(prefix(row))] ?? []),
      ...(own === undefined || NAMELESS.test(own.name) ? [] : [own]),
    ]);
  }
  return stacks;
}

/**
 * Numbers of the format for the beginning and the end of a marker that comes in two parts. Others are moments or spans.
 */
const [BEGINS, ENDS] = [2, 3];

function readMarkers({ markers, stringTable }: z.infer<typeof THREAD>): Marker[] {
  const [name, start, end, phase, data] = ["name", "startTime", "endTime", "phase", "data"].map((title) =>
    column(markers, title),
  );
  const begun = new Map<string, number>();
  return markers.data.flatMap((row) => {
    const marker = { name: stringTable[NUMBER.parse(name?.(row))] ?? "", text: textIn(data?.(row), stringTable) };
    const key = `${marker.name} ${marker.text}`;
    const [from, to] = [NUMBER.parse(start?.(row)), NUMBER.parse(end?.(row))];
    if (phase?.(row) === BEGINS) {
      begun.set(key, from);
      return [];
    }
    const began = phase?.(row) === ENDS ? begun.get(key) : from;
    begun.delete(key);
    return began === undefined ? [] : [{ ...marker, took: Math.max(to - began, 0) || 0 }];
  });
}

/** The whole text of a marker, in its own order. */
const textIn = (data: unknown, strings: readonly string[]): string =>
  Object.entries(z.record(z.string(), z.unknown()).catch({}).parse(data))
    .filter(([key]) => key !== "type" && key !== "stack")
    .map(([, value]) => (typeof value === "number" ? (strings[value] ?? String(value)) : JSON.stringify(value)))
    .join(" ");
