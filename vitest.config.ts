import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/*.test.ts", "test/core/**/*.test.ts", "test/shell/**/*.test.ts"] } },
      {
        test: {
          name: "firefox",
          include: ["test/firefox/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "home-assistant",
          include: ["test/home-assistant/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: (Number(process.env["LATCHKEY_MINUTES"] ?? "2") + 3) * 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
