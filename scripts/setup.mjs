// Gets a fresh machine ready, with Node's own modules alone: the packages, and a Firefox to run.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const PLACES = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox-devedition",
  "/usr/bin/firefox-developer-edition",
  "/opt/firefox-developer-edition/firefox",
  "/Applications/Firefox Developer Edition.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Firefox Developer Edition\\firefox.exe",
  "/usr/bin/firefox-nightly",
];
const OLDEST = 153;

/** A Firefox that runs an unsigned extension: $LATCHKEY_FIREFOX, else ESR, Developer Edition or Nightly where usual. */
export const findFirefox = () => [process.env["LATCHKEY_FIREFOX"], ...PLACES].find((path) => path && existsSync(path));

const FOLDERS_OF_MODULES = [
  "/usr/lib64/pkcs11",
  "/usr/lib/pkcs11",
  "/opt/homebrew/lib/pkcs11",
  "/usr/local/lib/pkcs11",
];

/** p11-kit's trust module: with it a test's Firefox takes a root for one of those that Firefox comes with. */
export const findTrustModule = () => {
  const libraries = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const ofDebian = libraries.map((folder) => `/usr/lib/${folder}/pkcs11`);
  return [...FOLDERS_OF_MODULES, ...ofDebian]
    .map((folder) => join(folder, "p11-kit-trust.so"))
    .find((path) => existsSync(path));
};

function run(command, args, doing, cwd = root) {
  const began = Date.now();
  console.log(`${doing} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, error } = spawnSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"], env });
  if (status !== 0) fail(`${doing}: failed${error ? ` (${error.message})` : ""}`);
  console.log(`${doing}: done in ${Math.round((Date.now() - began) / 1000)} s`);
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

function installPackages() {
  const done = join(root, "node_modules/.package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  run(npm, ["ci", "--no-audit", "--no-fund"], "Installing packages (about a minute)");
}

/** What is missing comes from Debian's packages where that is possible; elsewhere the user is told what to get. */
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

/** A program's package that, installed, would start it as a service of the machine. */
function unpack(name) {
  const folder = join(root, ".programs");
  mkdirSync(folder, { recursive: true });
  run("apt-get", ["download", "-q", name], `Fetching ${name}`, folder);
  const [file] = readdirSync(folder).filter((entry) => entry.startsWith(`${name}_`));
  run("dpkg-deb", ["-x", file ?? "", "."], `Unpacking ${name}`, folder);
}

const FIREFOX = {
  find: findFirefox,
  debian: ["firefox-esr", "fonts-dejavu-core"],
  advice: `No Firefox that takes an unsigned extension was found. Install Firefox ESR or Developer Edition ${OLDEST} or newer
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
/** Let's Encrypt's test server, from which a house of the tests gets and renews its certificates. */
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
  find: () => spawnSync("Xvfb", ["-version"]).status === 0,
  debian: ["xvfb"],
  advice: "The test with Home Assistant needs a screen that nobody sees: Xvfb (Debian: apt install xvfb).",
};

function checkFirefox() {
  const { stdout } = spawnSync(findFirefox(), ["--version"], { encoding: "utf8" });
  const version = Number(/(\d+)\./u.exec(stdout ?? "")?.[1]);
  if (!(version >= OLDEST)) fail(`Firefox ${OLDEST} or newer is needed; found: ${stdout || "one that does not start"}`);
  console.log(`Ready: Node ${process.versions.node}, ${stdout.trim()}`);
}

/** Where Home Assistant is installed for its test. */
export const homeAssistantFolder = join(root, ".home-assistant");
const REQUIREMENTS = join(root, "test/home-assistant/requirements.txt");

/** A Python that the pinned Home Assistant runs in, and that can make a virtual environment. */
const findPython = () =>
  ["python3.11", "python3.12", "python3"].find((python) => {
    const { stdout } = spawnSync(python, ["-c", "import ensurepip, sys, venv; print(*sys.version_info[:2])"], {
      encoding: "utf8",
    });
    return /^3 1[12]$/mu.test(stdout ?? "");
  });
const PYTHON = {
  find: findPython,
  debian: ["python3", "python3-venv"],
  advice: "Home Assistant 2024.3 needs Python 3.11 or 3.12 with its venv module.",
};

/** The pinned Home Assistant, in a virtual environment of its own. */
function installHomeAssistant() {
  const done = join(homeAssistantFolder, "requirements.txt");
  if (existsSync(done) && readFileSync(done, "utf8") === readFileSync(REQUIREMENTS, "utf8")) return;
  const python = findPython();
  if (python === undefined) fail(PYTHON.advice);
  run(python, ["-m", "venv", "--clear", homeAssistantFolder], "Making a virtual environment");
  const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-r", REQUIREMENTS];
  run(join(homeAssistantFolder, "bin/python"), pip, "Installing Home Assistant (about a minute)");
  copyFileSync(REQUIREMENTS, done);
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
    ...(withHomeAssistant ? [PYTHON, SCREEN] : []),
  ]);
  checkFirefox();
  if (withHomeAssistant) installHomeAssistant();
}
