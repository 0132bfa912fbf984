// Finds ip, tc, nft and the like on this machine, new enough; what is missing is unpacked into .cache/tools from the distribution's
// packages, by anybody. Nothing is installed.
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, SetupError, step } from "../step.mjs";
import { unpackPackages } from "./apt.mjs";
import { wrap } from "./wrapper.mjs";

const iproute2 = { name: "iproute2", flag: "-V", says: /iproute2-(?:ss)?([\d.]+)/, since: "5.9" };

/** Each program with its package, how it tells its version ("tc utility, iproute2-6.1.0"), and the oldest that the tests pass with. */
const programs = {
  ip: iproute2,
  tc: iproute2,
  ss: iproute2,
  nft: { name: "nftables", flag: "--version", says: /^nftables v([\d.]+)/, since: "1.0.2" },
  openssl: { name: "openssl", flag: "version", says: /^OpenSSL (\d[\d.]*)/, since: "1.1" },
};

/** How distributions install packages, and what they call them where it is not Debian's name. */
const managers = {
  "apt-get": { install: "apt install", names: {} },
  dnf: { install: "dnf install", names: { iproute2: "iproute iproute-tc" } },
  zypper: { install: "zypper install", names: {} },
  pacman: { install: "pacman -S", names: {} },
};

/** @returns the program's path, undefined where no folder of the path has it */
export function findProgram(name, path) {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const isAtLeast = (version, since) => version.localeCompare(since, "en", { numeric: true }) >= 0;

/** @returns undefined where the program is there and new enough, else what is wrong with it */
async function lack(program, path) {
  const { flag, says, since } = programs[program];
  const file = findProgram(program, path);
  if (file === undefined) return program;
  const said = await run(file, [flag]).catch((error) => error.message);
  const [, version] = says.exec(said) ?? [];
  if (version === undefined) return `${program} (${file} does not tell its version)`;
  return isAtLeast(version, since) ? undefined : `${program} ${since} or later (${file} is ${version})`;
}

async function lacking(path) {
  const found = await Promise.all(Object.keys(programs).map(async (program) => [program, await lack(program, path)]));
  return new Map(found.filter(([, problem]) => problem !== undefined));
}

const packagesOf = (missing) => [...new Set([...missing.keys()].map((program) => programs[program].name))];

/** A checkout may be used from several machines: each kind has its own. */
function home(root, names) {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const value = (key) => new RegExp(`^${key}="?([\\w.-]+)`, "m").exec(release)?.[1] ?? "any";
  return join(root, ".cache/tools", `${value("ID")}-${value("VERSION_ID")}-${process.arch}`, names.join("+"));
}

function wayOut(missing, path) {
  const packages = packagesOf(missing);
  const [, manager] = Object.entries(managers).find(([program]) => findProgram(program, path)) ?? [];
  if (manager === undefined) return `Install by your distribution's way: ${packages.join(", ")}`;
  return `Install it as root: ${manager.install} ${packages.map((name) => manager.names[name] ?? name).join(" ")}`;
}

async function unpack(to, missing, names) {
  const parent = join(to, "..");
  mkdirSync(parent, { recursive: true });
  const draft = mkdtempSync(join(parent, "draft-"));
  try {
    await step(missing.join(", "), (say) => unpackPackages(names, join(draft, "new"), say));
    for (const program of missing) wrap(join(draft, "new"), program);
    rmSync(to, { recursive: true, force: true });
    renameSync(join(draft, "new"), to);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * @param path where the machine's own programs are looked for
 * @returns the folder that has what the machine lacks, to stand before that path; "" where it lacks nothing
 * @throws SetupError that says what is missing, why it could not be brought, and the way out
 */
export async function bringTools(root, path) {
  const missing = await lacking(path);
  if (missing.size === 0) return "";
  const what = `Missing: ${[...missing.values()].join(", ")}`;
  if (["apt-get", "dpkg-deb"].some((program) => findProgram(program, path) === undefined))
    throw new SetupError(
      `${what}. Here is no apt, from whose packages Expedite would unpack it. ${wayOut(missing, path)}`,
    );
  const names = packagesOf(missing);
  const to = home(root, names);
  const whole = join(to, "bin") + delimiter + path;
  if (!existsSync(to) || (await lacking(whole)).size > 0)
    await unpack(to, [...missing.keys()], names).catch((error) => {
      if (!(error instanceof SetupError)) throw error;
      throw new SetupError(
        `${what}, and apt could not bring it:\n${error.message}\nCheck the network, the proxy (http_proxy, or Acquire::http::Proxy in /etc/apt) and the sources in /etc/apt. ${wayOut(missing, path)}`,
      );
    });
  const still = await lacking(whole);
  if (still.size > 0) throw new SetupError(`${what}. What apt has is no better: ${[...still.values()].join(", ")}.`);
  return join(to, "bin");
}

/**
 * For clusters, whose nodes hold the machine's own programs.
 * @throws SetupError where the machine lacks one
 */
export async function requireTools(path) {
  const missing = await lacking(path);
  if (missing.size > 0) throw new SetupError(`Missing: ${[...missing.values()].join(", ")}. ${wayOut(missing, path)}`);
  return "";
}

/** @throws SetupError that names the programs that every Linux has, where this one lacks some */
export function checkPrograms(path) {
  const packages = { unshare: "util-linux", setpriv: "util-linux", nsenter: "util-linux", mount: "mount" };
  const missing = Object.keys(packages).filter((program) => findProgram(program, path) === undefined);
  if (missing.length === 0) return;
  const names = [...new Set(missing.map((program) => packages[program]))];
  throw new SetupError(
    `Missing: ${missing.join(", ")}. Install as root: apt install ${names.join(" ")} (elsewhere the package is util-linux).`,
  );
}
