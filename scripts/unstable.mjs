// Runs programs of Debian unstable on a machine with another Debian, without root, mounts or a change to the system. It
// unpacks the packages and all their dependencies into a folder, and changes the programs to load their libraries, libc
// included, from there. So they need no wrapper and no environment variables.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, output, run } from "./run.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Unpacked files that nothing reads: the libraries use the system's own folders for them. */
const UNUSED = [
  "etc",
  "var",
  "usr/share/doc",
  "usr/share/locale",
  "usr/share/man",
  "usr/share/icons",
  "usr/share/themes",
];

/** Whether this machine can download packages of unstable. */
export const canUnpackUnstable = () => process.platform === "linux" && existsSync(KEYRING) && mirror() !== undefined;

/** The Debian mirror in the apt settings of this machine. */
function mirror() {
  const sources = output("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  return sources.split("\n").find((address) => /\/debian\/?$/u.test(address));
}

/**
 * Unpacks packages of unstable, with all their dependencies, into an empty or missing folder.
 * @param programs - paths within the folder of the programs that must run from there
 */
export function unpackUnstable(folder, packages, programs) {
  const state = join(folder, "apt");
  const archives = join(state, "archives");
  for (const part of ["lists/partial", "archives/partial"]) mkdirSync(join(state, part), { recursive: true });
  const source = mirror();
  if (source === undefined) fail("apt is set up with no mirror of Debian.");
  writeFileSync(join(state, "sources.list"), `deb [signed-by=${KEYRING}] ${source} unstable main\n`);
  writeFileSync(join(state, "status"), "");
  const apt = { env: { APT_CONFIG: join(state, "apt.conf") } };
  writeFileSync(apt.env.APT_CONFIG, configuration(state));

  run("apt-get", ["update", "-q"], "Reading the list of packages of Debian unstable", apt);
  const wanted = [...packages, "patchelf"];
  run("apt-get", ["install", "-qq", "-y", "-d", ...wanted], `Fetching ${packages.join(", ")} of Debian unstable`, apt);
  const files = readdirSync(archives).filter((file) => file.endsWith(".deb"));
  const unpack = `for file in "$1"/*.deb; do dpkg-deb -x "$file" "$2" || exit 1; done`;
  run("sh", ["-c", unpack, "sh", archives, folder], `Unpacking ${files.length} packages`);
  rmSync(state, { recursive: true });
  for (const part of UNUSED) rmSync(join(folder, part), { recursive: true, force: true });
  makeRunnable(folder, programs);
}

/** The settings of an apt that knows only unstable and has nothing installed, so it downloads every library. */
const configuration = (state) => `Dir::Etc::sourcelist "${state}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "${state}/lists";
Dir::State::status "${state}/status";
Dir::State::extended_states "${state}/extended_states";
Dir::Cache "${state}";
Dir::Cache::archives "${state}/archives";
Dir::Log "${state}";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Debug::NoLocking "true";
`;

/** Writes the paths of the loader and the libraries into each program. */
function makeRunnable(folder, programs) {
  const [triplet] = readdirSync(join(folder, "usr/lib")).filter((name) => name.endsWith("-linux-gnu"));
  const libraries = join(folder, "usr/lib", triplet ?? "");
  const [loader] = readdirSync(libraries).filter((name) => /^ld-linux.*\.so\.\d$/u.test(name));
  if (loader === undefined) fail("The unpacked packages have no loader.");
  const [from, patchelf] = [join(libraries, loader), join(folder, "usr/bin/patchelf")];
  for (const program of programs) {
    const path = join(folder, program);
    const folders = [join(path, ".."), libraries, join(libraries, "nss")].join(":");
    // In two steps: patchelf breaks a program at fixed addresses, such as Python, if it does both in one.
    const steps = {
      libraries: ["--force-rpath", "--set-rpath", folders],
      loader: ["--set-interpreter", from],
    };
    for (const [what, step] of Object.entries(steps))
      run(
        from,
        ["--library-path", libraries, patchelf, ...step, path],
        `Writing the place of its ${what} into ${program}`,
      );
  }
}
