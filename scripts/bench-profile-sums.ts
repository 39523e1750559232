// Sums of what a profile shows about page loads: plain data in, rows out. Each figure is for one page load.
import type { SourceMap } from "node:module";
import type { Frame, Marker, Sample, Thread } from "./bench-gecko-profile";
import { median, sum } from "./bench-figures";

/** What was profiled. */
export interface Profiled {
  readonly threads: readonly Thread[];
  readonly loads: number;
  /** The extension's id, if there is one. */
  readonly id: string | undefined;
  /** The process of all extensions. */
  readonly pid: number | undefined;
  readonly sources: SourceMap | undefined;
}

/** A key that was written during a page load: its area, and its size as JSON. */
export interface Write {
  readonly area: string;
  readonly key: string;
  readonly bytes: number;
}

/** The value of each column for one page load, by name. */
export type Sums = ReadonlyMap<string, readonly number[]>;

export const parentOf = ({ threads }: Profiled): Thread | undefined =>
  threads.find(({ processType }) => processType === "default");
export const extensionOf = ({ threads, pid }: Profiled): Thread | undefined =>
  threads.find((thread) => thread.pid === pid);

const fileOf = ({ file = "" }: Frame): string => /[^/]*$/u.exec(file)?.[0] ?? file;
const isOurs = ({ file = "" }: Frame): boolean => file.startsWith("moz-extension://");

/** Adds up the name and columns that `read` gives for each entry. */
function summed<T>(
  entries: readonly T[],
  loads: number,
  read: (entry: T) => Iterable<readonly [string, readonly number[]]>,
): Sums {
  const sums = new Map<string, number[]>();
  for (const entry of entries)
    for (const [name, columns] of read(entry)) {
      const old = sums.get(name);
      sums.set(
        name,
        columns.map((value, index) => (old?.[index] ?? 0) + value / loads),
      );
    }
  return sums;
}

function grouped<T>(entries: readonly T[], keyOf: (entry: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) groups.set(keyOf(entry), [...(groups.get(keyOf(entry)) ?? []), entry]);
  return groups;
}

/** Processor time of a thread, in ms. */
export const timeOf = (thread: Thread | undefined, { loads }: Profiled): number =>
  sum((thread?.samples ?? []).map(({ time }) => time)) / loads;

