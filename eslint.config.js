import { defineConfig } from "eslint/config";
import noUnsanitized from "eslint-plugin-no-unsanitized";
import tseslint from "typescript-eslint";

/** Imports point inwards: pages → shell (messages and texts only) → core. */
const zod = { name: "zod", message: "Import it as zod/mini: the whole of it brings 794 KB." };
const drawing = { group: ["snabbdom"], message: "Only pages draw." };
const noImports = (paths, patterns) => ({ "no-restricted-imports": ["error", { paths: [zod, ...paths], patterns }] });

const impure = [
  ["AwaitExpression", "The core does not wait: let the shell ask and pass plain data in."],
  [
    "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    "The core has no clock: take `at` as data.",
  ],
  ["NewExpression[callee.name='Date'][arguments.length=0]", "The core has no clock: take `at` as data."],
].map(([selector, message]) => ({ selector, message }));

export default defineConfig(
  { ignores: ["dist/", "node_modules/", ".home-assistant*/", ".firefox-current/", ".programs/"] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked, noUnsanitized.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // One reader, one screen or two. A table of data is neither a file nor a function to read.
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 80],
    },
  },
  {
    files: ["src/core/**"],
    rules: {
      ...noImports(
        [{ name: "webextension-polyfill", message: "The core asks nobody: let the shell ask Firefox." }],
        [
          {
            group: ["**/shell/**", "**/pages/**", "**/content/**", "**/app"],
            message: "Imports point inwards: the core imports the core only.",
          },
          drawing,
        ],
      ),
      "no-restricted-syntax": ["error", ...impure],
      "no-restricted-globals": ["error", "browser", "fetch", "performance", "setTimeout", "crypto"],
    },
  },
  {
    files: ["src/shell/**", "src/app.ts", "src/background.ts"],
    rules: noImports(
      [],
      [
        { group: ["**/pages/**", "**/content/**"], message: "Imports point inwards: the shell knows no page." },
        drawing,
      ],
    ),
  },
  {
    files: ["src/content/**"],
    rules: noImports(
      [],
      [
        { group: ["**/shell/**", "**/pages/**", "**/app"], message: "What runs in a page imports the core only." },
        drawing,
      ],
    ),
  },
  {
    files: ["src/pages/**"],
    rules: noImports(
      [],
      [
        {
          regex: "/shell/(?!(?:messages/calls|ui/translate)$)",
          message: "Pages reach the shell by its calls and texts only.",
        },
      ],
    ),
  },
);
