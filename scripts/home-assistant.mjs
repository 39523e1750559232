// The two releases of Home Assistant that the tests run: the newest, and the oldest that is supported.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root, run } from "./run.mjs";
import { canUnpackUnstable, unpackUnstable } from "./unstable.mjs";

export const NEWEST = "2026.11";
export const OLDEST = "2024.3";
const FOLDERS = { [NEWEST]: `.home-assistant-${NEWEST}`, [OLDEST]: ".home-assistant" };

/** Where a release is installed, with its program in `bin/hass`. */
export const homeAssistantFolder = (release) => join(root, FOLDERS[release]);

/** The list of all packages of a release, with their versions. */
export const requirementsOf = (release) => join(root, `test/home-assistant/requirements-${release}.txt`);

/** Finds a Python that Home Assistant 2024.3 runs in, and that can make a virtual environment. */
const findPython = () =>
  ["python3.11", "python3.12", "python3"].find((python) => {
    const { stdout } = spawnSync(python, ["-c", "import ensurepip, sys, venv; print(*sys.version_info[:2])"], {
      encoding: "utf8",
    });
    return /^3 1[12]$/mu.test(stdout ?? "");
  });

/** Finds a Python 3.14 of this machine; on Debian it comes from unstable. */
const findNewestPython = () =>
  ["python3.14"].find((python) => spawnSync(python, ["-c", "import ensurepip, venv"]).status === 0);

export const PYTHON = {
  find: findPython,
  debian: ["python3", "python3-venv"],
  advice: `Home Assistant ${OLDEST} needs Python 3.11 or 3.12 with its venv module.`,
};
export const NEWEST_PYTHON = {
  find: () => findNewestPython() ?? (canUnpackUnstable() ? "unstable" : undefined),
  advice: `Home Assistant ${NEWEST} needs Python 3.14 with its venv module.`,
};

/**
 * These are written in Python's C++ interface, without a wheel for 3.14. No test uses them, but Home Assistant imports
 * them.
 */
const STANDINS = { pymicro_vad: "class MicroVad: pass\n", pyspeex_noise: "class AudioProcessor: pass\n" };

/** Installs both releases, each in its own virtual environment; does nothing if the same packages are installed. */
export function installHomeAssistant() {
  install(OLDEST, (folder) => {
    const python = findPython();
    if (python === undefined) fail(PYTHON.advice);
    run(python, ["-m", "venv", "--clear", folder], "Making a virtual environment");
    return {};
  });
  install(NEWEST, (folder) => {
    rmSync(folder, { recursive: true, force: true });
    const python = findNewestPython();
    if (python !== undefined) {
      run(python, ["-m", "venv", folder], "Making a virtual environment");
      return {};
    }
    const unpacked = join(folder, "python");
    unpackUnstable(unpacked, ["python3.14-venv"], ["usr/bin/python3.14"]);
    const own = join(unpacked, "usr/bin/python3.14");
    run(own, ["-m", "venv", "--without-pip", folder], "Making a virtual environment");
    const wheels = join(unpacked, "usr/share/python-wheels");
    const [pip] = readdirSync(wheels).filter((name) => name.startsWith("pip-"));
    return { PYTHONPATH: join(wheels, pip ?? "") };
  });
}

/** @param prepare - makes a virtual environment in the folder, and gives the environment variables for pip */
function install(release, prepare) {
  const folder = homeAssistantFolder(release);
  const requirements = readFileSync(requirementsOf(release), "utf8");
  const done = join(folder, "requirements.txt");
  if (existsSync(done) && readFileSync(done, "utf8") === requirements) return;
  const env = prepare(folder);
  const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-compile"];
  const python = join(folder, "bin/python");
  run(python, [...pip, "-r", requirementsOf(release)], `Installing Home Assistant ${release} (a minute or two)`, {
    env,
  });
  if (release === NEWEST)
    for (const [name, text] of Object.entries(STANDINS))
      writeFileSync(join(folder, "lib/python3.14/site-packages", `${name}.py`), text);
  run(join(folder, "bin/hass"), ["--version"], "Trying it");
  writeFileSync(done, requirements);
}
