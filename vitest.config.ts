import { defineConfig } from "vitest/config";
import { currentFirefox, NEWEST, OLDEST } from "./scripts/setup.mjs";

const withExtension = { globalSetup: "test/lab/build-once.ts", hookTimeout: 120_000 };
/** Two browsers at once: each waits for most of the time. Guard compares times, and must bear a busy computer. */
const inFirefox = { ...withExtension, testTimeout: 90_000, maxWorkers: 2 };

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
          exclude: ["test/firefox/guard-version.test.ts"], // of versions newer than ESR
          ...inFirefox,
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
          maxWorkers: 2,
          testTimeout: (Number(process.env["LATCHKEY_MINUTES"] ?? "1") + 3) * 60_000,
          env: { LATCHKEY_HOME_ASSISTANT: release },
        },
      })),
    ],
  },
});
