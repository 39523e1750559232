import { defineConfig } from "vitest/config";
import { currentFirefox, NEWEST, OLDEST } from "./scripts/setup.mjs";

const withExtension = { globalSetup: "test/lab/build-once.ts", fileParallelism: false, hookTimeout: 120_000 };
const inFirefox = { ...withExtension, testTimeout: 90_000 };

/** Thousands of runs of the background, which take as long as all other unit tests together. */
const EVERY_CALL = "test/shell/every-call/*.test.ts";

/** Files that put a fake in Firefox's place. If they ran in one vmThread, all would get the first one's. */
const WITH_FAKES = ["test/shell/{probe,ui,version,watch}/*.test.ts", "test/shell/guard/content-scripts.test.ts"];

/**
 * What is run a second time, in the newest release of Firefox: certificates, Guard and the popup. Not among them are
 * the files that restart the browser (`keep` in test/lab/firefox-session.ts): a release of Firefox takes an extension
 * that is not signed until it is closed, and no longer.
 */
const IN_CURRENT = [
  ...["", "-connections", "-warnings"].map((part) => `watch${part}`),
  ...["popup", "popup-paste", "public-authority", "preload", "framed", "large-chain", "other-port", "stored-copies"],
  ...["", "-chaos", "-cuts", "-detours", "-guesses", "-left-behind", "-limit"].map((part) => `guard${part}`),
  ...["guard-lengths", "guard-login-code", "guard-nonce", "guard-proxies", "guard-quarantine", "guard-version"],
].map((name) => `test/firefox/${name}.test.ts`);

/**
 * Files whose rows mostly wait, and ask nothing about the order of connections: two of them run at once. What
 * Guard does with connections runs alone, because its checks compare times.
 */
const TWO_AT_ONCE = [
  ...["", "-failures", "-findings", "-page"].map((part) => `ct${part}`),
  ...["", "-added", "-renewal"].map((part) => `incidents${part}`),
  ...["", "-paste"].map((part) => `popup${part}`),
  ...["", "-question"].map((part) => `two-steps${part}`),
  ...[
    "advisory-feed",
    "clear",
    "full-disk",
    "full-pages",
    "guard-nonce",
    "home",
    "old-profile",
    "options",
    "pending",
    "permission",
  ],
  ...["public-authority", "public-roots", "update", "version", "windows"],
].map((name) => `test/firefox/${name}.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{firefox,home-assistant}/**", EVERY_CALL, ...WITH_FAKES],
          pool: "vmThreads", // starts a file sooner
        },
      },
      { test: { name: "unit-with-fakes", include: WITH_FAKES, pool: "threads" } },
      // Each file has a process of its own, in which it may leave errors unhandled as Firefox does.
      { test: { name: "every-call", include: [EVERY_CALL], pool: "forks" } },
      {
        test: {
          name: "firefox",
          include: ["test/firefox/**/*.test.ts"],
          exclude: [...TWO_AT_ONCE, "test/firefox/guard-version.test.ts"], // the last is of versions newer than ESR
          ...inFirefox,
        },
      },
      {
        test: {
          name: "firefox-two-at-once",
          include: TWO_AT_ONCE,
          ...inFirefox,
          fileParallelism: true,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "firefox-current",
          include: IN_CURRENT,
          ...inFirefox,
          env: { LATCHKEY_FIREFOX: currentFirefox() },
        },
      },
      ...[NEWEST, OLDEST].map((release) => ({
        test: {
          name: `home-assistant-${release}`,
          include: ["test/home-assistant/**/*.test.ts"],
          ...withExtension,
          testTimeout: (Number(process.env["LATCHKEY_MINUTES"] ?? "2") + 3) * 60_000,
          env: { LATCHKEY_HOME_ASSISTANT: release },
        },
      })),
    ],
  },
});
