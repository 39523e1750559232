// `npm run bench`: what the extension costs, as ratios within one run.
// - `-- --only PART` measures one part alone: lines, guard, badge, pages or memory.
// - `-- --profile` shows how a page load uses its time.
// - `--profile-file FILE` keeps the profile, which profiler.firefox.com opens.
// - `-- --extension FOLDER` measures the lines, or the pages, with another unpacked extension.
// - `-- --json FILE` also writes all figures to a file.
// - `-- --rounds N`, `--loads N` and `--idle MINUTES` make a run shorter or longer.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startLab } from "../test/lab/lab";
import { measureBadge } from "./bench-badge";
import { createReport } from "./bench-figures";
import { compareLevels, compareLines, type Measured } from "./bench-lines";
import { measureMemory } from "./bench-memory";
import { measurePages } from "./bench-pages";
import { profile } from "./bench-profile";
import { build, extensionFolder } from "./build";

const { values } = parseArgs({
  options: {
    extension: { type: "string" },
    only: { type: "string" },
    profile: { type: "boolean", default: false },
    "profile-file": { type: "string" },
    json: { type: "string" },
    rounds: { type: "string", default: "40" },
    loads: { type: "string", default: "1000" },
    idle: { type: "string", default: "2" },
  },
});
const absolute = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
const other = absolute(values.extension);

/** Only `lines` and `pages` can measure another extension. The other parts pin in Latchkey's popup. */
const PARTS: Readonly<Record<string, (measured: Measured) => Promise<void>>> = {
  lines: (measured) => compareLines(measured, other),
  guard: compareLevels,
  badge: measureBadge,
  pages: ({ lab, report }) => {
    report.title("Pages with 500 instances, 2,000 changes and 200 warnings");
    return measurePages(lab, other === undefined ? [extensionFolder] : [extensionFolder, other], report.add);
  },
  memory: ({ lab, report }) => measureMemory(lab, report, Number(values.loads), Number(values.idle)),
};
const names = Object.keys(PARTS);
if (values.only !== undefined && !names.includes(values.only))
  throw new Error(`--only knows these parts: ${names.join(", ")}`);
const wanted = values.only ?? (other === undefined ? undefined : "lines");

console.log("Building, making certificates, starting browsers …");
await build();
const lab = await startLab();
const report = createReport();
if (values.profile) await profile(lab, report, absolute(values["profile-file"]));
else
  for (const [name, measure] of Object.entries(PARTS))
    if (wanted === undefined || wanted === name) await measure({ lab, report, rounds: Number(values.rounds) });
if (values.json !== undefined) await report.save(values.json);
await lab.close();
