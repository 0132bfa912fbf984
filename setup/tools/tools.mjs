// Finds recent enough versions of ip, tc, nft and others on this machine; missing ones are unpacked from the distribution's packages into
// .cache/tools, by any user. Nothing is installed.
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, SetupError, step } from "../step.mjs";
import { unpackPackages } from "./apt.mjs";
import { wrap } from "./wrapper.mjs";

const iproute2 = { name: "iproute2", flag: "-V", says: /iproute2-(?:ss)?([\d.]+)/, since: "5.9" };

/**
 * Each program with its package, how it reports its version ("tc utility, iproute2-6.1.0"), and the oldest version that passes the tests.
 */
const programs = {
  ip: iproute2,
  tc: iproute2,
  ss: iproute2,
  nft: { name: "nftables", flag: "--version", says: /^nftables v([\d.]+)/, since: "1.0.2" },
  openssl: { name: "openssl", flag: "version", says: /^OpenSSL (\d[\d.]*)/, since: "1.1" },
};

/** How distributions install packages, and their package names if they differ from Debian's. */
const managers = {
  "apt-get": { install: "apt install", names: {} },
  dnf: { install: "dnf install", names: { iproute2: "iproute iproute-tc" } },
  zypper: { install: "zypper install", names: {} },
  pacman: { install: "pacman -S", names: {} },
};

/** @returns the program's path, or undefined if no folder in `path` has it */
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

/** @returns undefined if the program exists and is recent enough, otherwise what is wrong with it */
async function lack(program, { flag, says, since }, path) {
  const file = findProgram(program, path);
  if (file === undefined) return program;
  const said = await run(file, [flag]).catch((error) => error.message);
  const [, version] = says.exec(said) ?? [];
  if (version === undefined) return `${program} (${file} does not report its version)`;
  return isAtLeast(version, since) ? undefined : `${program} ${since} or later (${file} is ${version})`;
}

async function lacking(wanted, path) {
  const entries = Object.entries(wanted);
  const found = await Promise.all(entries.map(async ([program, how]) => [program, await lack(program, how, path)]));
  return new Map(found.filter(([, problem]) => problem !== undefined));
}

const packagesOf = (wanted, missing) => [...new Set([...missing.keys()].map((program) => wanted[program].name))];

/** A checkout may be used on several machines, so each kind has its own folder. */
function home(root, names) {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const value = (key) => new RegExp(`^${key}="?([\\w.-]+)`, "m").exec(release)?.[1] ?? "any";
  return join(root, ".cache/tools", `${value("ID")}-${value("VERSION_ID")}-${process.arch}`, names.join("+"));
}

function wayOut(packages, path) {
  const [, manager] = Object.entries(managers).find(([program]) => findProgram(program, path)) ?? [];
  if (manager === undefined) return `Install with your distribution's package manager: ${packages.join(", ")}`;
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
 * @param path where to look for the machine's own programs
 * @param wanted programs as in the table above, if not those
 * @returns the folder with the programs that the machine lacks, to be put before that path; "" if it lacks none
 * @throws SetupError that says what is missing, why it could not be fetched, and what to do
 */
export async function bringTools(root, path, wanted = programs) {
  const missing = await lacking(wanted, path);
  if (missing.size === 0) return "";
  const what = `Missing: ${[...missing.values()].join(", ")}`;
  const names = packagesOf(wanted, missing);
  if (["apt-get", "dpkg-deb"].some((program) => findProgram(program, path) === undefined))
    throw new SetupError(
      `${what}. There is no apt here from whose packages Expedite could unpack it. ${wayOut(names, path)}`,
    );
  const to = home(root, names);
  const whole = join(to, "bin") + delimiter + path;
  if (!existsSync(to) || (await lacking(wanted, whole)).size > 0)
    await unpack(to, [...missing.keys()], names).catch((error) => {
      if (!(error instanceof SetupError) || error.code === "ENOSPC") throw error;
      throw new SetupError(
        `${what}, and apt could not fetch it:\n${error.message}\nCheck the network, the proxy (http_proxy, or Acquire::http::Proxy in /etc/apt) and the sources in /etc/apt. ${wayOut(names, path)}`,
      );
    });
  const still = await lacking(wanted, whole);
  if (still.size > 0) throw new SetupError(`${what}. apt's packages are no better: ${[...still.values()].join(", ")}.`);
  return join(to, "bin");
}

/** @returns a PATH with the wanted programs, if the machine has them or an earlier bringTools unpacked them; otherwise undefined */
export async function findTools(root, path, wanted) {
  const missing = await lacking(wanted, path);
  const whole = missing.size === 0 ? path : join(home(root, packagesOf(wanted, missing)), "bin") + delimiter + path;
  return (await lacking(wanted, whole)).size === 0 ? whole : undefined;
}

/**
 * For clusters, whose nodes use the machine's own programs.
 * @throws SetupError if the machine lacks one
 */
export async function requireTools(path) {
  const missing = await lacking(programs, path);
  if (missing.size > 0)
    throw new SetupError(
      `Missing: ${[...missing.values()].join(", ")}. ${wayOut(packagesOf(programs, missing), path)}`,
    );
  return "";
}

/** @throws SetupError with the missing ones among the programs that every Linux should have */
export function checkPrograms(path) {
  const packages = { unshare: "util-linux", setpriv: "util-linux", nsenter: "util-linux", mount: "mount" };
  const missing = Object.keys(packages).filter((program) => findProgram(program, path) === undefined);
  if (missing.length === 0) return;
  const names = [...new Set(missing.map((program) => packages[program]))];
  throw new SetupError(
    `Missing: ${missing.join(", ")}. Install as root: apt install ${names.join(" ")} (elsewhere the package is util-linux).`,
  );
}
