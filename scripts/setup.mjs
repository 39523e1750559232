// Prepares a new machine, with only Node's own modules: the packages, a Firefox to run, and what the tests need.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installHomeAssistant, NEWEST_PYTHON, PYTHON } from "./home-assistant.mjs";
import { fail, output, root, run } from "./run.mjs";
import { canUnpackUnstable, unpackUnstable } from "./unstable.mjs";

export { homeAssistantFolder, NEWEST, OLDEST, requirementsOf } from "./home-assistant.mjs";

const PLACES = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox-devedition",
  "/usr/bin/firefox-developer-edition",
  "/opt/firefox-developer-edition/firefox",
  "/Applications/Firefox Developer Edition.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Firefox Developer Edition\\firefox.exe",
  "/usr/bin/firefox-nightly",
];
const OLDEST_FIREFOX = 153;
const TESTED = JSON.parse(readFileSync(join(root, "test/tested.json"), "utf8"));

/**
 * A Firefox that runs an unsigned extension: $LATCHKEY_FIREFOX, else ESR, Developer Edition or Nightly in the usual
 * folders.
 */
export const findFirefox = () => process.env["LATCHKEY_FIREFOX"] ?? PLACES.find((path) => existsSync(path));

const UNPACKED = join(root, ".firefox-current");
/**
 * The newest release of Firefox, for a second run of some tests: $LATCHKEY_FIREFOX_CURRENT, else Debian unstable's. It
 * runs an unsigned extension only until it is closed.
 */
export const currentFirefox = () =>
  process.env["LATCHKEY_FIREFOX_CURRENT"] ?? join(UNPACKED, "usr/lib/firefox/firefox");

const FOLDERS_OF_MODULES = [
  "/usr/lib64/pkcs11",
  "/usr/lib/pkcs11",
  "/opt/homebrew/lib/pkcs11",
  "/usr/local/lib/pkcs11",
];

/** p11-kit's trust module: with it, a test's Firefox treats a root as a built-in one. */
export const findTrustModule = () => {
  const libraries = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const ofDebian = libraries.map((folder) => `/usr/lib/${folder}/pkcs11`);
  return [...FOLDERS_OF_MODULES, ...ofDebian]
    .map((folder) => join(folder, "p11-kit-trust.so"))
    .find((path) => existsSync(path));
};

function installPackages() {
  const done = join(root, "node_modules/.package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  run(npm, ["ci", "--no-audit", "--no-fund"], "Installing packages (about a minute)");
}

/** Installs what is missing from Debian's packages. On other systems it lists what to install. */
function installPrograms(wanted) {
  const missing = wanted.filter(({ find }) => !find());
  if (missing.length === 0) return;
  const isDebian = existsSync("/etc/debian_version") && process.getuid?.() === 0;
  if (!isDebian) fail(missing.map(({ advice }) => advice).join("\n"));
  run("apt-get", ["update", "-q"], "Reading Debian's list of packages");
  const packages = missing.flatMap(({ debian = [] }) => debian);
  for (const { unpacked } of missing) if (unpacked) unpack(unpacked);
  if (packages.length === 0) return;
  run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], `Installing ${packages.join(", ")}`);
}

/** Unpacks a program without installing it: its package would start it as a service of the machine. */
function unpack(name) {
  const folder = join(root, ".programs");
  mkdirSync(folder, { recursive: true });
  run("apt-get", ["download", "-q", name], `Fetching ${name}`, { cwd: folder });
  const [file] = readdirSync(folder).filter((entry) => entry.startsWith(`${name}_`));
  run("dpkg-deb", ["-x", file ?? "", "."], `Unpacking ${name}`, { cwd: folder });
}

const FIREFOX = {
  find: findFirefox,
  debian: ["firefox-esr", "fonts-dejavu-core"],
  advice: `No Firefox that takes an unsigned extension was found. Install Firefox ESR or Developer Edition ${OLDEST_FIREFOX} or newer
(Debian: apt install firefox-esr; elsewhere: from Mozilla's download page), or set LATCHKEY_FIREFOX to its program file.`,
};
const TRUST_MODULE = {
  find: findTrustModule,
  debian: ["p11-kit-modules"],
  advice: `The tests also need p11-kit's trust module, p11-kit-trust.so
(Debian: apt install p11-kit-modules; Fedora: dnf install p11-kit-trust; macOS: brew install p11-kit).`,
};