/** A function as its source has it: `onHeaders, src/shell/watch/watcher.ts:95`. */
function placeOf(frame: Frame, sources: SourceMap | undefined): string {
  const found = sources?.findEntry((frame.line ?? 1) - 1, (frame.column ?? 1) - 1);
  const name = frame.name.replace(/^.*node_modules\//u, "");
  if (found === undefined || !("originalSource" in found)) return name;
  const { originalSource, originalLine } = found;
  const file = originalSource.replace(/^.*?(?=\b(?:src|node_modules)\/)/u, "");
  return `${name}, ${file}${file.startsWith("src/") ? `:${String(originalLine + 1)}` : ""}`;
}

/** Marks a run that didn't begin in a listener: its function had waited for a promise or a timer. */
export const AFTER = "after a wait: ";

/**
 * Where a run of the extension began: in a listener, or after a wait.
 * @returns the event's name, or the function that continued
 */
function beginningOf(stack: readonly Frame[], sources: SourceMap | undefined): string | undefined {
  const first = stack.find(isOurs);
  if (first === undefined) return undefined;
  return /^\w+\.on[A-Z]\w*$/u.test(first.name) ? first.name : `${AFTER}${placeOf(first, sources)}`;
}

/** Processor time in the extension's process, by the listener or the function after a wait in which it began. */
export const timeByBeginning = (profiled: Profiled): Sums =>
  summed(extensionOf(profiled)?.samples ?? [], profiled.loads, ({ time, stack }) => {
    const beginning = beginningOf(stack, profiled.sources);
    return beginning === undefined ? [] : [[beginning, [time]]];
  });

/**
 * Processor time by our functions: their own, that of Firefox's code that they called directly, and the total with all
 * calls.
 */
export const timeByFunction = (profiled: Profiled): Sums =>
  summed(extensionOf(profiled)?.samples ?? [], profiled.loads, ({ time, stack }) => {
    const ours = stack.filter(isOurs);
    const last = ours.at(-1);
    const isLast = last !== undefined && stack.at(-1) === last;
    return [...new Set(ours.map((frame) => placeOf(frame, profiled.sources)))].map((name) => {
      const isOwn = last !== undefined && name === placeOf(last, profiled.sources);
      return [name, [isOwn && isLast ? time : 0, isOwn && !isLast ? time : 0, time]] as const;
    });
  });

/**
 * Processor time in the extension's process, by owner of the code. If one owner called the other, the innermost counts.
 */
export const timeByOwner = (profiled: Profiled): Sums =>
  summed(extensionOf(profiled)?.samples ?? [], profiled.loads, ({ time, stack }) => [[ownerOf(stack), [time]]]);

function ownerOf(stack: readonly Frame[]): string {
  const last = stack.findLastIndex(isOurs);
  if (last >= 0) return calleeIn(stack) === undefined ? "Latchkey's functions" : "Firefox's code, called by them";
  return stack.some(({ file }) => file !== undefined)
    ? "Firefox's scripts around the listeners"
    : "Firefox's other code";
}

/** Firefox's function that our innermost function called. */
function calleeIn(stack: readonly Frame[]): string | undefined {
  const callee = stack.at(stack.findLastIndex(isOurs) + 1);
  return callee && (callee.file === undefined ? callee.name : `${callee.name}, ${fileOf(callee)}`);
}

/** Processor time by Firefox's functions that ours called. */
export const timeByCallee = (profiled: Profiled): Sums =>
  summed(extensionOf(profiled)?.samples ?? [], profiled.loads, ({ time, stack }) => {
    const callee = stack.some(isOurs) ? calleeIn(stack) : undefined;
    return callee === undefined ? [] : [[callee, [time]]];
  });

/** A message between processes as the function that takes it is named: `recvRunListener`. */
const messageIn = (stack: readonly Frame[]): string | undefined =>
  stack.map(({ name }) => /^recv([A-Z]\w*)$/u.exec(name)?.[1]).find((name) => name !== undefined);

/** Messages between the processes: how many this one received and sent, and its processor time for receiving them. */
export function messages(thread: Thread | undefined, { loads }: Profiled): Sums {
  const took = summed(thread?.samples ?? [], loads, ({ time, stack }) => {
    const name = messageIn(stack);
    return name === undefined ? [] : [[name, [0, 0, time]]];
  });
  const counted = summed(thread?.markers ?? [], loads, ({ name, text }) => {
    const [, message] = /^"Conduits" "(\w+)"$/u.exec(text) ?? [];
    if (message === undefined) return [];
    const isIn = name === "ReceiveMessage" || name === "ReceiveQuery";
    return [[message, isIn ? [1, 0, 0] : [0, 1, 0]]];
  });
  return added(took, counted);
}

function added(some: Sums, others: Sums): Sums {
  const names = [...new Set([...some.keys(), ...others.keys()])];
  return new Map(
    names.map((name) => {
      const [one = [], other = []] = [some.get(name), others.get(name)];
      return [
        name,
        Array.from({ length: Math.max(one.length, other.length) }, (_, at) => (one[at] ?? 0) + (other[at] ?? 0)),
      ];
    }),
  );
}

interface Api {
  readonly kind: string;
  readonly name: string;
  readonly took: number;
}

/** The extension's events and calls, as Firefox records them in either process. */
const apiOf = (thread: Thread | undefined, { id }: Profiled): Api[] =>
  (thread?.markers ?? []).flatMap(({ name, text, took }) => {
    if (name !== "ExtensionParent" && name !== "ExtensionChild") return [];
    const [, by, kind = "", what = ""] = /^"(\S+), (api_\w+): (\S+)"$/u.exec(text) ?? [];
    return by === id ? [{ kind, name: what, took }] : [];
  });

/** By event: how many the extension got, and how long its answers took for Firefox, median in ms. */
export function events(profiled: Profiled): Sums {
  const all = apiOf(parentOf(profiled), profiled).filter(({ kind }) => kind === "api_event");
  return new Map(
    [...grouped(all, ({ name }) => name)].map(([name, same]) => [
      name,
      [same.length / profiled.loads, median(same.map(({ took }) => took))],
    ]),
  );
}

/** By Firefox's function: how often the extension called it. */
export const calls = (profiled: Profiled): Sums =>
  summed(
    [parentOf(profiled), extensionOf(profiled)].flatMap((thread) => apiOf(thread, profiled)),
    profiled.loads,
    ({ kind, name }) => (kind === "api_call" ? [[name, [1]]] : []),
  );

/** By event: how many requests Firefox held for an answer, and for how long (median and total), in ms. */
export function holds({ threads, loads, id }: Profiled): Sums {
  const all = threads.flatMap(({ markers }) => markers.flatMap((marker) => holdOf(marker, id ?? "")));
  return new Map(
    [...grouped(all, ({ event }) => event)].map(([event, same]) => {
      const times = same.map(({ took }) => took);
      return [event, [times.length / loads, median(times), sum(times) / loads]];
    }),
  );
}

const holdOf = ({ name, text, took }: Marker, id: string): { event: string; took: number }[] => {
  const event = /^"(on\w+) /u.exec(text)?.[1];
  return name === "Extension Suspend" && event !== undefined && text.includes(` by ${id} `) ? [{ event, took }] : [];
};

/** Firefox's scripts for extensions. */
const FOR_EXTENSIONS = /^(?:WebRequest|SecurityInfo|Conduits\w+|Extension\w*|Schemas|ext-[\w-]+)\./u;

/** Processor time in Firefox's scripts for extensions, and in all that they call. */
export const timeForExtensions = (thread: Thread | undefined, { loads }: Profiled): number =>
  sum(
    (thread?.samples ?? [])
      .filter(({ stack }) => stack.some((frame) => FOR_EXTENSIONS.test(fileOf(frame))))
      .map(({ time }) => time),
  ) / loads;

/**
 * Processor time by the innermost function of a script, with Firefox's own code that it called. If no script ran, by
 * Firefox's innermost function.
 */
export const timeByScript = (thread: Thread | undefined, { loads }: Profiled): Sums =>
  summed(thread?.samples ?? [], loads, ({ time, stack }) => {
    const script = stack.findLast(({ file }) => file !== undefined && file !== "self-hosted");
    const name = script === undefined ? `no script: ${stack.at(-1)?.name ?? ""}` : `${script.name}, ${fileOf(script)}`;
    return [[name, [time]]];
  });

const STORAGE = /xtensionStorage|ext-storage/u;
/** Processor time for what the extension stores, in either process. */
export const storageTime = (profiled: Profiled): number =>
  sum([parentOf(profiled), extensionOf(profiled)].flatMap((thread) => timesIn(thread?.samples ?? []))) / profiled.loads;
const timesIn = (samples: readonly Sample[]): number[] =>
  samples.filter(({ stack }) => stack.some(({ file = "" }) => STORAGE.test(file))).map(({ time }) => time);
