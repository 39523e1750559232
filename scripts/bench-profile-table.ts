// Prints what a profile shows about a page load, as tables for docs/benchmarks.md.
import { figure } from "./bench-figures";
import {
  AFTER,
  calls,
  events,
  extensionOf,
  holds,
  messages,
  parentOf,
  storageTime,
  timeByBeginning,
  timeByCallee,
  timeByFunction,
  timeByOwner,
  timeByScript,
  timeForExtensions,
  timeOf,
  type Profiled,
  type Sums,
  type Write,
} from "./bench-profile-sums";

/** Rows that a table shows. */
const ROWS = 20;
/** Smaller values aren't shown. */
const LEAST = 0.05;

function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly [string, readonly number[]])[],
): void {
  console.log(`\n${title}\n`);
  const width = Math.max(...rows.map(([name]) => name.length), columns[0]?.length ?? 0);
  const [first = "", ...rest] = columns;
  console.log(`| ${[first.padEnd(width), ...rest].join(" | ")} |`);
  console.log(`| ${["-".repeat(width), ...rest.map((name) => `${"-".repeat(name.length - 1)}:`)].join(" | ")} |`);
  for (const [name, values] of rows)
    console.log(
      `| ${[name.padEnd(width), ...rest.map((title, at) => figure(values[at]).padStart(title.length))].join(" | ")} |`,
    );
}

/** The rows with the largest figure in one of the columns. */
const largest = (sums: Sums, by: number): [string, readonly number[]][] =>
  [...sums]
    .filter(([, values]) => (values[by] ?? 0) >= LEAST)
    .sort(([, some], [, others]) => (others[by] ?? 0) - (some[by] ?? 0))
    .slice(0, ROWS);

/** The same sums of several profiles next to each other, by name. @param at - which of their columns is shown */
function beside(all: readonly Sums[], at = 0): Sums {
  const names = new Set(all.flatMap((sums) => [...sums.keys()]));
  return new Map([...names].map((name) => [name, all.map((sums) => sums.get(name)?.[at] ?? 0)]));
}

/** @param profiled - without an extension, with the least one, and with Latchkey */
export function printProfile(profiled: readonly Profiled[], writes: readonly Write[]): void {
  const ours = profiled.at(-1);
  if (ours === undefined) return;
  const three = ["without", "least", "Latchkey"];
  console.log("\nFor one page load, with the profiler. Times in ms of the processor, unless a column says otherwise.");
  table(
    "Main threads, with the profiler",
    ["process", ...three],
    [
      ["parent", profiled.map((each) => timeOf(parentOf(each), each))],
      ["… in Firefox's scripts for extensions", profiled.map((each) => timeForExtensions(parentOf(each), each))],
      ["extension", profiled.map((each) => timeOf(extensionOf(each), each))],
    ],
  );
  const columns = ["requests, least", "median ms", "together ms", "requests, Latchkey", "median ms", "together ms"];
  const held = profiled.slice(1).map(holds);
  table(
    "Requests that Firefox holds until the extension answers (ms of the clock)",
    ["event", ...columns],
    [...new Set(held.flatMap((sums) => [...sums.keys()]))].map((event) => [
      event,
      held.flatMap((sums) => sums.get(event) ?? [0, 0, 0]),
    ]),
  );
  printExtension(ours);
  table("Calls to Firefox", ["function", "least", "Latchkey"], largest(beside(profiled.slice(1).map(calls)), 1));
  const sizes = new Map<string, number[]>();
  for (const { area, key, bytes } of writes) {
    const [count = 0, size = 0] = sizes.get(`${area} ${key}`) ?? [];
    sizes.set(`${area} ${key}`, [count + 1, size + bytes]);
  }
  table(`Storage: ${figure(storageTime(ours))} ms in both processes`, ["key", "writes", "bytes"], [...sizes]);
  const scripts = beside(profiled.map((each) => timeByScript(parentOf(each), each)));
  table("The parent's main thread, by the innermost script", ["function", ...three], largest(scripts, 2));
}

/** Prints what only the extension's own process shows. */
function printExtension(ours: Profiled): void {
  const began = timeByBeginning(ours);
  const told = events(ours);
  const listeners = new Map([...told].map(([name, values]) => [name, [...values, began.get(name)?.[0] ?? 0]]));
  table("Listeners", ["event", "calls", "until answered, median ms", "in the listener"], largest(listeners, 0));
  const after = new Map(
    [...began].filter(([name]) => name.startsWith(AFTER)).map(([name, time]) => [name.slice(AFTER.length), time]),
  );
  table("What went on after a wait", ["function", "time"], largest(after, 0));
  table("The extension's main thread, by whose code ran", ["code", "time"], largest(timeByOwner(ours), 0));
  table("Firefox's code that Latchkey's functions called", ["function", "time"], largest(timeByCallee(ours), 0));
  const functions = timeByFunction(ours);
  table("Functions", ["function", "own", "Firefox's, called by it", "with all it calls"], largest(functions, 2));
  for (const [name, thread] of [
    ["extension", extensionOf(ours)],
    ["parent", parentOf(ours)],
  ] as const)
    table(
      `Messages, in the ${name} process`,
      ["message", "taken", "sent", "time to take them"],
      largest(messages(thread, ours), 2),
    );
  const scripts = timeByScript(extensionOf(ours), ours);
  table("The extension's main thread, by the innermost script", ["function", "time"], largest(scripts, 0));
}
