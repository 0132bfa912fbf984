// Reports why this machine can't run a cluster, and what to do about it.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { missingFiles, missingParts } from "./missing.ts";

/** setup/private.mjs adds sbin inside the private namespaces; this also runs outside them. */
const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/go/bin", "/usr/sbin", "/sbin"];

/** @returns the path of a program, or undefined if the machine has none */
export const findProgram = (name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find((file) => existsSync(file));

/** Programs by Debian package: those to run a cluster, and those to build one. */
const toRun = { openssl: "openssl", ip: "iproute2", nft: "nftables", "xtables-nft-multi": "iptables", ldd: "libc-bin" };
const toBuild = { gcc: "gcc", "pkg-config": "pkg-config" };

/** Debian's folder for the plugins that give a pod its network. */
export const cniFolder = "/usr/lib/cni";

function missingPackages(building: boolean): readonly string[] {
  const programs = Object.entries(building ? { ...toRun, ...toBuild } : toRun);
  const missing = programs.filter(([program]) => findProgram(program) === undefined).map(([, name]) => name);
  if (!isKind && !existsSync(join(cniFolder, "bridge"))) missing.push("containernetworking-plugins");
  if (building && !existsSync("/usr/include/seccomp.h")) missing.push("libseccomp-dev");
  return [...new Set(missing)];
}

/** Whether uid 0 here is the machine's: an ordinary user's namespace maps no other uid (user_namespaces(7)). */
const isRoot = (): boolean =>
  process.getuid?.() === 0 && readFileSync("/proc/self/uid_map", "utf8").includes("4294967295");

/** With kind, the nodes are Docker's, and so are their rights and networks (setup/main.mjs, --kind). */
export const isKind = process.env.EXPEDITE_KIND !== undefined;

/** Why there can be no cluster here, in one or two sentences; undefined if there can. */
export function obstacle(): string | undefined {
  if (!isKind && !isRoot())
    return "a cluster needs root: kubelets make cgroups and mounts (sudo -E npm run test:cluster, in a virtual machine of your own)";
  const missing = [...missingParts(), ...missingFiles()];
  const building = missing.length > 0;
  if (building && findProgram("go") === undefined)
    return `Go 1.26 or later is needed once, to build ${missing
      .map(({ name }) => name)
      .join(", ")}: https://go.dev/doc/install`;
  const packages = missingPackages(building);
  if (packages.length > 0) return `missing packages; install with: apt install ${packages.join(" ")}`;
  return undefined;
}
