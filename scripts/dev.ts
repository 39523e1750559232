// `npm run dev -- https://my-home [option of web-ext run …]`: opens your own Home Assistant in a Firefox with the
// extension. When a file of the extension changes, it builds and reloads the extension.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { extensionFolder, root, zipPath } from "./build";
import { findFirefox } from "./setup.mjs";
import { buildOnChange } from "./watch";

const [address = "", ...options] = process.argv.slice(2);
if (!/^https?:\/\//u.test(address) || !URL.canParse(address)) {
  console.error("Give the address of your Home Assistant: npm run dev -- https://my-home");
  process.exit(2);
}
const firefox = findFirefox();
if (firefox === undefined) throw new Error("no Firefox found: scripts/setup.mjs gets one");

await buildOnChange();
// The zip is written last, so its change means that the whole extension is there.
const args = [
  "run",
  "--no-config-discovery",
  `--source-dir=${extensionFolder}`,
  `--watch-file=${await zipPath()}`,
  `--firefox=${firefox}`,
  `--start-url=${address}`,
  ...options,
];
const browser = spawn(join(root, "node_modules/.bin/web-ext"), args, {
  cwd: root,
  stdio: "inherit",
  shell: process.platform === "win32",
});
browser.on("exit", (code) => process.exit(code ?? 1));