const OPENSSL = {
  find: () => spawnSync("openssl", ["version"]).status === 0,
  debian: ["openssl"],
  advice: "The tests also need openssl, with which an outsider verifies the evidence (Debian: apt install openssl).",
};
/** Let's Encrypt's test server. An instance of the tests orders and renews its certificates there. */
export const findPebble = () =>
  ["/usr/bin/pebble", "/usr/local/bin/pebble", join(homedir(), "go/bin/pebble")].find((path) => existsSync(path));
const PEBBLE = {
  find: findPebble,
  debian: ["pebble"],
  advice: `The tests also need Pebble, Let's Encrypt's test server
(Debian: apt install pebble; elsewhere, with Go: go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1).`,
};
/** A server that speaks HTTP/3. */
export const findCaddy = () =>
  ["/usr/bin/caddy", "/usr/local/bin/caddy", "/opt/homebrew/bin/caddy", join(root, ".programs/usr/bin/caddy")].find(
    (path) => existsSync(path),
  );
const CADDY = {
  find: findCaddy,
  unpacked: "caddy",
  advice:
    "The tests also need Caddy, a server that speaks HTTP/3 (Debian: apt install caddy; macOS: brew install caddy).",
};

const SCREEN = {
  find: () => spawnSync("Xvfb", ["-help"]).status === 0,
  debian: ["xvfb"],
  advice: "The test with Home Assistant needs a screen that nobody sees: Xvfb (Debian: apt install xvfb).",
};

/** Unpacks Debian unstable's Firefox; does nothing if that was done in this folder. */
function installCurrentFirefox() {
  const done = join(UNPACKED, "done");
  const isDone = existsSync(done) && readFileSync(done, "utf8") === UNPACKED;
  if (process.env["LATCHKEY_FIREFOX_CURRENT"] === undefined && !isDone) {
    if (!canUnpackUnstable()) fail(CURRENT_ADVICE);
    rmSync(UNPACKED, { recursive: true, force: true });
    const programs = ["firefox", "gfxtest", "crashhelper", "crashreporter", "pingsender"];
    unpackUnstable(
      UNPACKED,
      ["firefox"],
      programs.map((name) => `usr/lib/firefox/${name}`),
    );
    writeFileSync(done, UNPACKED);
  }
  const version = versionOf(currentFirefox());
  if (version === "") fail(CURRENT_ADVICE);
  console.log(`Ready: ${version}`);
  if (!version.endsWith(` ${TESTED.firefox}`))
    console.log(`README names ${TESTED.firefox}, the last one it was tested with.`);
}
const CURRENT_ADVICE = `The tests also need the newest release of Firefox: set LATCHKEY_FIREFOX_CURRENT to its program file
(on Debian it is fetched from unstable).`;

const versionOf = (program) => output(program, ["--version"]).split("\n").at(-1) ?? "";

function checkFirefox() {
  const name = versionOf(findFirefox());
  const version = Number(/(\d+)\./u.exec(name)?.[1]);
  if (!(version >= OLDEST_FIREFOX))
    fail(`Firefox ${OLDEST_FIREFOX} or newer is needed; found: ${name || "one that does not start"}`);
  console.log(`Ready: Node ${process.versions.node}, ${name}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node 20.19 or newer is needed; this is ${process.versions.node}`);
  installPackages();
  const withTests = process.argv.includes("--tests");
  const withHomeAssistant = process.argv.includes("--home-assistant");
  installPrograms([
    FIREFOX,
    ...(withTests ? [TRUST_MODULE, OPENSSL, PEBBLE, CADDY] : []),
    ...(withHomeAssistant ? [PYTHON, NEWEST_PYTHON, SCREEN] : []),
  ]);
  checkFirefox();
  if (withTests) installCurrentFirefox();
  if (withHomeAssistant) installHomeAssistant();
}
