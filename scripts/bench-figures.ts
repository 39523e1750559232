// Figures of the benchmark: summed up, printed, and kept for comparison over time.
import { writeFile } from "node:fs/promises";
import { machine } from "./bench-machine";

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A figure with as many digits as it is good for. */
export const figure = (value = 0): string => value.toFixed(value < 10 ? 2 : 1);

/** One browser's times divided by another's, each of the same round. */
export const ratios = (times: readonly number[] = [], others: readonly number[] = []): number[] =>
  times.map((time, round) => time / (others[round] ?? Number.NaN));

interface Figure {
  readonly part: string;
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  /** Half of the values lie between these two. */
  readonly quartiles: readonly [number, number];
  readonly values: number;
}

export interface Report {
  readonly title: (text: string) => void;
  /** Prints a figure and keeps it. @param unit - `times` for a ratio */
  readonly add: (name: string, unit: string, values: readonly number[], more?: string) => void;
  readonly save: (file: string) => Promise<void>;
}

/** Prints each figure as soon as it is known. */
export function createReport(): Report {
  const figures: Figure[] = [];
  let part = "";
  return {
    title: (text) => {
      part = text;
      console.log(text);
    },
    add: (name, unit, values, more = "") => {
      const [from, middle, to] = [0.25, 0.5, 0.75].map((share) => quantile(values, share)) as [number, number, number];
      figures.push({ part, name, unit, median: middle, quartiles: [from, to], values: values.length });
      const written = (value: number): string => (unit === "times" ? value.toFixed(3) : figure(value));
      const range = values.length === 1 ? "" : ` (half of them ${written(from)} to ${written(to)})`;
      console.log(`    ${name.padEnd(44)} ${written(middle)} ${unit}${range}${more}`);
    },
    save: async (file) => {
      const whole = { at: new Date().toISOString(), machine: await machine(), figures };
      await writeFile(file, `${JSON.stringify(whole, undefined, 2)}\n`);
    },
  };
}
