// Runs a program inside private mount, network and pid namespaces (and a user namespace when not root), so that the kernel removes every
// process, interface, qdisc and mount when it ends, even after kill -9.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { run, SetupError } from "./step.mjs";
import { checkPrograms } from "./tools/tools.mjs";

/** sbin is not in an ordinary user's PATH on Debian, although its programs work inside a user namespace. */
export const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

// Runs as pid 1 of the new namespace. /proc is still the outer one, so /proc/self shows our pid as others see it. TMPDIR is on a private
// tmpfs, so that temporary files disappear with the namespace.
const init = `
read -r EXPEDITE_OUTSIDE_PID rest < /proc/self/stat && export EXPEDITE_OUTSIDE_PID &&
mount -t proc proc /proc && mount -t tmpfs -o mode=755 tmpfs /run &&
mkdir -p /run/netns /run/tmp && export TMPDIR=/run/tmp && exec "$@"`;

const namespaces = () => [
  ...(process.getuid() === 0 ? [] : ["--user", "--map-root-user"]),
  ...["--mount", "--net", "--pid", "--fork", "--kill-child"],
];

const inside = (command) => [
  // unshare ends with this process, and its child with it.
  ...["--pdeathsig", "KILL", "unshare", ...namespaces()],
  ...["sh", "-c", init, "expedite", ...command],
];

function wayOut() {
  const read = (file) => (existsSync(file) ? readFileSync(file, "utf8").trim() : "");
  if (read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1")
    return 'AppArmor keeps user namespaces from ordinary users here (Ubuntu 23.10 and later).\nEither run it as root (sudo -E env PATH="$PATH" npm run …), or allow them: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0';
  if (read("/proc/sys/user/max_user_namespaces") === "0" || read("/proc/sys/kernel/unprivileged_userns_clone") === "0")
    return "User namespaces are switched off on this machine.\nEither run it as root, or allow them: sudo sysctl user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1";
  if (process.getuid() === 0 || existsSync("/.dockerenv") || existsSync("/run/.containerenv"))
    return "This looks like a container that may not make namespaces (no CAP_SYS_ADMIN). Start it with: docker run --privileged …";
  return "Run it as root (sudo), or in a virtual machine of your own.";
}

/** @throws SetupError that says why this machine can't create private namespaces, and what to do */
export async function checkPrivate() {
  if (process.platform !== "linux")
    throw new SetupError(
      `Expedite's lab and tests need Linux (this is ${process.platform}): network namespaces, tc and nftables are the Linux kernel's. Use a Linux virtual machine, or a container: docker run --privileged -it -v "$PWD":/src -w /src node:24 …`,
    );
  if (process.report.getReport().header.glibcVersionRuntime === undefined)
    throw new SetupError(
      "Envoy and Node 24 are built for glibc, and this system has another C library (Alpine's musl?). Use a container of Debian, Ubuntu or Fedora: docker run --privileged …",
    );
  checkPrograms(path);
  await run("setpriv", inside(["true"]), { env: { ...process.env, PATH: path } }).catch((error) => {
    throw new SetupError(
      `The kernel refuses private namespaces.\n${wayOut()}\n\nIt said: ${error.message.split("\n").slice(1).join("\n")}`,
    );
  });
}

/**
 * Runs the command as pid 1 of private namespaces on this terminal. Resolves with its exit code (128 + n after signal n). Ctrl-C reaches it
 * through the terminal; SIGTERM and SIGHUP are passed on; if this process's parent dies, everything ends.
 */
export function runPrivately(command, env) {
  const child = spawn("setpriv", inside(["sh", "-c", 'ip link set lo up && exec "$@"', "expedite", ...command]), {
    stdio: "inherit",
    env: { ...process.env, ...env, PATH: `${env.PATH ?? ""}${env.PATH ? ":" : ""}${path}` },
  });
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill("SIGKILL"), 500);
  const pass = () => child.kill("SIGKILL");
  process.on("SIGINT", () => {}); // the child gets the signal from the terminal: wait for it to end
  process.on("SIGTERM", pass);
  process.on("SIGHUP", pass);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearInterval(watch);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
